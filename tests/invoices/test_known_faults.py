"""Faults that users of other billing engines have reported. Each has a test here that shows it cannot happen.

The name of the test is the name of the fault, its docstring says where it was reported. All of them go through the
operations that doors call, on the tables that production has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, connections

from invoices.errors import TopUpDiffers
from invoices.models import BalanceLot, CreditNote, Invoice, InvoiceLine, ParkedAccount, Seller
from invoices.operations import balances, credit_notes, runs, subscriptions
from invoices.operations.billing import bill_account
from invoices.operations.subscriptions import NewSubscription, Outcome
from plans.errors import EventConflict
from plans.models import Period, Stretch, UnmatchedEvent, UsageEvent, UsageKey
from plans.operations.usage import NewEvent, Recorded, record_usage
from plans.rules.story import read_story
from provider.kernel import laws, ledger
from provider.kernel.actor import SYSTEM
from provider.kernel.chart import LedgerAccount
from provider.kernel.money import Money
from provider.workshop.stories.stage import Stage, set_stage
from tests.racing import race

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")
STORY = """\
story: The stage of a known fault
timezone: Asia/Shanghai
currency: CNY
tax: "6"
meters: {calls: {aggregate: count}, sms: {aggregate: count}}
plans:
  month: {interval: month, anchor: anniversary, bill: in_advance, price: "310.00"}
  year: {interval: year, anchor: anniversary, bill: in_advance, price: "3650.00"}
  late: {interval: month, anchor: calendar, bill: in_arrears, price: "310.00"}
  late_pro: {interval: month, anchor: calendar, bill: in_arrears, price: "620.00"}
  calls: {interval: month, anchor: calendar, charges: [{code: call, model: per_unit, meter: calls, price: "0.5"}]}
  thirds:
    interval: month
    anchor: anniversary
    bill: in_advance
    charges:
      - {code: one, model: flat, price: "3.33"}
      - {code: two, model: flat, price: "3.33"}
      - {code: three, model: flat, price: "3.35"}
steps: [{at: 2024-01-01, do: bill}]
expect: [{at: 2024-01-01, nothing: true}]
"""


def on(day: str, *, hour: int = 0) -> datetime:
    """An instant of a day where the account is."""
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), ZONE).astimezone(UTC) + timedelta(hours=hour)


def stage_with(plan: str, *, at: datetime) -> tuple[Stage, Outcome]:
    """An account that subscribed to one of the plans."""
    stage = set_stage(read_story(STORY))
    wish = NewSubscription(version_id=stage.versions[plan].id)
    account_id = stage.account.id
    return stage, subscriptions.start_subscription(account_id=account_id, wish=wish, by=SYSTEM, at=at)


def change(stage: Stage, started: Outcome, *, to: str, at: datetime, when: Any = "now") -> Outcome:
    return subscriptions.change_plan(
        account_id=stage.account.id,
        subscription_id=started.subscription.id,
        version_id=stage.versions[to].id,
        when=when,
        by=SYSTEM,
        at=at,
    )


def tell(stage: Stage, *events: NewEvent, at: datetime) -> Recorded:
    return record_usage(account_id=stage.account.id, source="switch", events=events, by=SYSTEM, at=at)


def bill(stage: Stage, *, at: datetime) -> tuple[Any, ...]:
    return bill_account(account_id=stage.account.id, at=at, by=SYSTEM)


def assert_laws() -> None:
    found = [laws.check(law) for law in laws.known()]
    assert [(one.law.name, one.examples) for one in found if not one.holds] == []


def test_a_missed_billing_day_is_lost() -> None:
    """getlago/lago#354, #188: who is due is asked by the calendar day; a day without a run is never billed."""
    stage, _ = stage_with("month", at=on("2026-01-31"))

    runs.bill_all(as_of=on("2026-04-02"), by=SYSTEM)  # nothing ran on 28 February and on 31 March

    due = Invoice.objects.filter(account=stage.account).order_by("due_at")
    assert [row.due_at for row in due] == [on("2026-01-31"), on("2026-02-28"), on("2026-03-31")]
    spans = list(Period.objects.order_by("start_on").values_list("start_on", "end_on"))
    assert [end for _, end in spans[:-1]] == [start for start, _ in spans[1:]]
    assert runs.bill_all(as_of=on("2026-04-02"), by=SYSTEM) == runs.Batch()


@pytest.mark.django_db(transaction=True)
def test_a_top_up_that_is_sent_twice_counts_twice() -> None:
    """getlago/lago-api#5870: a retried top-up is accepted as a second one."""
    stage, _ = stage_with("month", at=on("2026-01-15"))

    def top_up(minor: int = 5000) -> BalanceLot:
        return balances.top_up(
            account_id=stage.account.id,
            amount=Money(minor, "CNY"),
            source_kind="bank",
            source_id="transfer 1",
            by=SYSTEM,
            at=on("2026-01-16"),
        )

    race(top_up, top_up)

    assert top_up().id == BalanceLot.objects.get().id
    owed = ledger.balance(of=LedgerAccount.BALANCE_LIABILITY, currency="CNY", account_id=stage.account.id)
    assert owed.minor == -5000
    with pytest.raises(TopUpDiffers):
        top_up(7000)
    assert BalanceLot.objects.get().amount_minor == 5000


def test_a_retry_without_a_timestamp_is_billed_twice() -> None:
    """Lago's own warning: deduplication by id and time bills the retry of an event whose time the server sets."""
    stage, _ = stage_with("calls", at=on("2026-01-15"))
    first, retried = on("2026-01-20", hour=9), on("2026-01-20", hour=10)
    tell(stage, NewEvent(id="1", meter="calls", at=first), at=first)

    with pytest.raises(EventConflict):  # the sender is told, and nothing is counted
        tell(stage, NewEvent(id="1", meter="calls", at=retried), at=retried)

    assert tell(stage, NewEvent(id="1", meter="calls", at=first), at=retried).events[0].outcome == "duplicate"
    (document,) = bill(stage, at=on("2026-02-01"))
    assert [(line.units, line.amount_minor) for line in document.lines] == [(1, 50)]


@pytest.mark.parametrize(("plan", "to"), [("month", "year"), ("year", "month")])
def test_the_direction_of_a_change_is_guessed(plan: str, to: str) -> None:
    """getlago/lago-api#1834: a change from a year to a month counts as an upgrade, and takes effect at once."""
    now, later = stage_with(plan, at=on("2026-01-15")), stage_with(plan, at=on("2026-01-15"))

    at_once = change(*now, to=to, at=on("2026-01-20"), when="now")
    with_period = change(*later, to=to, at=on("2026-01-20"), when="period_end")

    assert [document.kind for document in at_once.documents] == ["credit_note", "invoice"]
    assert with_period.documents == ()
    ends = on("2026-02-15") if plan == "month" else on("2027-01-15")
    (first, *_) = bill(later[0], at=ends)
    assert [(line.plan, line.start) for line in first.lines] == [(to, ends.astimezone(ZONE).date())]


def test_the_day_of_a_change_is_billed_on_both_plans() -> None:
    """Lago's published upgrade in arrears bills 21 + 11 days of a month that has 31."""
    stage, started = stage_with("late", at=on("2026-01-01"))

    change(stage, started, to="late_pro", at=on("2026-01-21", hour=15))
    bill(stage, at=on("2026-02-01"))

    days = Counter(
        line.start_on + timedelta(days=n)
        for line in InvoiceLine.objects.all()
        for n in range((line.end_on - line.start_on).days)
    )
    assert set(days.values()) == {1}
    assert len(days) == 31
    amounts = InvoiceLine.objects.order_by("start_on").values_list("plan_code", "amount_minor")
    assert list(amounts) == [("late", 20000), ("late_pro", 22000)]  # 20/31 and 11/31, the day belongs to the new one


def test_the_totals_of_a_document_are_not_the_sums_of_its_lines() -> None:
    """Lago's published cases: taxes by fee do not add up to the tax of the invoice (1,887 and 1,889)."""
    stage, started = stage_with("thirds", at=on("2026-01-15"))
    subscriptions.cancel(
        account_id=stage.account.id, subscription_id=started.subscription.id, by=SYSTEM, at=on("2026-01-20")
    )

    for document in (*Invoice.objects.all(), *CreditNote.objects.all()):
        lines = list(document.lines.values("amount_minor", "discount_minor", "tax_minor"))
        net = sum(line["amount_minor"] - line["discount_minor"] for line in lines)
        assert document.subtotal_minor == net
        assert document.tax_minor == sum(line["tax_minor"] for line in lines)
        assert document.total_minor == net + document.tax_minor
    assert Invoice.objects.get().tax_minor == 60  # 0.6006 rounded once; each line by itself would make 0.20 three times
    assert CreditNote.objects.exists()
    assert_laws()


def test_an_accepted_event_that_nobody_counts_is_silent() -> None:
    """getlago/lago#637: events are accepted by the API, and never matched, counted or reported."""
    stage, _ = stage_with("calls", at=on("2026-01-15"))
    at = on("2026-01-20")

    told = tell(
        stage,
        NewEvent(id="1", meter="calls", at=at),
        NewEvent(id="2", meter="sms", at=at),
        NewEvent(id="3", meter="calls", at=at, subscription="of nobody"),
        at=at,
    )

    assert [(one.outcome, one.match.why, one.match.charges) for one in told.events] == [
        ("recorded", "", ("call",)),
        ("unmatched", "not_in_plan", ()),
        ("unmatched", "unknown_subscription", ()),
    ]
    waiting = UnmatchedEvent.objects.order_by("event_id").values_list("event_id", "why")
    assert list(waiting) == [("2", "not_in_plan"), ("3", "unknown_subscription")]


def test_a_year_that_is_paused_and_resumed_parks_its_account_for_ever() -> None:
    """killbill/killbill#2306: repeated pauses of a yearly term make terms that overlap; the account is never billed."""
    stage, started = stage_with("year", at=on("2024-02-29"))
    mine = {"account_id": stage.account.id, "subscription_id": started.subscription.id, "by": SYSTEM}

    for pause, resume in (("2024-05-10", "2024-06-01"), ("2024-06-01", "2024-11-30"), ("2025-01-31", "2026-03-15")):
        runs.bill_all(as_of=on(pause), by=SYSTEM)
        subscriptions.pause(**mine, at=on(pause, hour=9))
        runs.bill_all(as_of=on(resume), by=SYSTEM)
        subscriptions.resume(**mine, at=on(resume, hour=10))
    done = runs.bill_all(as_of=on("2029-01-01"), by=SYSTEM)

    assert (done.parked, ParkedAccount.objects.count()) == (0, 0)
    starts = Period.objects.order_by("start_on").values_list("start_on", flat=True)
    assert list(starts)[-3:] == [date(2026, 3, 15), date(2027, 2, 28), date(2028, 2, 29)]  # the anchor comes back
    stretches = Stretch.objects.order_by("position").values_list("start_on", "end_on")
    assert all(end is None or start <= end for start, end in stretches)
    assert_laws()


def test_what_was_credited_is_billed_again() -> None:
    """killbill/killbill#154: the run finds an adjusted item missing and charges it once more."""
    stage, _ = stage_with("month", at=on("2026-01-15"))
    invoice = Invoice.objects.get()

    credit_notes.issue_credit_note(
        account_id=stage.account.id, invoice_id=invoice.id, reason="a gift", by=SYSTEM, at=on("2026-01-20")
    )

    assert bill(stage, at=on("2026-02-14", hour=23)) == ()
    (document,) = bill(stage, at=on("2026-02-15"))
    assert [(line.start, line.amount_minor) for line in document.lines] == [(date(2026, 2, 15), 31000)]
    assert document.credit_applied_minor == invoice.total_minor


def test_credit_is_computed_from_the_price_of_today() -> None:
    """Stripe's classic mode: what is credited follows the present price and tax, not what was charged."""
    stage, started = stage_with("month", at=on("2026-01-15"))
    Seller.objects.filter(pk=stage.seller.pk).update(tax_rate=Decimal(20))

    outcome = change(stage, started, to="year", at=on("2026-01-25"))

    note, invoice = outcome.documents
    assert (note.subtotal_minor, note.tax_minor) == (21000, 1260)  # 21 of 31 days, at the 6 % that were charged
    assert {line.tax_rate for line in invoice.lines} == {Decimal(20)}


@pytest.mark.django_db(databases=["default", "owner"], transaction=True)
def test_an_event_whose_write_failed_is_lost_when_it_is_sent_again() -> None:
    """openmeterio/openmeter#5118: the id is claimed before the write; the retry of a failed write meters nothing."""
    stage, _ = stage_with("calls", at=on("2026-01-15"))
    at = on("2026-01-20")
    events = [NewEvent(id=str(number), meter="calls", at=at) for number in range(3)]

    with a_broken_disk(), pytest.raises(DatabaseError, match="the disk is broken"):
        tell(stage, *events, at=at)
    assert not UsageKey.objects.exists()

    assert {one.outcome for one in tell(stage, *events, at=at).events} == {"recorded"}
    assert UsageEvent.objects.count() == 3
    (document,) = bill(stage, at=on("2026-02-01"))
    assert document.subtotal_minor == 150


@contextmanager
def a_broken_disk() -> Iterator[None]:
    """Within it every write of an event fails, after its key was written."""
    with connections["owner"].cursor() as owner:
        owner.execute(
            "create function broken_disk() returns trigger language plpgsql as"
            " $$ begin raise exception 'the disk is broken'; end $$"
        )
        owner.execute(
            "create trigger broken_disk before insert on plans_usageevent for each row execute function broken_disk()"
        )
        try:
            yield
        finally:
            owner.execute("drop function broken_disk cascade")
