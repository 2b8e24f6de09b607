"""Reads of the subscribers' front room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from provider.accounts.models import Account, Invitation, InvitationStatus, Membership, MembershipStatus, User
from provider.accounts.queries import consents_running, has_second_factor
from provider.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class Standing:
    """How far somebody has set up their account; each truth is a step that the home page offers."""

    member_count: int
    invited_count: int
    has_address: bool
    has_company: bool
    has_second_factor: bool
    support_is_open: bool


def standing(*, account: Account, user: User, at: datetime) -> Standing:
    """The state of the account and of the person, for the home page; four queries."""
    members = Membership.objects.filter(account=account, status=MembershipStatus.ACTIVE)
    invited = Invitation.objects.filter(account=account, status=InvitationStatus.OPEN, expires_at__gt=at)
    return Standing(
        member_count=members.count(),
        invited_count=invited.count(),
        has_address=bool(account.address and account.country),
        has_company=bool(account.company_name),
        has_second_factor=has_second_factor(user),
        support_is_open=consents_running(account_id=account.id, at=at).exists(),
    )


def team_of_reader(by: Actor, *, limit: int = 8) -> list[Membership]:
    """The first people of the reader's own account."""
    assert by.account_id is not None
    rows = Membership.objects.filter(account_id=by.account_id, portal=by.portal, status=MembershipStatus.ACTIVE)
    return list(rows.select_related("user").order_by("joined_at", "id")[:limit])
