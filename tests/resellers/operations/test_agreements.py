"""Terms follow one another without a gap; what was agreed stays as it was."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from provider.accounts.models import Account
from provider.kernel.actor import SYSTEM
from provider.kernel.errors import NotFound, Refusal
from provider.kernel.models import AuditRow
from resellers.models import Agreement
from resellers.operations.agreements import agree, end_agreement, withdraw_agreement
from resellers.queries.agreements import agreement_in_force, state_of
from resellers.rules.terms import Terms
from tests.factories import AT, make_account
from tests.resellers.factories import make_reseller

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 2)  # AT is 17:00 of this day in Shanghai


@pytest.fixture
def reseller() -> Account:
    return make_reseller()


def put_in_force(reseller: Account, *, day: date = TODAY, discount: str = "20", at: object = AT) -> Agreement:
    terms = Terms(
        currency="CNY", discount_percent=Decimal(discount), credit_limit_minor=1_000_000, payment_days=30
    )  # fmt: skip
    return agree(reseller_id=reseller.id, terms=terms, from_day=day, by=SYSTEM, at=at)  # type: ignore[arg-type]


def test_todays_terms_begin_now_and_tomorrows_at_midnight(reseller: Account) -> None:
    first = put_in_force(reseller)
    second = put_in_force(reseller, day=date(2026, 3, 10), discount="22")

    first.refresh_from_db()
    assert first.valid_from == AT
    assert second.valid_from.isoformat() == "2026-03-09T16:00:00+00:00"  # midnight in Shanghai
    assert first.valid_until == second.valid_from
    assert (first.version, second.version) == (1, 2)


def test_at_every_instant_one_version_is_in_force(reseller: Account) -> None:
    put_in_force(reseller)
    second = put_in_force(reseller, day=date(2026, 3, 10), discount="22")

    def discount(at: object) -> Decimal | None:
        found = agreement_in_force(reseller_id=reseller.id, currency="CNY", at=at)  # type: ignore[arg-type]
        return found and found.discount_percent

    assert discount(AT - timedelta(seconds=1)) is None
    assert discount(second.valid_from - timedelta(microseconds=1)) == 20
    assert discount(second.valid_from) == 22


def test_yesterday_is_over(reseller: Account) -> None:
    with pytest.raises(Refusal) as refusal:
        put_in_force(reseller, day=date(2026, 3, 1))
    assert (refusal.value.code, refusal.value.field) == ("agreement_begins_too_early", "from_day")


def test_one_upcoming_version_at_a_time(reseller: Account) -> None:
    put_in_force(reseller)
    put_in_force(reseller, day=date(2026, 3, 10))
    with pytest.raises(Refusal) as refusal:
        put_in_force(reseller, day=date(2026, 3, 20))
    assert refusal.value.code == "agreement_upcoming"
    assert "Version 2" in str(refusal.value)


def test_a_withdrawn_version_leaves_no_trace_in_time(reseller: Account) -> None:
    first = put_in_force(reseller)
    second = put_in_force(reseller, day=date(2026, 3, 10))

    withdraw_agreement(reseller_id=reseller.id, agreement_id=second.id, reason="Not signed", by=SYSTEM, at=AT)

    first.refresh_from_db()
    assert first.valid_until is None
    assert state_of(Agreement.objects.get(id=second.id), at=AT) == "withdrawn"
    assert put_in_force(reseller, day=date(2026, 3, 10)).version == 3


def test_what_has_begun_is_ended_not_withdrawn(reseller: Account) -> None:
    first = put_in_force(reseller)
    with pytest.raises(Refusal) as refusal:
        withdraw_agreement(reseller_id=reseller.id, agreement_id=first.id, reason="Oops", by=SYSTEM, at=AT)
    assert refusal.value.code == "agreement_began"

    later = AT + timedelta(days=3)
    end_agreement(reseller_id=reseller.id, agreement_id=first.id, reason="Closed its doors", by=SYSTEM, at=later)

    assert agreement_in_force(reseller_id=reseller.id, currency="CNY", at=later) is None
    with pytest.raises(Refusal) as refusal:
        end_agreement(reseller_id=reseller.id, agreement_id=first.id, reason="Again", by=SYSTEM, at=later)
    assert refusal.value.code == "agreement_over"


def test_an_end_waits_until_the_next_version_is_withdrawn(reseller: Account) -> None:
    first = put_in_force(reseller)
    put_in_force(reseller, day=date(2026, 3, 10))
    with pytest.raises(Refusal) as refusal:
        end_agreement(reseller_id=reseller.id, agreement_id=first.id, reason="Over", by=SYSTEM, at=AT)
    assert refusal.value.code == "agreement_upcoming"


def test_new_terms_after_an_end_begin_anew(reseller: Account) -> None:
    first = put_in_force(reseller)
    end_agreement(reseller_id=reseller.id, agreement_id=first.id, reason="Pause", by=SYSTEM, at=AT + timedelta(days=1))
    second = put_in_force(reseller, day=date(2026, 3, 8), at=AT + timedelta(days=5))
    first.refresh_from_db()
    assert first.valid_until == AT + timedelta(days=1)
    assert second.valid_until is None


def test_the_history_says_what_changed(reseller: Account) -> None:
    put_in_force(reseller)
    put_in_force(reseller, day=date(2026, 3, 10), discount="22")
    row = AuditRow.objects.filter(verb="agreement.agreed").latest("id")
    assert row.before is not None
    assert (row.before["discount_percent"], row.after["discount_percent"]) == ("20.00", "22")  # type: ignore[index]
    assert "payment_days" not in row.before


def test_whoever_is_no_reseller_gets_no_terms() -> None:
    with pytest.raises(NotFound):
        put_in_force(make_account())
