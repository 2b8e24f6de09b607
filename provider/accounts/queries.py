"""Reads on accounts; `access_*` answers "not found" alike for absent and not yours."""

from __future__ import annotations

from django.db.models import QuerySet

from provider.kernel.actor import Actor

from .models import Membership, MembershipStatus, User
from .rules.permissions import permissions_of


def memberships_of(user: User) -> QuerySet[Membership]:
    """The places that the user may act in, the provider's first, then by age."""
    places = Membership.objects.filter(user=user, status=MembershipStatus.ACTIVE)
    return places.select_related("account", "account__brand").order_by("portal", "joined_at", "id")


def actor_in(*, membership: Membership | None, user: User, address: str = "") -> Actor:
    """The actor for a signed-in user in one of their places, or in none."""
    if membership is None:
        return Actor(kind="person", user_id=user.id, address=address)
    return Actor(
        kind="person",
        user_id=user.id,
        account_id=membership.account_id,
        portal=membership.portal,
        role=membership.role,
        permissions=permissions_of(portal=membership.portal, role=membership.role, is_acting_for=False),
        address=address,
    )


def chosen_membership(*, user: User, membership_id: str | None) -> Membership | None:
    """The membership the session names if it is still the user's, else the first one."""
    places = list(memberships_of(user))
    chosen = [place for place in places if str(place.id) == membership_id]
    return next(iter(chosen or places), None)
