"""The billing run: late, twice, by two at once, killed in the middle, and with an account that cannot be billed."""

from __future__ import annotations

import os
import random
import re
import signal
import threading
import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import connections

from invoices.models import BillingRun, Invoice, InvoiceSeries, ParkedAccount, Seller
from invoices.operations import runs, subscriptions
from invoices.operations.billing import bill_account
from invoices.operations.subscriptions import NewSubscription
from plans.models import Period
from provider.accounts.models import Account
from provider.kernel import laws
from provider.kernel.actor import SYSTEM
from provider.kernel.models import OutboxEvent
from provider.workshop.stories.stage import Stage
from tests.factories import make_account
from tests.invoices.selling import make_stage
from tests.racing import race

START = datetime(2026, 1, 14, 16, tzinfo=UTC)  # the first instant of 15 January in Shanghai
LATE = datetime(2026, 4, 20, tzinfo=UTC)  # three periods later
OURS = (
    "invoice_is_the_sum_of_its_lines",
    "document_numbers_have_no_gaps",
    "documents_stand_in_the_books",
    "invoice_state_adds_up",
    "lines_lie_in_their_period",
    "ledger_balances",
)


def customers(count: int, *, plan: str = "team") -> tuple[Stage, list[UUID]]:
    """So many accounts that subscribed on 15 January and were billed for their first month."""
    stage, ids = make_stage(), []
    for _ in range(count):
        account = make_account(time_zone="Asia/Shanghai", is_test=True)
        Account.objects.filter(id=account.id).update(created_at=START)
        wish = NewSubscription(version_id=stage.versions[plan].id)
        subscriptions.start_subscription(account_id=account.id, wish=wish, by=SYSTEM, at=START)
        ids.append(account.id)
    return stage, ids


def run(**facts: Any) -> runs.Batch:
    return runs.bill_all(as_of=LATE, by=SYSTEM, **facts)


def assert_laws() -> None:
    found = [laws.check(law) for law in laws.known(OURS)]
    assert [(one.law.name, one.examples) for one in found if not one.holds] == []


@pytest.mark.django_db
def test_a_run_bills_every_missed_period_and_a_second_one_nothing() -> None:
    stage, ids = customers(5)
    opened = runs.open_run(seller_account_id=stage.seller.account_id, cause="operator", by=SYSTEM, at=LATE)
    told = OutboxEvent.objects.filter(name="invoices.documents_finalized")
    told_before = told.count()

    done = run(run_id=opened.id, limit=2)
    runs.close_run(run_id=opened.id, at=LATE)

    assert (done.accounts, done.invoices, done.parked, done.totals) == (5, 15, 0, {"CNY": 15 * 10600})
    for account_id in ids:
        due = Invoice.objects.filter(account_id=account_id, run_id=opened.id).order_by("due_at")
        assert [(row.due_at.month, row.made_at) for row in due] == [(2, LATE), (3, LATE), (4, LATE)]
    opened.refresh_from_db()
    assert (opened.accounts_count, opened.invoices_count, opened.totals) == (5, 15, {"CNY": 15 * 10600})
    assert told.count() - told_before == 3  # one a batch
    assert run() == runs.Batch()
    assert_laws()


@pytest.mark.django_db
def test_a_dry_run_tells_what_the_run_makes_and_writes_nothing() -> None:
    customers(3)
    before = (Invoice.objects.count(), Period.objects.count(), InvoiceSeries.objects.get().next_number)

    told = runs.try_out(as_of=LATE, by=SYSTEM)

    assert (Invoice.objects.count(), Period.objects.count(), InvoiceSeries.objects.get().next_number) == before
    assert told == run()


@pytest.mark.django_db
def test_an_account_that_cannot_be_billed_is_parked_and_stops_nobody() -> None:
    _, ids = customers(3)
    stray = make_stage()
    later = NewSubscription(version_id=stray.versions["team"].id, starts_at=datetime(2026, 2, 1, tzinfo=UTC))
    subscriptions.start_subscription(account_id=stray.account.id, wish=later, by=SYSTEM, at=START)
    facts = Seller.objects.filter(pk=stray.seller.pk).values().get()
    stray.seller.delete()

    done = run()

    assert (done.accounts, done.invoices, done.parked) == (4, 9, 1)
    parked = ParkedAccount.objects.get()
    assert (parked.account_id, parked.code, parked.tries_count) == (stray.account.id, "no_seller", 1)
    assert not runs.retry_parked(parked_id=parked.id, by=SYSTEM, at=LATE)
    assert run() == runs.Batch()  # it is left alone until somebody has looked
    Seller.objects.create(**facts)
    assert runs.retry_parked(parked_id=parked.id, by=SYSTEM, at=LATE)
    assert Invoice.objects.filter(account_id=stray.account.id).count() == 3
    assert not ParkedAccount.objects.filter(cleared_at=None).exists()
    assert {Invoice.objects.filter(account_id=account_id).count() for account_id in ids} == {4}


@pytest.mark.django_db
def test_the_command_bills_and_says_what_it_did(capsys: pytest.CaptureFixture[str]) -> None:
    customers(1, plan="pro")
    due = Invoice.objects.count()

    call_command("bill", dry_run=True)
    assert Invoice.objects.count() == due
    call_command("bill")

    assert Invoice.objects.count() > due
    assert "1 accounts: " in capsys.readouterr().out
    assert BillingRun.objects.get().ended_at is not None


@pytest.mark.django_db(transaction=True)
def test_two_workers_make_each_invoice_once() -> None:
    _, ids = customers(16)

    race(lambda: run(limit=3), lambda: run(limit=3))
    run()

    assert {Invoice.objects.filter(account_id=account_id).count() for account_id in ids} == {4}
    assert_laws()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("has_lock", [False, True])
def test_only_the_lock_keeps_two_workers_from_the_same_accounts(
    has_lock: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The control: without the lock both bill the same, the database refuses one of them, and each invoice is made
    once all the same; with it they never meet."""
    _, ids = customers(4)
    both_have_claimed, claim = threading.Barrier(2, timeout=20), runs._claim
    late: set[int] = set()

    def claim_together(**facts: Any) -> list[Account]:
        claimed = claim(**facts)
        if threading.get_ident() not in late:  # the first time
            late.add(threading.get_ident())
            both_have_claimed.wait()
        return claimed

    monkeypatch.setattr(runs, "_claim", claim_together)
    if not has_lock:
        monkeypatch.setattr(runs, "_CLAIM", re.sub(r"for (no key )?update of \w skip locked", "", runs._CLAIM))

    race(lambda: run(limit=2), lambda: run(limit=2))

    assert ("could not be billed together" in caplog.text) is not has_lock
    assert {Invoice.objects.filter(account_id=account_id).count() for account_id in ids} == {4}
    assert_laws()


@pytest.mark.django_db(transaction=True)
def test_a_run_that_is_killed_again_and_again_ends_like_one_that_was_not() -> None:
    _, ids = customers(24)
    undisturbed = {
        account_id: said(bill_account(account_id=account_id, at=LATE, by=SYSTEM, is_preview=True)) for account_id in ids
    }
    dice = random.Random(20260420)

    for _ in range(50):
        kill_a_worker(after_seconds=dice.uniform(0.005, 0.15))
    run()

    for account_id in ids:
        made = Invoice.objects.filter(account_id=account_id, made_at=LATE).order_by("due_at")
        assert [kept(row) for row in made] == undisturbed[account_id]
    assert_laws()


def kill_a_worker(*, after_seconds: float) -> None:
    """A process of its own that bills, and is killed without warning."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            for inherited in connections.all(initialized_only=True):
                inherited.connection = None  # the parent's, open where a browser's event loop runs beside the tests
            run(limit=2)
        finally:
            os._exit(0)
    time.sleep(after_seconds)  # the instant of the kill is what is tried
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def said(documents: Any) -> list[tuple[Any, ...]]:
    return [
        (
            document.due_at,
            document.total_minor,
            [(line.charge, line.start, line.amount_minor) for line in document.lines],
        )
        for document in documents
    ]


def kept(row: Invoice) -> tuple[Any, ...]:
    lines = row.lines.order_by("position").values_list("charge_code", "start_on", "amount_minor")
    return (row.due_at, row.total_minor, list(lines))
