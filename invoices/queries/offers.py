"""Coupons and balances: what is offered, who has it, and what is left of it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, TypedDict
from uuid import UUID

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from invoices.models import AppliedCoupon, BalanceLot, BalanceUse, Coupon
from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound

BY_HAND: Final = "transfer"  # the source of what a machine tops up: money that arrived


class Held(TypedDict):
    """What the queries count of a coupon."""

    holder_count: int


class Used(TypedDict):
    """What the queries count of a coupon that an account has."""

    use_count: int
    taken_minor: int


class Left(TypedDict):
    """What the queries count of a lot."""

    left_minor: int


if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    CouponRow = WithAnnotations[Coupon, Held]
    AppliedRow = WithAnnotations[AppliedCoupon, Used]
    LotRow = WithAnnotations[BalanceLot, Left]


def coupons_open_to(by: Actor) -> QuerySet[CouponRow]:
    """The coupons of the provider whose key it is, with `holder_count`: how many accounts have each."""
    rows = Coupon.objects.filter(seller_account_id=by.account_id) if by.portal == "provider" else Coupon.objects.none()
    return rows.annotate(holder_count=Count("applied", filter=Q(applied__ended_at=None)))


def access_coupon(*, coupon_id: UUID, by: Actor) -> CouponRow:
    """One of them."""
    coupon = coupons_open_to(by).filter(pk=coupon_id).first()
    if coupon is None:
        raise NotFound()
    return coupon


def coupons_of_account(account_id: UUID) -> QuerySet[AppliedRow]:
    """The coupons that an account has or had, with the number of invoices that used each, and what that came to."""
    rows = AppliedCoupon.objects.filter(account_id=account_id).select_related("coupon", "account")
    return rows.annotate(use_count=Count("uses"), taken_minor=Coalesce(Sum("uses__amount_minor"), 0))


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
