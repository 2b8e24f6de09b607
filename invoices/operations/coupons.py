"""Coupons: offered by a seller, given to an account and ended there, closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction

from invoices.errors import (
    CouponAppliedAlready,
    CouponClosed,
    CouponCodeTaken,
    CouponEnded,
    CouponEndPast,
    CouponNotGiven,
    CouponUnfit,
    CouponWindowUnfit,
    CurrencyUnused,
)
from invoices.models import AppliedCoupon, Coupon
from invoices.queries.coupons import has_not_ended
from provider.accounts.operations.locks import lock_account as lock_customer
from provider.kernel import audit
from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound
from provider.kernel.money import Money

from .desk import lock_account

Only = Mapping[str, Sequence[str]]


def create_coupon(
    *,
    seller_account_id: UUID,
    code: str,
    percent: Decimal | None = None,
    amount: Money | None = None,
    times: int | None = None,
    only: Only | None = None,
    starts_at: datetime | None = None,
    expires_at: datetime | None = None,
    by: Actor,
    at: datetime,
) -> Coupon:
    """Offer a coupon: a percentage or an amount, on so many invoices or for ever, on all lines or only on some.

    It is given to accounts from `starts_at` to `expires_at`.
    """
    is_percent = percent is not None and 0 < percent <= 100
    is_amount = amount is not None and amount.minor > 0
    if is_percent == is_amount or (percent is not None and amount is not None):
        raise CouponUnfit(field="percent")
    if expires_at is not None and expires_at <= max(at, starts_at or at):
        raise CouponWindowUnfit(field="expires_at")
    coupon = Coupon(
        seller_account_id=seller_account_id,
        code=code,
        percent=percent,
        amount_minor=amount.minor if amount else None,
        currency=amount.currency if amount else "",
        times=times,
        only={kind: list(names) for kind, names in (only or {}).items()},
        created_at=at,
        starts_at=starts_at,
        expires_at=expires_at,
    )
    with transaction.atomic():
        try:
            with transaction.atomic():
                coupon.save(force_insert=True)
        except IntegrityError as trouble:
            raise CouponCodeTaken(field="code") from trouble
        _record(coupon, verb="coupon.created", account_id=seller_account_id, by=by, at=at)
    return coupon


def close_coupon(*, seller_account_id: UUID, coupon_id: UUID, by: Actor, at: datetime, reason: str = "") -> Coupon:
    """Give it to nobody any more; who has it keeps it."""
    with transaction.atomic():
        coupon = _coupon(seller_account_id=seller_account_id, coupon_id=coupon_id)
        if coupon.closed_at is not None:
            raise CouponClosed()
        coupon.closed_at = at
        coupon.save(update_fields=["closed_at"])
        _record(coupon, verb="coupon.closed", account_id=seller_account_id, by=by, at=at, reason=reason)
    return coupon


def apply_coupon(
    *,
    account_id: UUID,
    seller_account_id: UUID,
    coupon_id: UUID,
    by: Actor,
    at: datetime,
    ends_at: datetime | None = None,
    reason: str = "",
) -> AppliedCoupon:
    """Give a coupon to an account: it takes something off the invoices that become due from now on, until `ends_at`."""
    with transaction.atomic():
        account = lock_customer(account_id)
        coupon = _coupon(seller_account_id=seller_account_id, coupon_id=coupon_id)
        if coupon.closed_at is not None:
            raise CouponClosed(field="coupon")
        if (coupon.starts_at or at) > at or (coupon.expires_at is not None and coupon.expires_at <= at):
            raise CouponNotGiven(field="coupon")
        if coupon.currency not in ("", account.currency):
            raise CurrencyUnused(field="coupon", currency=account.currency)
        if ends_at is not None and ends_at <= at:
            raise CouponEndPast(field="ends_at")
        if AppliedCoupon.objects.filter(has_not_ended(at), account=account, coupon=coupon).exists():
            raise CouponAppliedAlready(field="coupon")
        applied = AppliedCoupon.objects.create(coupon=coupon, account=account, applied_at=at, ended_at=ends_at)
        _record(coupon, verb="coupon.applied", account_id=account_id, by=by, at=at, reason=reason, until=ends_at)
    return applied


def end_coupon(*, account_id: UUID, applied_id: UUID, by: Actor, at: datetime, reason: str = "") -> AppliedCoupon:
    """Take a coupon from an account: invoices due from now on do without it; what it took off before stays."""
    with transaction.atomic():
        account = lock_account(account_id)
        applied = AppliedCoupon.objects.select_related("coupon").filter(id=applied_id, account=account).first()
        if applied is None:
            raise NotFound()
        if applied.ended_at is not None and applied.ended_at <= at:
            raise CouponEnded()
        applied.ended_at = at
        applied.save(update_fields=["ended_at"])
        _record(applied.coupon, verb="coupon.ended", account_id=account_id, by=by, at=at, reason=reason)
    return applied


def _coupon(*, seller_account_id: UUID, coupon_id: UUID) -> Coupon:
    rows = Coupon.objects.select_for_update().filter(id=coupon_id, seller_account_id=seller_account_id)
    coupon = rows.first()
    if coupon is None:
        raise NotFound()
    return coupon


def _record(
    coupon: Coupon,
    *,
    verb: str,
    account_id: UUID,
    by: Actor,
    at: datetime,
    reason: str = "",
    until: datetime | None = None,
) -> None:
    audit.record(
        by=by,
        verb=verb,
        subject_kind="coupon",
        subject_id=coupon.id,
        account_id=account_id,
        at=at,
        after={"coupon": coupon.code} | ({"until": until} if until else {}),
        reason=reason,
    )
