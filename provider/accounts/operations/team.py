"""The people of an account: invited, joined, given roles, removed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from provider.accounts.errors import (
    AlreadyInvited,
    AlreadyMember,
    InvitationExpired,
    InvitationForAnother,
    InvitationUsed,
)
from provider.accounts.errors import InvitationRevoked as InvitationNoLongerValid
from provider.accounts.events import InvitationRevoked, MemberInvited, MemberRemoved, RoleChanged
from provider.accounts.models import (
    INVITATION_MOVES,
    MEMBERSHIP_MOVES,
    OFFER_MOVES,
    Account,
    Invitation,
    InvitationStatus,
    Membership,
    MembershipStatus,
    OfferStatus,
    OwnershipOffer,
    Role,
    User,
)
from provider.accounts.rules.api_keys import hash_of
from provider.accounts.rules.phones import Contact
from provider.accounts.rules.team import (
    INVITATION_LASTS,
    check_may_give,
    check_not_oneself,
    check_owner_remains,
    check_role_exists,
)
from provider.kernel import audit, outbox, post
from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound
from provider.kernel.ids import new_token
from provider.kernel.site import link_to
from provider.kernel.state import move

from .locks import active_membership, lock_account, lock_invitation
from .users import NewUser, add_member, create_user

_SEEN_EVERY = timedelta(minutes=5)


class InvitationGuard(Protocol):
    """Refuses by raising when there is no room for one more."""

    def __call__(self, *, account_id: UUID, portal: str, at: datetime) -> None: ...


_guards: list[InvitationGuard] = []


def guard_invitations(guard: InvitationGuard) -> None:
    """Have `guard` asked before anybody is invited, wherever that is done; called once, when the application starts.

    What a place costs and how many there may be is known by packages above, which refuse here by raising.
    """
    if guard not in _guards:
        _guards.append(guard)


def invite_member(
    *, account_id: UUID, portal: str, role: str, contact: Contact, language: str, by: Actor, at: datetime
) -> Invitation:
    """Offer a place to an address and write to it. Whether the address has a user already makes no difference."""
    check_role_exists(portal=portal, role=role)
    with transaction.atomic():
        account = lock_account(account_id)

        _check_may_invite(account, role=role, by=by)
        if _members(account, portal).filter(_user_at(contact)).exists():
            raise AlreadyMember(field="contact")
        for guard in _guards:
            guard(account_id=account.id, portal=portal, at=at)

        token = new_token()
        invitation = Invitation(
            account=account,
            portal=portal,
            role=role,
            email=contact.email,
            phone=contact.phone,
            language=language,
            token_hash=hash_of(token),
            invited_by_id=by.user_id,
            created_at=at,
            expires_at=at + INVITATION_LASTS,
        )
        _insert_invitation(invitation)

        audit.record(
            by=by, verb="member.invited", subject_kind="invitation", subject_id=invitation.id, account_id=account.id,
            at=at, after={"to": str(contact), "portal": portal, "role": role},
        )  # fmt: skip
        outbox.publish(
            MemberInvited(account_id=account.id, invitation_id=invitation.id, portal=portal, role=role), at=at
        )
        _write_invitation(invitation, token=token, at=at)
        return invitation


def resend_invitation(*, account_id: UUID, invitation_id: UUID, by: Actor, at: datetime) -> Invitation:
    """Write again, with a new link and a new week; the old link no longer opens anything."""
    with transaction.atomic():
        account = lock_account(account_id)
        invitation = _open_invitation(account, invitation_id)
        _check_may_invite(account, role=invitation.role, by=by)

        token = new_token()
        invitation.token_hash, invitation.expires_at = hash_of(token), at + INVITATION_LASTS
        invitation.save(update_fields=["token_hash", "expires_at"])

        audit.record(
            by=by, verb="invitation.resent", subject_kind="invitation", subject_id=invitation.id,
            account_id=account.id, at=at,
        )  # fmt: skip
        _write_invitation(invitation, token=token, at=at)
        return invitation


def revoke_invitation(*, account_id: UUID, invitation_id: UUID, by: Actor, at: datetime) -> Invitation:
    """Take an open invitation back; its link no longer lets anybody in."""
    with transaction.atomic():
        account = lock_account(account_id)
        invitation = _open_invitation(account, invitation_id)
        _check_may_invite(account, role=invitation.role, by=by)

        move(invitation, to=InvitationStatus.REVOKED, transitions=INVITATION_MOVES, settled_at=at)

        audit.record(
            by=by, verb="invitation.revoked", subject_kind="invitation", subject_id=invitation.id,
            account_id=account.id, at=at,
        )  # fmt: skip
        outbox.publish(InvitationRevoked(account_id=account.id, invitation_id=invitation.id), at=at)
        return invitation


def accept_invitation(*, token: str, user: User, by: Actor, at: datetime) -> Membership:
    """Take the offered place, once, in time, and only as the person to whom it was sent."""
    with transaction.atomic():
        invitation = lock_invitation(hash_of(token))

        check_invitation(invitation, at=at)
        check_invited(invitation, user=user)
        membership = _join(invitation, user=user, by=by, at=at)

        _tell_inviter(invitation, user=user, at=at)
        return membership


def accept_invitation_as_new_user(
    *, token: str, name: str, password_hash: str, address: str, at: datetime
) -> Membership:
    """Make the user, whose address the link has proved, and take the place, both or neither."""
    with transaction.atomic():
        invitation = lock_invitation(hash_of(token))

        check_invitation(invitation, at=at)
        person = NewUser(
            contact=Contact(email=invitation.email, phone=invitation.phone),
            name=name,
            language=invitation.language,
            password_hash=password_hash,
        )
        user = create_user(person=person, address=address, at=at)
        by = Actor(
            kind="person", user_id=user.id, account_id=invitation.account_id, portal=invitation.portal,
            role=invitation.role, address=address,
        )  # fmt: skip
        membership = _join(invitation, user=user, by=by, at=at)

        _tell_inviter(invitation, user=user, at=at)
        return membership


def check_invitation(invitation: Invitation, *, at: datetime) -> None:
    """Refuse one that was used, taken back, or has run out."""
    if invitation.status == InvitationStatus.ACCEPTED:
        raise InvitationUsed()
    if invitation.status == InvitationStatus.REVOKED:
        raise InvitationNoLongerValid()
    if at >= invitation.expires_at:
        raise InvitationExpired()


def check_invited(invitation: Invitation, *, user: User) -> None:
    """Refuse whoever is not the person at the invited address."""
    is_by_email = bool(invitation.email and user.email and user.email.lower() == invitation.email.lower())
    is_by_phone = bool(invitation.phone and user.phone_verified_at and user.phone == invitation.phone)
    if not (is_by_email or is_by_phone):
        raise InvitationForAnother()


def change_role(*, account_id: UUID, membership_id: UUID, role: str, by: Actor, at: datetime) -> Membership:
    """Give a member another role. Only owners make and unmake owners, and one always remains."""
    with transaction.atomic():
        account = lock_account(account_id)
        membership = active_membership(membership_id=membership_id, account_id=account.id)

        check_role_exists(portal=membership.portal, role=role)
        check_may_give(giver=by.role, role=role, was=membership.role)
        check_not_oneself(is_self=membership.user_id == by.user_id)
        _check_owner_remains(membership, becomes=role)
        was = membership.role
        if was == role:
            return membership

        membership.role = role
        membership.save(update_fields=["role"])
        _withdraw_offers_of(membership, at=at)

        audit.record(
            by=by, verb="member.role_changed", subject_kind="membership", subject_id=membership.id,
            account_id=account.id, at=at, before={"role": was}, after={"role": role},
        )  # fmt: skip
        changed = RoleChanged(
            account_id=account.id, membership_id=membership.id, user_id=membership.user_id, was=was, role=role
        )
        outbox.publish(changed, at=at)
        _tell(membership.user, key="role_changed", account=account, params={"role": role}, at=at)
        return membership


def remove_member(*, account_id: UUID, membership_id: UUID, by: Actor, at: datetime) -> Membership:
    """Take a member out of the account; their next request finds the door closed. Leaving is the same, by oneself."""
    with transaction.atomic():
        account = lock_account(account_id)
        membership = active_membership(membership_id=membership_id, account_id=account.id)

        is_leaving = membership.user_id == by.user_id
        if not is_leaving:
            check_may_give(giver=by.role, role=membership.role)
        _check_owner_remains(membership, becomes="")
        _withdraw_offers_of(membership, at=at)
        move(membership, to=MembershipStatus.REMOVED, transitions=MEMBERSHIP_MOVES, removed_at=at)

        audit.record(
            by=by, verb="member.left" if is_leaving else "member.removed", subject_kind="membership",
            subject_id=membership.id, account_id=account.id, at=at, before={"role": membership.role},
        )  # fmt: skip
        removed = MemberRemoved(
            account_id=account.id, membership_id=membership.id, user_id=membership.user_id, portal=membership.portal
        )
        outbox.publish(removed, at=at)
        if not is_leaving:
            _tell(membership.user, key="membership_removed", account=account, params={}, at=at)
        return membership


def note_seen(*, membership_id: UUID, at: datetime) -> None:
    """Keep when a member was last here, to five minutes; one statement, no lock held."""
    stale = Q(last_seen_at=None) | Q(last_seen_at__lt=at - _SEEN_EVERY)
    Membership.objects.filter(stale, id=membership_id, status=MembershipStatus.ACTIVE).update(last_seen_at=at)


def _check_may_invite(account: Account, *, role: str, by: Actor) -> None:
    """An owner comes from an owner of the account, or from whoever made the account (the provider's operators)."""
    if by.kind == "system" or by.account_id != account.id:
        return
    check_may_give(giver=by.role, role=role)


def _members(account: Account, portal: str) -> QuerySet[Membership]:
    return Membership.objects.filter(account=account, portal=portal, status=MembershipStatus.ACTIVE)


def _user_at(contact: Contact) -> Q:
    return Q(user__email__iexact=contact.email) if contact.email else Q(user__phone=contact.phone)


def _insert_invitation(invitation: Invitation) -> None:
    try:
        with transaction.atomic():
            invitation.save(force_insert=True)
    except IntegrityError as trouble:
        if "invitation_open_once" in str(trouble):
            raise AlreadyInvited(field="contact") from None
        raise


def _open_invitation(account: Account, invitation_id: UUID) -> Invitation:
    rows = Invitation.objects.select_for_update().filter(account=account, status=InvitationStatus.OPEN)
    invitation = rows.filter(id=invitation_id).first()
    if invitation is None:
        raise NotFound()
    return invitation


def _join(invitation: Invitation, *, user: User, by: Actor, at: datetime) -> Membership:
    if _members(invitation.account, invitation.portal).filter(user=user).exists():
        raise AlreadyMember()
    move(invitation, to=InvitationStatus.ACCEPTED, transitions=INVITATION_MOVES, settled_at=at, accepted_by_id=user.id)
    return add_member(
        account=invitation.account, user=user, portal=invitation.portal, role=invitation.role, by=by, at=at
    )


def _check_owner_remains(membership: Membership, *, becomes: str) -> None:
    owners = Membership.objects.filter(
        account_id=membership.account_id,
        portal=membership.portal,
        role=Role.OWNER,
        status=MembershipStatus.ACTIVE,
    ).count()
    check_owner_remains(was=membership.role, becomes=becomes, owners=owners)


def _withdraw_offers_of(membership: Membership, *, at: datetime) -> None:
    """Whoever loses their place or role can neither hand the account over nor receive it."""
    touching = Q(from_membership=membership) | Q(to_membership=membership)
    for offer in OwnershipOffer.objects.select_for_update().filter(touching, status=OfferStatus.OPEN):
        move(offer, to=OfferStatus.WITHDRAWN, transitions=OFFER_MOVES, settled_at=at)


def _write_invitation(invitation: Invitation, *, token: str, at: datetime) -> None:
    inviter = invitation.invited_by
    post.send(
        key="invitation",
        to_email=invitation.email,
        to_phone=invitation.phone,
        account_id=invitation.account_id,
        language=invitation.language,
        params={
            "account_name": invitation.account.name,
            "inviter_name": str(inviter) if inviter else invitation.account.name,
            "role": invitation.role,
            "expires_at": invitation.expires_at,
        },
        secret_params={"link": link_to("invitation", token=token)},
        at=at,
    )


def _tell_inviter(invitation: Invitation, *, user: User, at: datetime) -> None:
    if invitation.invited_by is not None:
        params = {"member_name": str(user), "role": invitation.role}
        _tell(invitation.invited_by, key="member_joined", account=invitation.account, params=params, at=at)


def _tell(user: User, *, key: str, account: Account, params: dict[str, str], at: datetime) -> None:
    post.send(
        key=key,
        to_email=user.email,
        to_phone=None if user.email else user.phone,
        user_id=user.id,
        account_id=account.id,
        language=user.language,
        params={"account_name": account.name} | params,
        at=at,
    )
