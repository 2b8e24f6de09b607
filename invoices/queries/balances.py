"""Prepaid balances: whose, what is left of each, and which invoice used it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final, TypedDict
from uuid import UUID

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from invoices.models import BalanceLot, BalanceUse
from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound
from provider.kernel.money import Money

BY_HAND: Final = "transfer"  # the source of what people and machines top up: money that arrived
GIFT: Final = "gift"  # the source of what people give away


class Left(TypedDict):
    """What the queries count of a lot."""

    left_minor: int


if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    LotRow = WithAnnotations[BalanceLot, Left]


# --- Lots ---


def lots_open_to(by: Actor) -> QuerySet[LotRow]:
    """The top-ups of all accounts that the provider bills, with `left_minor`; for a test key those of test accounts."""
    rows = BalanceLot.objects.select_related("account")
    if by.kind == "api_key":
        rows = rows.filter(account__is_test=by.is_test)
    return with_left(rows if by.portal == "provider" else rows.none())


def lots_of_account(account_id: UUID) -> QuerySet[LotRow]:
    """The lots of an account; sorted by priority, topped_up_at and id they stand as invoices take from them."""
    return with_left(BalanceLot.objects.filter(account_id=account_id))


def with_left(rows: QuerySet[BalanceLot]) -> QuerySet[LotRow]:
    """Lots with `left_minor`: what nothing has used yet."""
    used = BalanceUse.objects.filter(lot=OuterRef("pk")).order_by().values("lot")
    sums = Subquery(used.annotate(sum=Sum("amount_minor")).values("sum"))
    return rows.annotate(left_minor=F("amount_minor") - Coalesce(sums, 0))


def access_lot(*, lot_id: UUID, by: Actor) -> LotRow:
    """One of them."""
    lot = lots_open_to(by).filter(pk=lot_id).first()
    if lot is None:
        raise NotFound()
    return lot


def usable(rows: QuerySet[LotRow], *, at: datetime) -> QuerySet[LotRow]:
    """Those of which something is left that has not expired."""
    return lots_in_state(rows, states=["usable"], at=at)


def lots_in_state(rows: QuerySet[LotRow], *, states: Sequence[str], at: datetime) -> QuerySet[LotRow]:
    """Those that stand so, as `invoices.rules.offers.lot_state` says."""
    where = {
        "usable": Q(left_minor__gt=0) & (Q(expires_at=None) | Q(expires_at__gt=at)),
        "expired": Q(left_minor__gt=0, expires_at__lte=at),
        "empty": Q(left_minor=0),
    }
    wanted = Q(pk__in=[])
    for state in states:
        wanted |= where[state]
    return rows.filter(wanted)


def left_of(lot: BalanceLot) -> Money:
    """What nothing has used yet of a lot that is locked."""
    used = lot.uses.aggregate(sum=Sum("amount_minor"))["sum"] or 0
    return Money(lot.amount_minor - int(used), lot.currency)


# --- Uses ---


def uses_of_lot(lot_id: UUID) -> QuerySet[BalanceUse]:
    """What became of a lot: which invoice took how much, and what was taken back."""
    return BalanceUse.objects.filter(lot_id=lot_id).select_related("invoice", "lot")
