"""Invoices' work by the clock."""

from __future__ import annotations

from celery import shared_task

from provider.kernel import clock
from provider.kernel.actor import SYSTEM

from .flows.bank_cards import charge_due
from .flows.payments import ask_about_waiting
from .flows.refunds import ask_again
from .operations import runs
from .operations.expiry import release_expired
from .operations.revenue import close_due_months
from .queries.runs import due_accounts_count, provider_account


@shared_task(name="invoices.ask_gateways")
def ask_gateways() -> int:
    """Take from bank cards what is due, and ask about payments and refunds of which nothing was told."""
    at = clock.now()
    return charge_due(real_at=at) + ask_about_waiting(real_at=at) + ask_again(real_at=at)


@shared_task(name="invoices.bill")
def bill() -> int:
    """Bill what is due; several workers may do so at once. How many accounts it was."""
    at = clock.now()
    seller = provider_account()
    if seller is None:
        return 0
    if not due_accounts_count(as_of=at):
        runs.close_idle_run(seller_account_id=seller.id, at=at)
        return 0
    run = runs.open_run(seller_account_id=seller.id, cause="schedule", by=SYSTEM, at=at)
    done = runs.bill_all(as_of=at, by=SYSTEM, run_id=run.id)
    runs.close_run(run_id=run.id, at=clock.now())
    return done.accounts


@shared_task(name="invoices.close_months")
def close_months() -> int:
    """Take what billed service has earned in the months that are over into revenue; before that, and every hour, what
    has expired of prepaid money."""
    at = clock.now()
    return release_expired(at=at) + close_due_months(at=at)
