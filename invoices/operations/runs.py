"""The billing run: everything that is due, batch by batch, by any number of workers at once.

A worker claims what no other one holds, bills it in memory and writes it in one go. What fails is tried again account
by account, and an account that cannot be billed is parked with its reason; it never stops the others.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connections, transaction
from django.db.models import F, QuerySet

from invoices.errors import NotParked
from invoices.models import BillingRun, ParkedAccount
from invoices.models.runs import RunOutcome
from invoices.queries.runs import due_account_ids
from provider.accounts.models import Account
from provider.kernel import audit, trouble
from provider.kernel.actor import Actor
from provider.kernel.breath import in_one_breath
from provider.kernel.errors import Refusal
from provider.kernel.ids import new_id
from provider.kernel.sets import among

from .billing import bill_account
from .desk import Desk

logger = logging.getLogger(__name__)
BATCH: Final = 500

# The subscriptions first, for they carry the order; then their accounts, without waiting for an act that holds one.
_CLAIM: Final = """
with due as materialized (
  select s.id, s.account_id from plans_subscription s
   where s.next_due_at <= %(as_of)s
     and not exists (select from invoices_parkedaccount p
                      where p.account_id = s.account_id and p.cleared_at is null)
     and not exists (select from accounts_account a
                      where a.id = s.account_id and a.test_clock_at is not null)
   order by s.next_due_at, s.id limit %(limit)s for update of s skip locked)
select a.id from accounts_account a where a.id in (select account_id from due)
 order by a.id for no key update of a skip locked
"""


@dataclass(slots=True, kw_only=True)
class Batch:
    """What one batch, or many together, have come to."""

    accounts: int = 0
    invoices: int = 0
    credit_notes: int = 0
    parked: int = 0
    waiting: int = 0  # invoices that wait for approval, beside those that were made
    totals: dict[str, int] = field(default_factory=dict)  # of invoices, minor units by currency
    tried: list[dict[str, object]] = field(default_factory=list, compare=False)  # of a dry run: who would be asked

    def add(self, other: Batch) -> None:
        """Count another batch in."""
        self.accounts += other.accounts
        self.invoices += other.invoices
        self.credit_notes += other.credit_notes
        self.parked += other.parked
        self.waiting += other.waiting
        for currency, minor in other.totals.items():
            self.totals[currency] = self.totals.get(currency, 0) + minor
        self.tried += other.tried


def open_run(*, seller_account_id: UUID, cause: str, by: Actor, at: datetime) -> BillingRun:
    """The run that is under way, else a new one; another worker joins it."""
    return begin(wish_of(seller_account_id=seller_account_id, cause=cause, at=at), by=by)


def wish_of(*, seller_account_id: UUID, cause: str, at: datetime, is_dry: bool = False) -> BillingRun:
    """A run that has not begun."""
    return BillingRun(
        id=new_id(), seller_account_id=seller_account_id, cause=cause, as_of=at, started_at=at, is_dry=is_dry
    )


def begin(wish: BillingRun, *, by: Actor) -> BillingRun:
    """The wished run, or the one that is under way; at most one is, but for dry ones."""
    with transaction.atomic():
        BillingRun.objects.bulk_create([wish], ignore_conflicts=True)
        run = BillingRun.objects.filter(id=wish.id).first() or BillingRun.objects.get(
            seller_account_id=wish.seller_account_id, ended_at=None, is_dry=False
        )
        if run.id == wish.id:
            audit.record(
                by=by,
                verb="billing_run.tried" if wish.is_dry else "billing_run.started",
                subject_kind="billing_run",
                subject_id=run.id,
                account_id=run.seller_account_id,
                at=run.started_at,
                after={"as_of": run.as_of, "cause": run.cause},
            )
    return run


def close_run(*, run_id: UUID, at: datetime) -> None:
    """Mark a run as done that has no job of its own, if no other worker has done so."""
    end_run(BillingRun.objects.filter(id=run_id, job_id=None), outcome=RunOutcome.DONE, at=at)


def close_idle_run(*, seller_account_id: UUID, at: datetime) -> None:
    """Nothing is due: whatever worker left a run open without ending it will not come back to it."""
    left = BillingRun.objects.filter(seller_account_id=seller_account_id, job_id=None, is_dry=False)
    end_run(left, outcome=RunOutcome.DONE, at=at)


def end_run(rows: QuerySet[BillingRun], *, outcome: RunOutcome, at: datetime) -> None:
    """Mark those of the runs that are under way as over."""
    rows.filter(ended_at=None).update(ended_at=at, outcome=outcome)


def bill_batch(*, as_of: datetime, by: Actor, run_id: UUID | None = None, limit: int = BATCH) -> Batch:
    """Bill up to `limit` of the subscriptions that are due and that nobody else holds; nothing left bills nothing."""
    claimed: list[UUID] = []
    try:
        with in_one_breath(), transaction.atomic():
            accounts = _claim(as_of=as_of, limit=limit)
            claimed = [account.id for account in accounts]
            done = _bill(accounts, as_of=as_of, by=by, run_id=run_id)
            count(run_id, done)
            return done
    except Exception:  # whatever it is: one of them is to blame, and the others are billed all the same
        logger.exception("A batch of %s accounts could not be billed together; each is tried alone.", len(claimed))
    if not claimed:
        raise RuntimeError("What is due could not be claimed.")
    done = Batch()
    for account_id in claimed:
        done.add(_bill_alone(account_id, as_of=as_of, by=by, run_id=run_id))
    count(run_id, done)
    return done


def bill_all(
    *,
    as_of: datetime,
    by: Actor,
    run_id: UUID | None = None,
    limit: int = BATCH,
    tell: Callable[[Batch], object] = lambda _: None,
) -> Batch:
    """Batch after batch until nothing is due that this worker could take."""
    total = Batch()
    while (done := bill_batch(as_of=as_of, by=by, run_id=run_id, limit=limit)).accounts:
        total.add(done)
        tell(total)
    return total


def try_out(*, as_of: datetime, by: Actor, limit: int = BATCH) -> Batch:
    """What a run would make; the same code, and nothing is written."""
    total, ids = Batch(), due_account_ids(as_of=as_of)
    for start in range(0, len(ids), limit):
        total.add(try_some(ids[start : start + limit], as_of=as_of, by=by))
    return total


def try_some(account_ids: Sequence[UUID], *, as_of: datetime, by: Actor) -> Batch:
    """What billing these accounts would make. A dry run parks nobody; it counts who would be."""
    done = Batch()
    with transaction.atomic():
        for account in Account.objects.filter(id__in=account_ids).order_by("id"):
            done.add(_tried(account, as_of=as_of, by=by))
        transaction.set_rollback(True)
    return done


def _tried(account: Account, *, as_of: datetime, by: Actor) -> Batch:
    try:
        with transaction.atomic():
            found = _bill([account], as_of=as_of, by=by, run_id=None)
    except Exception as failure:  # whatever it is, the run would park the account
        logger.exception("Account %s would be parked.", account.id)
        told = {"account_id": str(account.id), "code": code_of(failure), "minor": 0, "currency": account.currency}
        return Batch(accounts=1, parked=1, tried=[told])
    found.tried = [
        {"account_id": str(account.id), "code": "", "minor": minor, "currency": currency}
        for currency, minor in found.totals.items()
    ]
    return found


def _claim(*, as_of: datetime, limit: int) -> list[Account]:
    with connections["default"].cursor() as cursor:
        # The first foreign-key checks of a session would keep the plan of an empty table.
        cursor.execute("set local enable_seqscan = off")
        cursor.execute(_CLAIM, {"as_of": as_of, "limit": limit})
        ids = [row[0] for row in cursor.fetchall()]
    return list(Account.objects.filter(id__in=among(ids)).order_by("id"))


def _bill(accounts: Sequence[Account], *, as_of: datetime, by: Actor, run_id: UUID | None) -> Batch:
    if not accounts:
        return Batch()
    desk = Desk(accounts=accounts, at=as_of, by=by, cause="run")
    for account in accounts:
        desk.catch_up(account.id)
    written = desk.write(run_id=run_id)
    return Batch(
        accounts=len(accounts),
        invoices=len(written.invoice_ids),
        credit_notes=len(written.credit_note_ids),
        waiting=len(written.draft_ids),
        totals=written.totals,
    )


def count(run_id: UUID | None, done: Batch) -> None:
    """Add to what a run has come to."""
    if run_id is None:
        return
    rows = BillingRun.objects.select_for_update().filter(id=run_id)
    with transaction.atomic():
        run = rows.get()
        sums = Batch(totals=run.totals)
        sums.add(done)
        rows.update(
            accounts_count=F("accounts_count") + done.accounts,
            invoices_count=F("invoices_count") + done.invoices,
            credit_notes_count=F("credit_notes_count") + done.credit_notes,
            parked_count=F("parked_count") + done.parked,
            waiting_count=F("waiting_count") + done.waiting,
            totals=sums.totals,
        )


# --- Parked accounts ---


def _bill_alone(account_id: UUID, *, as_of: datetime, by: Actor, run_id: UUID | None) -> Batch:
    try:
        with transaction.atomic():
            accounts = list(Account.objects.select_for_update(no_key=True).filter(id=account_id))
            return _bill(accounts, as_of=as_of, by=by, run_id=run_id)
    except Exception as failure:  # the account waits with its reason
        logger.exception("Account %s cannot be billed and is parked.", account_id)
        park(account_id=account_id, failure=failure, run_id=run_id, by=by, at=as_of)
        return Batch(accounts=1, parked=1)


def code_of(failure: Exception) -> str:
    """What names the reason why an account cannot be billed."""
    return (failure.code if isinstance(failure, Refusal) else type(failure).__name__)[:64]


def park(*, account_id: UUID, failure: Exception, run_id: UUID | None, by: Actor, at: datetime) -> ParkedAccount:
    """Set an account aside with the reason why it cannot be billed; a second time counts another try."""
    with transaction.atomic():
        row = ParkedAccount.objects.select_for_update().filter(account_id=account_id, cleared_at=None).first()
        if row is None:
            row = ParkedAccount(account_id=account_id, parked_at=at, tries_count=0)
        row.run_id, row.code, row.detail, row.tried_at = run_id, code_of(failure), trouble.describe(failure), at
        row.tries_count += 1
        row.save()
        audit.record(
            by=by,
            verb="account.parked",
            subject_kind="account",
            subject_id=account_id,
            account_id=account_id,
            at=at,
            after={"reason": row.code},
        )
    return row


def retry_parked(*, parked_id: UUID, by: Actor, at: datetime) -> bool:
    """Bill a parked account again; whether it could be. It is parked no longer if so, else it waits on."""
    row = ParkedAccount.objects.filter(id=parked_id, cleared_at=None).first()
    if row is None:
        raise NotParked()
    try:
        with transaction.atomic():
            bill_account(account_id=row.account_id, at=at, by=by)
            ParkedAccount.objects.filter(id=parked_id).update(cleared_at=at, tried_at=at)
            audit.record(
                by=by,
                verb="account.unparked",
                subject_kind="account",
                subject_id=row.account_id,
                account_id=row.account_id,
                at=at,
            )
    except Exception as failure:  # it stays where it is, with the newest reason
        logger.exception("Account %s still cannot be billed.", row.account_id)
        park(account_id=row.account_id, failure=failure, run_id=row.run_id, by=by, at=at)
        return False
    return True
