"""A coupon of an account takes something off the invoices that are due while it runs, whenever they are made."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from invoices.errors import (
    CouponAppliedAlready,
    CouponEnded,
    CouponEndPast,
    CouponNotGiven,
    CouponWindowUnfit,
)
from invoices.models import AppliedCoupon, Coupon, CouponUse
from invoices.operations import subscriptions
from invoices.operations.billing import bill_account
from invoices.operations.coupons import apply_coupon, create_coupon, end_coupon
from invoices.operations.subscriptions import NewSubscription
from invoices.operations.upcoming import ahead_with
from provider.kernel.actor import SYSTEM
from provider.kernel.errors import NotFound
from provider.kernel.ids import new_id
from provider.workshop.stories.stage import Stage
from tests.invoices.selling import make_stage

pytestmark = pytest.mark.django_db
START = datetime(2026, 1, 14, 16, tzinfo=UTC)  # the first instant of 15 January in Shanghai
FEB_20, MAR_20 = datetime(2026, 2, 20, tzinfo=UTC), datetime(2026, 3, 20, tzinfo=UTC)
APRIL = datetime(2026, 4, 20, tzinfo=UTC)


@pytest.fixture
def stage() -> Stage:
    made = make_stage()
    wish = NewSubscription(version_id=made.versions["pro"].id)
    subscriptions.start_subscription(account_id=made.account.id, wish=wish, by=SYSTEM, at=START)
    return made


def offered(stage: Stage, **facts: object) -> Coupon:
    seller_id = stage.versions["pro"].plan.seller_id
    facts = {"code": "TENTH", "percent": Decimal(10), "by": SYSTEM, "at": START} | facts
    return create_coupon(seller_account_id=seller_id, **facts)  # type: ignore[arg-type]


def given(stage: Stage, coupon: Coupon, *, at: datetime = START, **facts: object) -> AppliedCoupon:
    return apply_coupon(
        account_id=stage.account.id, seller_account_id=coupon.seller_account_id, coupon_id=coupon.pk, by=SYSTEM, at=at,
        **facts,  # type: ignore[arg-type]
    )  # fmt: skip


def used_on(held: AppliedCoupon) -> list[datetime]:
    rows = CouponUse.objects.filter(applied=held).order_by("invoice__due_at")
    return list(rows.values_list("invoice__due_at", flat=True))


def test_billed_late_it_is_used_on_the_same_invoices_as_billed_in_time(stage: Stage) -> None:
    held = given(stage, offered(stage), ends_at=MAR_20)
    end_early = given(stage, offered(stage, code="SHORT"))
    end_coupon(account_id=stage.account.id, applied_id=end_early.pk, by=SYSTEM, at=FEB_20, reason="By mistake")

    bill_account(account_id=stage.account.id, at=APRIL, by=SYSTEM)

    assert [due.month for due in used_on(held)] == [2, 3]
    assert [due.month for due in used_on(end_early)] == [2]


def test_what_the_look_shows_is_what_the_next_invoice_takes(stage: Stage) -> None:
    coupon = offered(stage, percent=Decimal(20))
    seen = ahead_with(account_id=stage.account.id, act=lambda: given(stage, coupon), by=SYSTEM, at=START)
    assert not AppliedCoupon.objects.exists()
    given(stage, coupon)

    (made,) = bill_account(account_id=stage.account.id, at=FEB_20, by=SYSTEM)

    assert seen.before is not None
    assert seen.after is not None
    assert seen.after.document.discount_minor == made.discount_minor == 6200
    assert seen.after.document.due_minor == made.due_minor < seen.before.document.due_minor


def test_what_helps_nobody_is_refused(stage: Stage) -> None:
    with pytest.raises(CouponWindowUnfit):
        offered(stage, expires_at=START)
    with pytest.raises(CouponWindowUnfit):
        offered(stage, starts_at=MAR_20, expires_at=FEB_20)
    coupon = offered(stage, starts_at=FEB_20, expires_at=MAR_20)
    for at in (START, MAR_20):
        with pytest.raises(CouponNotGiven):
            given(stage, coupon, at=at)
    with pytest.raises(CouponEndPast):
        given(stage, coupon, at=FEB_20, ends_at=FEB_20)
    held = given(stage, coupon, at=FEB_20, ends_at=APRIL)
    with pytest.raises(CouponAppliedAlready):
        given(stage, coupon, at=FEB_20)
    with pytest.raises(NotFound):
        end_coupon(account_id=new_id(), applied_id=held.pk, by=SYSTEM, at=FEB_20)
    end_coupon(account_id=stage.account.id, applied_id=held.pk, by=SYSTEM, at=FEB_20)
    with pytest.raises(CouponEnded):
        end_coupon(account_id=stage.account.id, applied_id=held.pk, by=SYSTEM, at=FEB_20)
