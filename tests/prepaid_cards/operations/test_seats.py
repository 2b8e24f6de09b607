"""Cards that pay for seats beside their time: what is refused, what is promised, and what an undo takes back."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from invoices.models import CreditNote, Invoice
from invoices.operations.billing import bill_account
from invoices.operations.subscriptions import NewSubscription, start_subscription
from plans.models import PaidTerm
from plans.operations.usage import NewEvent, record_usage
from plans.rules.story import read_story
from prepaid_cards import errors
from prepaid_cards.operations.products import create_product
from prepaid_cards.operations.redemption import undo_redemption
from provider.accounts.models import Account
from provider.kernel import clock, laws
from provider.kernel.actor import SYSTEM
from provider.workshop.stories.stage import Stage, set_stage
from tests.factories import AT, make_member
from tests.prepaid_cards.conftest import House, wish
from tests.prepaid_cards.redeeming import sold_card, term_product, use
from tests.sessions import signed_in

pytestmark = pytest.mark.django_db

QUARTERS = """\
story: Seats that are billed by the quarter, ahead
timezone: UTC
currency: CNY
meters: {seats: {aggregate: unique, property: user, carries_over: true}}
plans:
  standard:
    interval: month
    anchor: anniversary
    bill: in_advance
    price: "98.00"
    charges:
      - {code: seat, model: per_unit, meter: seats, price: "90", bill: in_advance, prorate: true, interval: quarter}
  plain: {interval: month, anchor: anniversary, bill: in_advance, price: "98.00"}
steps: [{at: 2026-01-01, do: bill}]
expect: [{at: 2026-01-01, nothing: true}]
"""


@pytest.fixture
def stage() -> Stage:
    return set_stage(read_story(QUARTERS))


def day(month: int, number: int, hour: int = 0) -> datetime:
    return datetime(2026, month, number, hour, tzinfo=UTC)


def begin(stage: Stage) -> Account:
    """By invoice from 1 January on; one seat is taken that day, and its quarter billed."""
    wished = NewSubscription(version_id=stage.versions["standard"].id, pays="on_terms")
    start_subscription(account_id=stage.account.id, wish=wished, by=SYSTEM, at=day(1, 1))
    ann = NewEvent(id="1", meter="seats", at=day(1, 1), value=Decimal(1), item="ann")
    record_usage(account_id=stage.account.id, source="test", events=[ann], by=SYSTEM, at=day(1, 1))
    bill_account(account_id=stage.account.id, at=day(1, 1, 1), by=SYSTEM)
    return stage.account


def billed_for_seats(account: Account) -> int:
    """What the invoices charge for seats, less what credit notes took off."""
    invoices = [line for one in Invoice.objects.filter(account=account) for line in one.lines.all()]
    charged = sum(line.amount_minor for line in invoices if line.charge_code == "seat")
    return charged - sum(note.subtotal_minor for note in CreditNote.objects.filter(account=account))


def bill(account: Account, *instants: datetime) -> None:
    for at in instants:
        bill_account(account_id=account.id, at=at, by=SYSTEM)


def test_a_card_pays_for_days_that_a_quarter_had_been_billed_for(stage: Stage) -> None:
    """February is the card's: 28 of the quarter's 90 days come back, and March is billed when it opens."""
    account = begin(stage)
    assert billed_for_seats(account) == 9000
    _, code = sold_card(term_product(stage.versions["standard"].plan, months=1, seats=1))
    use(code, account_id=account.id, at=day(1, 10))

    assert billed_for_seats(account) == 9000 * 31 // 90
    bill(account, day(2, 1), day(3, 1))
    assert billed_for_seats(account) == 9000 * 62 // 90
    assert [one.law.name for law in laws.known() if not (one := laws.check(law)).holds] == []


def test_an_undo_takes_the_seats_back(stage: Stage) -> None:
    """What was given back is billed as its days come, so that in the end every day is paid once."""
    account = begin(stage)
    _, code = sold_card(term_product(stage.versions["standard"].plan, months=1, seats=1))
    made = use(code, account_id=account.id, at=day(1, 10))
    undo_redemption(redemption_id=made.id, account_id=account.id, by=SYSTEM, at=day(1, 10, 5))

    bill(account, day(2, 1), day(3, 1), day(3, 31))
    assert billed_for_seats(account) == 9000
    assert PaidTerm.objects.get().taken_back_at


def test_seats_without_time_or_on_a_plan_that_does_not_charge_for_them_are_refused(house: House, stage: Stage) -> None:
    plain, standard = stage.versions["plain"].plan, stage.versions["standard"].plan
    for refusal, facts in (
        (errors.SeatsNotCharged, {"seats": 3}),
        (errors.SeatsOnlyWithTime, {"seats": 3, "kind": "top_up", "plan_id": None, "months": 0, "top_up_minor": 100}),
        (errors.SeatsOnlyWithTime, {"seats": 10_001}),
        (errors.SeatsOnlyWithTime, {"seats": -1}),
    ):
        with pytest.raises(refusal):
            create_product(wish=wish(plain, **facts), by=house.ann, at=AT)
    assert create_product(wish=wish(standard, seats=3), by=house.ann, at=AT).seats == 3


def test_the_holder_reads_of_the_seats_before_and_after(stage: Stage) -> None:
    account = begin(stage)
    bill(account, clock.now())
    _, code = sold_card(term_product(stage.versions["standard"].plan, months=1, seats=3))
    holder: Client = signed_in(make_member(account=account, portal="subscriber", role="owner").user)

    page = holder.post(reverse("prepaid_cards:redeem"), {"code": code})
    assert "3 are paid by the card, more are charged as your plan says" in page.content.decode()
    ticket = {"ticket": page.context["ticket"], "digest": page.context["digest"]}
    done = holder.post(reverse("prepaid_cards:redeem_confirm"), ticket, follow=True)
    assert "3 are paid by the card" in done.content.decode()
    assert "with 3 seats" in holder.get(reverse("invoices:own_subscription")).content.decode()
