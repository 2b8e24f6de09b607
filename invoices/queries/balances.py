"""Prepaid balances: whose, what is left of each, and which invoice used it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, TypedDict
from uuid import UUID

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from invoices.models import BalanceLot, BalanceUse
from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound

BY_HAND: Final = "transfer"  # the source of what people and machines top up: money that arrived


class Left(TypedDict):
    """What the queries count of a lot."""

    left_minor: int


if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    LotRow = WithAnnotations[BalanceLot, Left]


def lots_of_account(account_id: UUID) -> QuerySet[LotRow]:
    """The lots of an account with `left_minor`; `in_order_of_use` is how invoices take from them."""
    used = BalanceUse.objects.filter(lot=OuterRef("pk")).order_by().values("lot")
    sums = Subquery(used.annotate(sum=Sum("amount_minor")).values("sum"))
    return BalanceLot.objects.filter(account_id=account_id).annotate(left_minor=F("amount_minor") - Coalesce(sums, 0))


def usable(rows: QuerySet[LotRow], *, at: datetime) -> QuerySet[LotRow]:
    """Those of which something is left that has not expired."""
    return rows.filter(Q(expires_at=None) | Q(expires_at__gt=at), left_minor__gt=0)


def access_lot(*, lot_id: UUID, by: Actor) -> BalanceLot:
    """One lot of an account that the provider's key bills; a test key those of test accounts."""
    rows = BalanceLot.objects.select_related("account").filter(account__is_test=by.is_test)
    lot = rows.filter(pk=lot_id).first() if by.portal == "provider" else None
    if lot is None:
        raise NotFound()
    return lot
