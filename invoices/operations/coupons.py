"""Coupons: offered by a seller, given to an account, closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction

from invoices.errors import CouponAppliedAlready, CouponClosed, CouponCodeTaken, CouponUnfit, CurrencyUnused
from invoices.models import AppliedCoupon, Coupon
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
    by: Actor,
    at: datetime,
) -> Coupon:
    """Offer a coupon: a percentage or an amount, on so many invoices or for ever, on all lines or only on some."""
    is_percent = percent is not None and 0 < percent <= 100
    is_amount = amount is not None and amount.minor > 0
    if is_percent == is_amount or (percent is not None and amount is not None):
        raise CouponUnfit(field="percent")
    coupon = Coupon(
        seller_account_id=seller_account_id,
        code=code,
        percent=percent,
        amount_minor=amount.minor if amount else None,
        currency=amount.currency if amount else "",
        times=times,
        only={kind: list(names) for kind, names in (only or {}).items()},
        created_at=at,
    )
    with transaction.atomic():
        try:
            with transaction.atomic():
                coupon.save(force_insert=True)
        except IntegrityError as trouble:
            raise CouponCodeTaken(field="code") from trouble
        _record(coupon, verb="coupon.created", account_id=seller_account_id, by=by, at=at)
    return coupon


def close_coupon(*, seller_account_id: UUID, coupon_id: UUID, by: Actor, at: datetime) -> Coupon:
    """Give it to nobody any more; who has it keeps it."""
    with transaction.atomic():
        coupon = _coupon(seller_account_id=seller_account_id, coupon_id=coupon_id)
        if coupon.closed_at is not None:
            raise CouponClosed()
        coupon.closed_at = at
        coupon.save(update_fields=["closed_at"])
        _record(coupon, verb="coupon.closed", account_id=seller_account_id, by=by, at=at)
    return coupon


def apply_coupon(
    *, account_id: UUID, seller_account_id: UUID, coupon_id: UUID, by: Actor, at: datetime
) -> AppliedCoupon:
    """Give a coupon to an account: it takes something off the invoices that become due from now on."""
    with transaction.atomic():
        account = lock_account(account_id)
        coupon = _coupon(seller_account_id=seller_account_id, coupon_id=coupon_id)
        if coupon.closed_at is not None:
            raise CouponClosed(field="coupon")
        if coupon.currency not in ("", account.currency):
            raise CurrencyUnused(field="coupon", currency=account.currency)
        if AppliedCoupon.objects.filter(account=account, coupon=coupon, ended_at=None).exists():
            raise CouponAppliedAlready(field="coupon")
        applied = AppliedCoupon.objects.create(coupon=coupon, account=account, applied_at=at)
        _record(coupon, verb="coupon.applied", account_id=account_id, by=by, at=at)
    return applied


def _coupon(*, seller_account_id: UUID, coupon_id: UUID) -> Coupon:
    rows = Coupon.objects.select_for_update().filter(id=coupon_id, seller_account_id=seller_account_id)
    coupon = rows.first()
    if coupon is None:
        raise NotFound()
    return coupon


def _record(coupon: Coupon, *, verb: str, account_id: UUID, by: Actor, at: datetime) -> None:
    audit.record(
        by=by,
        verb=verb,
        subject_kind="coupon",
        subject_id=coupon.id,
        account_id=account_id,
        at=at,
        after={"coupon": coupon.code},
    )
