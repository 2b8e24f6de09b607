"""An account changes hands: offered by an owner, taken by another member."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from provider.accounts.errors import NotYourself, OfferGone, OfferOpen, OnlyOwners
from provider.accounts.events import OwnershipOffered, OwnershipTransferred
from provider.accounts.models import (
    OFFER_MOVES,
    Account,
    Membership,
    MembershipStatus,
    OfferStatus,
    OwnershipOffer,
    Role,
)
from provider.accounts.rules.team import OFFER_LASTS, ROLES, check_role_exists
from provider.kernel import audit, outbox, post
from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound
from provider.kernel.site import link_to
from provider.kernel.state import move

from .locks import active_membership, lock_account, person


def offer_ownership(
    *, account_id: UUID, to_membership_id: UUID, next_role: str, by: Actor, at: datetime
) -> OwnershipOffer:
    """Offer the account to another member. Nothing changes until they accept; the giver then has `next_role`."""
    with transaction.atomic():
        account = lock_account(account_id)
        giver = _own_membership(account, by=by)
        taker = active_membership(membership_id=to_membership_id, account_id=account.id)

        check_role_exists(portal=giver.portal, role=next_role)
        if giver.role != Role.OWNER:
            raise OnlyOwners()
        if taker.id == giver.id or taker.portal != giver.portal:
            raise NotYourself(field="to_membership")

        offer = _insert_offer(giver, taker=taker, next_role=next_role, at=at)

        audit.record(
            by=by, verb="ownership.offered", subject_kind="ownership_offer", subject_id=offer.id,
            account_id=account.id, at=at, after={"to_user_id": str(taker.user_id), "next_role": next_role},
        )  # fmt: skip
        outbox.publish(OwnershipOffered(account_id=account.id, offer_id=offer.id), at=at)
        _tell_taker(offer, account=account, at=at)
        return offer


def accept_ownership(*, account_id: UUID, offer_id: UUID, by: Actor, at: datetime) -> OwnershipOffer:
    """Become the owner; the former owner takes the role that the offer named."""
    with transaction.atomic():
        account = lock_account(account_id)
        offer = _open_offer(account, offer_id, at=at)
        giver, taker = offer.from_membership, offer.to_membership

        if taker.user_id != by.user_id:
            raise NotFound()
        if giver.role != Role.OWNER or MembershipStatus.REMOVED in (giver.status, taker.status):
            raise OfferGone()

        move(offer, to=OfferStatus.ACCEPTED, transitions=OFFER_MOVES, settled_at=at)
        Membership.objects.filter(id=taker.id).update(role=Role.OWNER)
        Membership.objects.filter(id=giver.id).update(role=offer.next_role)

        audit.record(
            by=by, verb="ownership.transferred", subject_kind="account", subject_id=account.id,
            account_id=account.id, at=at, before={"owner": str(giver.user_id)}, after={"owner": str(taker.user_id)},
        )  # fmt: skip
        transferred = OwnershipTransferred(account_id=account.id, from_user_id=giver.user_id, to_user_id=taker.user_id)
        outbox.publish(transferred, at=at)
        _tell_giver(offer, account=account, at=at)
        return offer


def decline_ownership(*, account_id: UUID, offer_id: UUID, by: Actor, at: datetime) -> OwnershipOffer:
    """The member says no, or the owner takes the offer back."""
    with transaction.atomic():
        account = lock_account(account_id)
        offer = _open_offer(account, offer_id, at=at)

        if by.user_id == offer.to_membership.user_id:
            to = OfferStatus.DECLINED
        elif by.user_id == offer.from_membership.user_id:
            to = OfferStatus.WITHDRAWN
        else:
            raise NotFound()
        move(offer, to=to, transitions=OFFER_MOVES, settled_at=at)

        audit.record(
            by=by, verb=f"ownership.{to}", subject_kind="ownership_offer", subject_id=offer.id,
            account_id=account.id, at=at,
        )  # fmt: skip
        return offer


def _own_membership(account: Account, *, by: Actor) -> Membership:
    mine = Membership.objects.filter(
        account=account, user_id=person(by), portal=by.portal, status=MembershipStatus.ACTIVE
    ).first()
    if mine is None or mine.portal not in ROLES:
        raise NotFound()
    return mine


def _insert_offer(giver: Membership, *, taker: Membership, next_role: str, at: datetime) -> OwnershipOffer:
    # An offer that has run out no longer stands in the way of a new one.
    for stale in OwnershipOffer.objects.select_for_update().filter(
        from_membership=giver, status=OfferStatus.OPEN, expires_at__lte=at
    ):
        move(stale, to=OfferStatus.WITHDRAWN, transitions=OFFER_MOVES, settled_at=at)
    try:
        with transaction.atomic():
            return OwnershipOffer.objects.create(
                account_id=giver.account_id,
                from_membership=giver,
                to_membership=taker,
                next_role=next_role,
                created_at=at,
                expires_at=at + OFFER_LASTS,
            )
    except IntegrityError as trouble:
        if "ownership_offer_one_open" in str(trouble):
            raise OfferOpen() from None
        raise


def _open_offer(account: Account, offer_id: UUID, *, at: datetime) -> OwnershipOffer:
    rows = OwnershipOffer.objects.select_for_update(of=("self",)).filter(account=account, id=offer_id)
    offer = rows.select_related("from_membership__user", "to_membership__user").first()
    if offer is None:
        raise NotFound()
    if offer.status != OfferStatus.OPEN or at >= offer.expires_at:
        raise OfferGone()
    return offer


def _tell_taker(offer: OwnershipOffer, *, account: Account, at: datetime) -> None:
    taker = offer.to_membership.user
    post.send(
        key="ownership_transfer_offer",
        to_email=taker.email,
        to_phone=None if taker.email else taker.phone,
        user_id=taker.id,
        account_id=account.id,
        language=taker.language,
        params={
            "account_name": account.name,
            "owner_name": str(offer.from_membership.user),
            "link": link_to("ownership_offer", offer_id=str(offer.id)),
            "expires_at": offer.expires_at,
        },
        at=at,
    )


def _tell_giver(offer: OwnershipOffer, *, account: Account, at: datetime) -> None:
    giver = offer.from_membership.user
    post.send(
        key="ownership_transferred",
        to_email=giver.email,
        to_phone=None if giver.email else giver.phone,
        user_id=giver.id,
        account_id=account.id,
        language=giver.language,
        params={"account_name": account.name, "new_owner_name": str(offer.to_membership.user)},
        at=at,
    )
