"""What is measured is right: the telephone company's table is billed end to end, and ties to the cent."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import current_app
from django.core.management import CommandError, call_command
from django.test.utils import override_settings

from invoices.models import Invoice, InvoiceLine
from plans.models import UsageEvent, UsageKey
from prepaid_cards.models import Card
from provider.kernel import laws
from provider.workshop.bench import cards, ingest, redeem, telco, tries

pytestmark = [pytest.mark.slow, pytest.mark.django_db(databases=["default", "owner"], transaction=True)]
LAWS_OF_CARDS = ("cards_are_counted", "card_liability_is_the_sold_cards", "cards_redeemed_have_their_redemption")
HEAD = "customerID,Contract,MonthlyCharges,Churn\n"
TABLE = Path(os.environ.get("PERENNIAL_TELCO", "Telco-Customer-Churn.csv"))


def test_whoever_has_not_left_is_billed_a_month_ahead_and_the_sum_is_that_of_the_table(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    rows = [
        "7590-VHVEG,Month-to-month,29.85,No",
        "5575-GNVDE,One year,56.95,No",
        "3668-QPYBK,Month-to-month,53.85,Yes",
        "7795-CFOCW,Two year,42.3,No",
    ]
    table.write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")

    said = telco.bill_table(path=table, workers=1, tell=lambda _: None)

    assert (said["size"], said["workers"]) == (3, 1)
    assert sorted(Invoice.objects.values_list("total_minor", flat=True)) == [2985, 4230, 5695]
    assert set(InvoiceLine.objects.values_list("start_on", "end_on")) == {(telco.DAY, telco.DAY.replace(month=2))}
    forgotten = "billing_nothing_forgotten"  # asks the real clock, and February is long past
    broken = [one for law in laws.known() if law.name != forgotten and not (one := laws.check(law)).holds]
    assert [(one.law.name, one.examples) for one in broken] == []


@pytest.mark.skipif(not TABLE.is_file(), reason="set PERENNIAL_TELCO to Telco-Customer-Churn.csv to bill all of it")
def test_the_public_table_of_7043_ties_to_the_cent() -> None:
    said = telco.bill_table(path=TABLE, workers=1, tell=lambda _: None)

    assert said["size"] == 5174
    assert sum(Invoice.objects.values_list("total_minor", flat=True)) == 31698575


def test_without_its_table_the_measurement_says_which_one_it_needs() -> None:
    with pytest.raises(CommandError, match=r"Telco-Customer-Churn\.csv"):
        call_command("bench", "telco", data=Path("nowhere.csv"))


def test_measured_events_are_kept_once_however_often_they_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "BATCH", 25)

    said = ingest.record_and_compare(size=60, workers=1, tell=lambda _: None)

    assert (said["bench"], said["size"], said["workers"]) == ("ingest", 60, 1)
    assert UsageEvent.objects.count() == UsageKey.objects.count() == 60


@pytest.fixture
def own_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The measurement works its job off by itself, where other tests have the queue do it at once."""
    monkeypatch.setitem(current_app.conf, "task_always_eager", False)
    with override_settings(CARD_VAULT_DIR=tmp_path):
        yield


@pytest.mark.usefixtures("own_worker")
def test_a_measured_batch_is_made_whole_with_its_sealed_file(tmp_path: Path) -> None:
    said = cards.make_and_compare(size=40, tell=lambda _: None)

    assert (said["bench"], said["size"]) == ("cards", 43)
    assert Card.objects.count() == 43
    assert [path.suffix for path in tmp_path.iterdir()] == [".sealed"]


@pytest.mark.usefixtures("own_worker")
def test_measured_confirmations_are_real_ones_and_one_card_is_redeemed_once() -> None:
    said = redeem.confirm_all(size=6, workers=1, tell=lambda _: None)

    assert (said["bench"], said["size"]) == ("redeem", 12)
    assert Card.objects.filter(status="redeemed").count() == 13
    broken = [one for law in laws.known() if law.name in LAWS_OF_CARDS and not (one := laws.check(law)).holds]
    assert [(one.law.name, one.examples) for one in broken] == []


@pytest.mark.usefixtures("own_worker")
def test_every_measured_try_is_refused_and_the_medians_are_compared() -> None:
    said = tries.try_all(size=3, tell=lambda _: None)

    assert said["size"] == 18
    assert "canary" in said["notes"]
