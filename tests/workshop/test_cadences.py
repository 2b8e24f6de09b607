"""Random years on the real tables, billed each day, each month or once at the end: the same bills in the same books.

Each bill is made as a run makes it, of whoever is marked as due. What is made late is entered late, so postings are
compared by the instant at which their document was due, and balances once the months are closed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.models import CreditNote, Invoice
from invoices.operations.expiry import release_expired
from invoices.operations.revenue import close_due_months
from invoices.queries import revenue
from invoices.rules import billing
from plans.rules.story import Step, Story, read_story
from provider.kernel import laws, ledger
from provider.kernel.models import LedgerPosting
from provider.workshop.stories.player import play
from provider.workshop.stories.stage import Stage
from tests.invoices.rules.test_billing_properties import YEAR, billed_every, years
from tests.properties import examples_on_tables

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

DAILY: Final = 1
LAWS: Final = [  # others: the oracle
    "service_is_earned_by_day", "documents_stand_in_the_books", "ledger_balances", "expired_money_is_owed_no_more",
]  # fmt: skip
CLOSED_AFTER: Final = 40  # days: the month of the last bill is over then, and so is every month of the year
Posting = tuple[str, str, datetime, str, int]  # kind of its source, purpose, due, ledger account, amount
STORY: Final = read_story("""\
story: A year in advance
timezone: Asia/Shanghai
currency: CNY
tax: "6"
plans:
  yearly: {interval: year, anchor: anniversary, bill: in_advance, price: "365.00"}
  monthly: {interval: month, anchor: anniversary, bill: in_advance, price: "31.00"}
steps:
  - {at: 2023-03-01, do: subscribe, plan: yearly, as: a}
  - {at: 2023-03-01, do: subscribe, plan: monthly, as: b}
expect:
  - {at: 2023-03-01, invoice: 1, total: "386.90"}
""")


@dataclass(slots=True, kw_only=True)
class Year:
    """What a year has come to."""

    sums: list[tuple[Any, ...]] = field(default_factory=list)  # of the documents, in their order
    balances: dict[tuple[str, str], int] = field(default_factory=dict)  # by ledger account and currency
    postings: Counter[Posting] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)  # laws


@st.composite
def accounts(draw: st.DrawFn) -> Story:
    """A year of an account that may have a coupon, and money in advance that comes at any hour and may expire."""
    story: Story = draw(years())
    start = story.steps[0].at
    extra = []
    if draw(st.booleans()):
        percent = Decimal(draw(st.sampled_from(["7.5", "33", "100"])))
        facts = {"code": "WELCOME", "percent": percent, "times": draw(st.integers(1, 6))}
        extra.append(Step(at=start, do="coupon", line=0, facts=facts))
    for hour in draw(st.lists(st.integers(0, 24 * 300), max_size=3)):
        at = start + timedelta(hours=hour)
        facts = {"balance": "main", "amount": Decimal(draw(st.integers(1, 90_000))).scaleb(-2)}
        if draw(st.booleans()):
            facts["expires"] = at + timedelta(days=draw(st.integers(1, 90)))
        extra.append(Step(at=at, do="top_up", line=0, facts=facts))
    first, *others = story.steps
    return replace(story, steps=(first, *sorted([*extra, *others], key=lambda step: step.at)))


@examples_on_tables(2)
@given(accounts(), st.sampled_from([30, 7]))
def test_a_year_billed_daily_monthly_or_once_makes_the_same_bills_and_the_same_books(story: Story, days: int) -> None:
    once = lived(story, every=YEAR)

    assert once.broken == []
    assert lived(story, every=days) == once
    assert lived(story, every=DAILY) == once


def test_one_late_bill_for_several_due_days_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(billing, "end_of_due_day", lambda *_, at, **__: at)

    assert lived(STORY, every=YEAR).sums != lived(STORY, every=30).sums


def test_revenue_that_begins_when_a_bill_is_made_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    begins_late = revenue.SPANS.replace("coalesce(l.start_on, i.issued_on)", "greatest(l.start_on, i.issued_on)")
    assert begins_late != revenue.SPANS
    monkeypatch.setattr(revenue, "SPANS", begins_late)

    once, daily = lived(STORY, every=YEAR), lived(STORY, every=30)

    assert (once.sums, once.postings) == (daily.sums, daily.postings)
    assert once.balances != daily.balances


def lived(story: Story, *, every: int) -> Year:
    """The year, billed every so many days, and its months taken into revenue afterwards."""
    year = Year()
    told = billed_every(story, every)
    played = play(told, is_alone=False, look=lambda stage: seen(year, stage=stage, story=story))
    assert played.failure == ""
    year.sums = [sums_of(document) for document in played.told.documents]
    return year


def seen(year: Year, *, stage: Stage, story: Story) -> None:
    year.postings = postings_by_due_instant(stage)
    over = story.steps[0].at + timedelta(days=YEAR + CLOSED_AFTER)
    release_expired(at=over)
    close_due_months(at=over)
    year.broken = [law.name for law in laws.known(LAWS) if not laws.check(law).holds]
    year.balances = {place: money.minor for place, money in ledger.balances().items()}


def postings_by_due_instant(stage: Stage) -> Counter[Posting]:
    """Each posting with the instant at which its document was due, or at which it was entered where it has none."""
    due = {
        str(row_id): due_at
        for model in (Invoice, CreditNote)
        for row_id, due_at in model.objects.filter(account=stage.account).values_list("id", "due_at")
    }
    legs = LedgerPosting.objects.select_related("entry")
    return Counter(
        (
            leg.entry.source_kind,
            leg.entry.purpose,
            due.get(leg.entry.source_id, leg.entry.at),
            leg.ledger_account,
            leg.amount_minor,
        )
        for leg in legs
    )


def sums_of(document: dict[str, Any]) -> tuple[Any, ...]:
    parts = ("kind", "subtotal", "discount", "tax", "total", "credit_applied", "balance_applied", "due", "refund")
    lines = [(line["charge"], line["from"], line["to"], line["units"], line["amount"]) for line in document["lines"]]
    return (*(document.get(part) for part in parts), tuple(lines))
