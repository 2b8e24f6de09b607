"""Coupons: what is offered, who has it, and what it took off which invoice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypedDict
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, JSONObject

from invoices.models import AppliedCoupon, Coupon, CouponUse
from invoices.rules.offers import CouponTerms
from plans.models import Meter, Plan, PlanCharge
from plans.rules.catalogue.naming import Names
from provider.accounts.models import Account
from provider.accounts.queries import by_own_clock
from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound
from provider.kernel.money import Money


class Taken(TypedDict):
    """What was taken off in one currency."""

    currency: str
    minor: int


class Held(TypedDict):
    """What the queries count of a coupon: the accounts that have it now, the invoices that it took something off."""

    holder_count: int
    use_count: int
    taken: list[Taken]


class Used(TypedDict):
    """What the queries count of a coupon that an account has."""

    use_count: int
    taken_minor: int


if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    CouponRow = WithAnnotations[Coupon, Held]
    AppliedRow = WithAnnotations[AppliedCoupon, Used]


# --- Coupons ---


def coupons_open_to(by: Actor, *, at: datetime) -> QuerySet[CouponRow]:
    """The coupons of the provider who asks, with how many accounts have each and what each took off.

    A test key is told of test accounts only, any other key of the others.
    """
    own = Coupon.objects.filter(seller_account_id=by.account_id) if by.portal == "provider" else Coupon.objects.none()
    # By the clock of each; asked of the few that have an end, so that the others are counted by an index alone.
    clock = Subquery(Account.objects.filter(pk=OuterRef("account_id")).values(now=Coalesce("test_clock_at", at)))
    held = AppliedCoupon.objects.filter(has_not_ended(clock), coupon=OuterRef("pk"))
    uses = CouponUse.objects.filter(applied__coupon=OuterRef("pk"))
    if by.kind == "api_key":
        held = held.filter(account__is_test=by.is_test)
        uses = uses.filter(applied__account__is_test=by.is_test)
    holders = held.order_by().values("coupon")
    uses = uses.order_by()
    sums = uses.values("currency").annotate(minor=Sum("amount_minor"))
    return own.select_related("seller_account").annotate(
        holder_count=Coalesce(Subquery(holders.annotate(number=Count("pk")).values("number")), 0),
        use_count=Coalesce(Subquery(uses.values("applied__coupon").annotate(number=Count("pk")).values("number")), 0),
        taken=ArraySubquery(sums.order_by("currency").values(told=JSONObject(currency="currency", minor="minor"))),
    )


def access_coupon(*, coupon_id: UUID, by: Actor, at: datetime) -> CouponRow:
    """One of them."""
    coupon = coupons_open_to(by, at=at).filter(pk=coupon_id).first()
    if coupon is None:
        raise NotFound()
    return coupon


def coupons_in_state(rows: QuerySet[CouponRow], *, states: Sequence[str], at: datetime) -> QuerySet[CouponRow]:
    """Those that stand so, as `invoices.rules.offers.coupon_state` says."""
    is_open = Q(closed_at=None)
    begins_later, is_over = Q(starts_at__gt=at), Q(expires_at__lte=at)
    where = {
        "closed": ~is_open,
        "over": is_open & is_over,
        "planned": is_open & begins_later,
        "open": is_open & (Q(starts_at=None) | Q(starts_at__lte=at)) & (Q(expires_at=None) | Q(expires_at__gt=at)),
    }
    wanted = Q(pk__in=[])
    for state in states:
        wanted |= where[state]
    return rows.filter(wanted)


def coupons_to_give(*, by: Actor, account: Account, at: datetime) -> list[CouponRow]:
    """What could be given to the account: open now, of its currency, and not had by it already."""
    rows = coupons_in_state(coupons_open_to(by, at=at), states=["open"], at=at).filter(
        currency__in=["", account.currency]
    )
    had = AppliedCoupon.objects.filter(has_not_ended(at), account=account).values("coupon")
    return list(rows.exclude(pk__in=had).order_by("code"))


def terms_of(coupon: Coupon) -> CouponTerms:
    """What a coupon says."""
    minor = coupon.amount_minor
    return CouponTerms(
        code=coupon.code,
        percent=coupon.percent,
        amount=None if minor is None else Money(minor, coupon.currency),
        times=coupon.times,
        only=coupon.only,
        starts_at=coupon.starts_at,
        expires_at=coupon.expires_at,
    )


def lines_sold(seller_id: UUID) -> dict[str, dict[str, Names]]:
    """What a coupon may be limited to: the plans, charges and meters of a seller, by code, with their names."""
    charges = PlanCharge.objects.filter(version__plan__seller_id=seller_id).order_by("code", "-version__created_at")
    names = ("code", "name", "name_hans", "name_hant")
    rows = {
        "plans": Plan.objects.filter(seller_id=seller_id).order_by("position", "code").values_list(*names),
        "charges": charges.distinct("code").values_list(*names),
        "meters": Meter.objects.filter(seller_id=seller_id).order_by("code").values_list(*names),
    }
    return {kind: {code: (name, hans, hant) for code, name, hans, hant in found} for kind, found in rows.items()}


# --- Who has them ---


def coupons_of_account(account_id: UUID) -> QuerySet[AppliedRow]:
    """The coupons that an account has or had, with the number of invoices that used each, and what that came to."""
    return with_uses(AppliedCoupon.objects.filter(account_id=account_id))


def holders_of(coupon_id: UUID) -> QuerySet[AppliedRow]:
    """The accounts that have or had a coupon."""
    return with_uses(AppliedCoupon.objects.filter(coupon_id=coupon_id))


def with_uses(rows: QuerySet[AppliedCoupon]) -> QuerySet[AppliedRow]:
    """With the number of invoices that used each, and what that came to in the account's currency."""
    uses = CouponUse.objects.filter(applied=OuterRef("pk")).order_by().values("applied")
    return rows.select_related("coupon", "account").annotate(
        use_count=Coalesce(Subquery(uses.annotate(number=Count("pk")).values("number")), 0),
        taken_minor=Coalesce(Subquery(uses.annotate(sum=Sum("amount_minor")).values("sum")), 0),
    )


def running(rows: QuerySet[AppliedRow], *, at: datetime) -> QuerySet[AppliedRow]:
    """Those that take something off the next invoice."""
    return holders_in_state(rows, states=["running"], at=at)


def holders_in_state(rows: QuerySet[AppliedRow], *, states: Sequence[str], at: datetime) -> QuerySet[AppliedRow]:
    """Those that stand so by the clock of their account, as `invoices.rules.offers.held_state` says."""
    clock = by_own_clock(at)
    is_used_up = Q(coupon__times__isnull=False, use_count__gte=F("coupon__times"))
    where = {
        "running": has_not_ended(clock) & ~is_used_up,
        "used_up": is_used_up,
        "ended": Q(ended_at__lte=clock) & ~is_used_up,
    }
    wanted = Q(pk__in=[])
    for state in states:
        wanted |= where[state]
    return rows.filter(wanted)


def has_not_ended(at: datetime | Combinable) -> Q:
    """Of what an account has: not ended by this instant, though it may be used up."""
    return Q(ended_at=None) | Q(ended_at__gt=at)


# --- What they took ---


def uses_of(coupon_id: UUID) -> QuerySet[CouponUse]:
    """What a coupon took off which invoice of whom."""
    rows = CouponUse.objects.filter(applied__coupon_id=coupon_id)
    return rows.select_related("applied__account", "invoice")
