"""Stores, and in which of them somebody may sell."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Prefetch, QuerySet

from provider.accounts.models import Membership, MembershipStatus, Portal, Role
from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound
from resellers.models import Store, StoreMember


def stores_of(reseller_id: UUID) -> QuerySet[Store]:
    """All stores, open ones first, each with who works there now as `people_now`."""
    now = StoreMember.objects.filter(until_at=None).select_related("user").order_by("user__name")
    rows = Store.objects.filter(reseller_id=reseller_id)
    return rows.prefetch_related(Prefetch("members", queryset=now, to_attr="people_now")).order_by("closed_at", "name")


def open_stores(reseller_id: UUID) -> QuerySet[Store]:
    """The stores that sell, by name."""
    return Store.objects.filter(reseller_id=reseller_id, closed_at=None).order_by("name", "id")


def stores_for(*, by: Actor, reseller_id: UUID) -> list[Store]:
    """The open stores in which the actor may sell: all for owners and machines, their own for clerks.

    Where there is only one, everybody of the team works there: a small shop need not say who does.
    """
    stores = list(open_stores(reseller_id))
    if by.kind == "api_key" or by.role == Role.OWNER or len(stores) == 1:
        return stores
    assert by.user_id is not None
    mine = set(StoreMember.objects.filter(user_id=by.user_id, until_at=None).values_list("store_id", flat=True))
    return [store for store in stores if store.id in mine]


def access_store(*, store_id: UUID, reseller_id: UUID) -> Store:
    """A store of this reseller, open or not."""
    store = Store.objects.filter(id=store_id, reseller_id=reseller_id).first()
    if store is None:
        raise NotFound()
    return store


def access_store_by_code(*, code: str, reseller_id: UUID) -> Store:
    """The store of this code; without one the only open store."""
    stores = list(open_stores(reseller_id)) if not code else list(Store.objects.filter(reseller=reseller_id, code=code))
    if len(stores) != 1:
        raise NotFound(field="store")
    return stores[0]


def team_of_reseller(reseller_id: UUID) -> QuerySet[Membership]:
    """Who may be put into a store."""
    rows = Membership.objects.filter(account_id=reseller_id, portal=Portal.RESELLER, status=MembershipStatus.ACTIVE)
    return rows.select_related("user").order_by("user__name", "id")
