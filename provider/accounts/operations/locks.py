"""Row locks by name. Order: account first, then what hangs on it, so that two operations never wait for each other."""

from __future__ import annotations

from uuid import UUID

from provider.accounts.errors import AccountErased
from provider.accounts.models import Account, Invitation, Membership, MembershipStatus
from provider.kernel.actor import Actor
from provider.kernel.errors import NotAllowed, NotFound


def lock_account(account_id: UUID) -> Account:
    """The account, so that its team, offers and consents change one after the other.

    Its key stays as it is: whoever only writes a row that belongs to the account need not wait, nor be waited for.
    """
    account = Account.objects.select_for_update(no_key=True).filter(id=account_id).first()
    if account is None:
        raise NotFound()
    if account.erased_at is not None:
        raise AccountErased()
    return account


def lock_invitation(token_hash: bytes) -> Invitation:
    """The invitation behind a link, so that it is used once."""
    invitation = Invitation.objects.select_for_update().filter(token_hash=token_hash).first()
    if invitation is None:
        raise NotFound()
    return invitation


def active_membership(*, membership_id: UUID, account_id: UUID) -> Membership:
    """A member of this account who has not been removed."""
    rows = Membership.objects.select_related("user").filter(account_id=account_id, status=MembershipStatus.ACTIVE)
    membership = rows.filter(id=membership_id).first()
    if membership is None:
        raise NotFound()
    return membership


def person(by: Actor) -> UUID:
    """The user who acts; some acts are a person's own and never a key's or the product's."""
    if by.user_id is None:
        raise NotAllowed()
    return by.user_id


def home(by: Actor) -> UUID:
    """The account in whose name the actor acts."""
    if by.account_id is None:
        raise NotAllowed()
    return by.account_id
