"""A price agreed for one subscription: seen before, billed as seen, kept through versions, never for billed days."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from invoices.errors import PreviewOutdated
from invoices.models import Invoice, InvoiceLine
from invoices.operations import prices, subscriptions
from invoices.operations.billing import bill_account
from invoices.operations.prices import PriceWish
from invoices.operations.subscriptions import NewSubscription
from invoices.rules.changes import Foreseen
from plans import errors
from plans.models import AgreedPrice, Subscription
from plans.rules.agreed import Amounts
from provider.kernel import laws
from provider.kernel.actor import SYSTEM
from provider.kernel.models import AuditRow
from provider.workshop.stories.stage import Stage
from tests.invoices.selling import make_stage, next_version

pytestmark = pytest.mark.django_db
START = datetime(2026, 1, 14, 16, tzinfo=UTC)  # the first instant of 15 January in Shanghai
FEB_1 = datetime(2026, 1, 31, 16, tzinfo=UTC)
FEB_15, MAR_15, APR_15 = date(2026, 2, 15), date(2026, 3, 15), date(2026, 4, 15)


@pytest.fixture
def stage() -> Stage:
    stage = make_stage()
    wish = NewSubscription(version_id=stage.versions["team"].id, quantities={"desk": Decimal(2)})
    subscriptions.start_subscription(account_id=stage.account.id, wish=wish, by=SYSTEM, at=START)
    return stage


def agree(stage: Stage, price: str, start_on: date, end_on: date | None = None, **facts: Any) -> Foreseen[AgreedPrice]:
    wish = PriceWish(
        charge=facts.pop("charge", "base"), amounts=Amounts(price=Decimal(price)), start_on=start_on, end_on=end_on
    )
    call = {"reason": "A large customer", "by": SYSTEM, "at": FEB_1} | facts
    subscription = Subscription.objects.get(account=stage.account)
    return prices.agree_price(account_id=stage.account.id, subscription_id=subscription.id, wish=wish, **call)


def billed(stage: Stage, at: datetime) -> list[tuple[str, date | None, date | None, int]]:
    """The lines that a run makes at the instant."""
    bill_account(account_id=stage.account.id, at=at, by=SYSTEM)
    rows = InvoiceLine.objects.filter(invoice__account=stage.account, invoice__made_at=at).order_by("start_on", "id")
    return [(row.charge_code, row.start_on, row.end_on, row.amount_minor) for row in rows]


def first_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def test_what_was_seen_is_billed_and_the_period_is_cut_where_the_price_ends(stage: Stage) -> None:
    march_1 = date(2026, 3, 1)
    seen = agree(stage, "80", FEB_15, march_1, is_preview=True)
    assert AgreedPrice.objects.count() == 0
    # 14 of the 28 days from 15 February cost 80 instead of 100 a period
    assert [(one.line.start, one.before_minor, one.after_minor) for one in seen.changes] == [
        (FEB_15, 0, 4000), (march_1, 0, 5000), (FEB_15, 10000, 0),
    ]  # fmt: skip
    assert seen.difference_minor == -1060  # with tax

    agree(stage, "80", FEB_15, march_1, expected=seen.fingerprint)

    assert billed(stage, first_of(FEB_15)) == [("base", FEB_15, march_1, 4000), ("desk", FEB_15, MAR_15, 6000)]
    assert billed(stage, first_of(MAR_15)) == [
        ("base", march_1, MAR_15, 5000), ("base", MAR_15, APR_15, 10000), ("desk", MAR_15, APR_15, 6000),
    ]  # fmt: skip
    row = InvoiceLine.objects.get(start_on=FEB_15, charge_code="base")
    assert row.arithmetic["agreed"] == ["2026-02-15", "2026-03-01"]
    audit = AuditRow.objects.get(verb="subscription.agree_price")
    assert (audit.reason, audit.before["amounts"], audit.after["amounts"]) == ("A large customer", "100", "80")
    found = [laws.check(law) for law in laws.known(("lines_lie_in_their_period", "documents_stand_in_the_books"))]
    assert [(one.law.name, one.examples) for one in found if not one.holds] == []


def test_billed_days_keep_their_price_and_two_prices_never_hold_at_once(stage: Stage) -> None:
    count = Invoice.objects.count()
    with pytest.raises(errors.PriceOfBilledDays) as billed_days:
        agree(stage, "80", date(2026, 2, 14))
    assert billed_days.value.facts == {"until": FEB_15}
    agree(stage, "80", FEB_15, MAR_15)
    for start, end in ((date(2026, 3, 14), None), (FEB_15, date(2026, 2, 16)), (FEB_15, None)):
        with pytest.raises(errors.PriceAgreedAlready):
            agree(stage, "70", start, end)
    agree(stage, "70", MAR_15)  # half-open: the next begins when the first has ended
    agree(stage, "20", FEB_15, charge="desk")
    assert Invoice.objects.count() == count
    first = AgreedPrice.objects.earliest("start_on", "agreed_at", "id")
    with pytest.raises(IntegrityError, match="agreed_prices_do_not_overlap"), transaction.atomic():
        AgreedPrice.objects.filter(pk=first.pk).update(end_on=date(2026, 3, 16))


def test_what_makes_no_sense_is_refused(stage: Stage) -> None:
    for refusal, price, facts in (
        (errors.PriceNeedsReason, "80", {"reason": " "}),
        (errors.AgreedPriceBad, "-1", {}),
        (errors.AgreedPriceBad, "0.123456789", {}),
        (errors.PriceEndsTooEarly, "80", {"end_on": FEB_15}),
        (errors.AgreedPriceUnfit, "80", {"charge": "setup"}),
    ):
        with pytest.raises(refusal):
            agree(stage, price, FEB_15, **facts)
    seen = agree(stage, "80", FEB_15, is_preview=True)
    subscription = Subscription.objects.get(account=stage.account)
    subscriptions.cancel(
        account_id=stage.account.id, subscription_id=subscription.id, when="period_end", by=SYSTEM, at=FEB_1
    )
    with pytest.raises(PreviewOutdated):
        agree(stage, "80", FEB_15, expected=seen.fingerprint)


def test_it_holds_in_the_next_version_of_the_plan_and_not_in_another_plan(stage: Stage) -> None:
    agree(stage, "80", FEB_15)
    newer = next_version(stage.versions["team"], base="131")
    subscription = Subscription.objects.get(account=stage.account)
    call: dict[str, Any] = {"account_id": stage.account.id, "subscription_id": subscription.id, "by": SYSTEM}
    subscriptions.change_plan(version_id=newer.id, when="period_end", at=FEB_1, **call)
    assert billed(stage, first_of(FEB_15))[0] == ("base", FEB_15, MAR_15, 8000)
    subscriptions.change_plan(version_id=stage.versions["pro"].id, when="period_end", at=first_of(FEB_15), **call)
    assert billed(stage, first_of(MAR_15)) == [("base", MAR_15, APR_15, 31000)]


def test_it_is_ended_on_a_day_to_come_or_withdrawn_before_it_began(stage: Stage) -> None:
    made = agree(stage, "80", FEB_15).result
    call: dict[str, Any] = {
        "account_id": stage.account.id, "subscription_id": made.subscription_id, "agreed_id": made.id,
        "reason": "They left the framework contract", "by": SYSTEM,
    }  # fmt: skip
    assert billed(stage, first_of(FEB_15))[0] == ("base", FEB_15, MAR_15, 8000)
    with pytest.raises(errors.PriceOfBilledDays):
        prices.end_price(end_on=date(2026, 3, 1), at=first_of(FEB_15), **call)

    seen = prices.end_price(end_on=date(2026, 4, 1), at=first_of(FEB_15), is_preview=True, **call)
    prices.end_price(end_on=date(2026, 4, 1), at=first_of(FEB_15), expected=seen.fingerprint, **call)

    assert [row[3] for row in billed(stage, first_of(MAR_15)) if row[0] == "base"] == [4387]  # 17 of 31 days
    with pytest.raises(errors.PriceEndsAlready):
        prices.end_price(end_on=date(2026, 4, 1), at=first_of(MAR_15), **call)
    later = agree(stage, "10", date(2026, 5, 1), at=first_of(MAR_15)).result
    prices.end_price(end_on=date(2026, 4, 20), at=first_of(MAR_15), **call | {"agreed_id": later.id})
    later.refresh_from_db()
    assert later.withdrawn_at is not None
    assert billed(stage, first_of(date(2026, 5, 16)))[-2:] == [
        ("base", date(2026, 5, 15), date(2026, 6, 15), 10000), ("desk", date(2026, 5, 15), date(2026, 6, 15), 6000),
    ]  # fmt: skip
