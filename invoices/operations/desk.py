"""Billing one account or a batch of them: read the books, bill in memory, write what is new.

An act, its preview, a run and its dry run all work at a desk, so they bill alike. Whoever opens it holds the locks of
the accounts and the transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from invoices.queries.approvals import rules_in_force, watches_of
from invoices.queries.books import books_of, sub_of, subs_of
from invoices.rules import billing
from invoices.rules.book import Book, Unused
from plans.operations import subscriptions as plans_subscriptions
from plans.operations.access import main_of, settle_access
from plans.operations.addons import follow_main
from plans.operations.late import forget_late
from plans.operations.reminders import next_reminder_of, remind
from plans.queries.facts import Known, known_of
from plans.rules.due import next_due
from provider.accounts.models import Account
from provider.kernel import together
from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound
from provider.kernel.ids import new_id

from .writing import Written, write

T = TypeVar("T")


def lock_account(account_id: UUID) -> Account:
    """The account, so that its bills are made one after the other; its other rows may go on naming it.

    What charges or gives something new takes the lock of the same name in `accounts`, which refuses an erased one.
    """
    account = Account.objects.select_for_update(no_key=True).filter(id=account_id).first()
    if account is None:
        raise NotFound()
    return account


class StandsStill(AssertionError):
    """Billing does not come to an end: a mistake in the rules, found before it makes documents without number."""


class Desk:
    """The books of some accounts while they are billed at the instant `at`.

    What is billed by itself (`cause` "run") waits for approval where a rule says so. What somebody does (`cause`
    "act") never waits: they have seen what it makes. `known` are the accounts' subscriptions, where the caller has
    read them since it locked the accounts.
    """

    def __init__(
        self,
        *,
        accounts: Sequence[Account],
        at: datetime,
        by: Actor,
        cause: str = "act",
        known: Mapping[UUID, list[Known]] | None = None,
    ) -> None:
        self.at, self.by, self.cause = at, by, cause
        self.accounts = {account.id: account for account in accounts}
        self.known = dict(known or known_of(account_ids=list(self.accounts)))
        self.rules = rules_in_force() if cause == "run" else []
        self.books: dict[UUID, Book] = self._books_of([one for one in accounts if self.known[one.id]])

    def _books_of(self, accounts: Sequence[Account]) -> dict[UUID, Book]:
        books = books_of(accounts=accounts, known=self.known)
        if self.rules:
            for account_id, watch in watches_of(account_ids=list(books), rules=self.rules).items():
                books[account_id].watch = watch
        return books

    # --- Billing in memory ---

    def catch_up(self, account_id: UUID, *, unused: Mapping[UUID, Unused] | None = None) -> None:
        """All scheduled work of the account that is due, the oldest first: one invoice a due day."""
        last: tuple[datetime, bool] | None = None
        while (work := self._next_work(account_id)) is not None:
            if last is not None and work <= last:
                raise StandsStill(f"What was due at {work[0]} is due again after it was billed.")
            last = work
            instant, is_rise = work
            if is_rise:
                cause = billing.RISE if self.cause == "run" else self.cause
                self._bill(account_id, at=instant + billing.TICK, due_at=instant, unused=unused or {}, cause=cause)
                continue
            chosen = {**(unused or {}), **self._apply_pending(account_id, until=instant)}
            book = self.books[account_id]
            rise = billing.first_rise(book, at=self.at)
            until = billing.end_of_due_day(book, instant=instant, at=self.at, rise=rise)
            self._bill(account_id, at=until, due_at=instant, unused=chosen)

    def bill_now(self, account_id: UUID, *, at: datetime | None = None, unused: Mapping[UUID, Unused]) -> None:
        """Bill what an act has changed: one invoice, after the credit notes for what it has cut."""
        if account_id in self.books:
            self._bill(account_id, at=at or self.at, due_at=self.at, unused=unused)

    def _bill(
        self, account_id: UUID, *, at: datetime, due_at: datetime, unused: Mapping[UUID, Unused], cause: str = ""
    ) -> None:
        billing.bill_now(
            self.books[account_id],
            at=at,
            due_at=due_at,
            made_at=self.at,
            cause=cause or self.cause,
            unused=unused,
            new_id=new_id,
        )

    def _next_work(self, account_id: UUID) -> tuple[datetime, bool] | None:
        """The oldest thing that is due, and whether it is an event that is billed at once."""
        if account_id not in self.books:
            return None
        planned = [
            change.due_at for one in self.known[account_id] for change in one.pending if change.due_at <= self.at
        ]
        planned += [
            one.access_ends_at
            for one in self.known[account_id]
            if one.access_ends_at is not None and one.access_ends_at <= self.at
        ]
        rise = billing.first_rise(self.books[account_id], at=self.at)
        overdue = billing.next_overdue(self.books[account_id], at=self.at, rise=rise)
        if any(billing.waits_for_no_other(sub, at=self.at) for sub in self.books[account_id].subs):
            planned.append(self.at)
        work = [(instant, False) for instant in planned]
        work += [(overdue, False)] if overdue else []
        work += [(rise, True)] if rise else []
        return min(work, default=None)

    def _apply_pending(self, account_id: UUID, *, until: datetime) -> dict[UUID, Unused]:
        """What was planned for this instant or before takes effect."""
        waiting = [change for one in self.known[account_id] for change in one.pending if change.due_at <= until]
        ends = [one.access_ends_at for one in self.known[account_id]]
        if not waiting and not any(instant is not None and instant <= until for instant in ends):
            return {}
        unused = {
            change.subscription_id: plans_subscriptions.apply_pending(change, by=self.by, at=self.at)
            for change in waiting
        }
        self.refresh(account_id)
        self._settle(account_id, at=until)
        return unused

    # --- Facts that have changed ---

    def act(self, account_id: UUID, change: Callable[[], T]) -> T:
        """Do the overdue work, then what was asked for, and look at the facts again. Billing it is another step."""
        self.catch_up(account_id)
        result = change()
        self.refresh(account_id)
        self._settle(account_id, at=self.at)
        return result

    def _settle(self, account_id: UUID, *, at: datetime) -> None:
        """Have access follow the facts as they are known, and add-ons the main subscription.

        Whom that sends to grace or to sleep has other facts then.
        """
        running = [one for one in self.known[account_id] if one.row.is_main and one.row.status != "ended"]
        main = running[0] if running else None
        is_changed = settle_access(account_id=account_id, by=self.by, at=at, known=main)
        if main is None or is_changed:
            self.refresh(account_id)
        addons = [one.row for one in self.known[account_id] if not one.row.is_main and one.row.status != "ended"]
        row = main.row if main else main_of(account_id) if addons else None
        if row is not None and addons and follow_main(main=row, addons=addons, by=self.by, at=at):
            self.refresh(account_id)

    def refresh(self, account_id: UUID) -> None:
        """Read the facts again; what was billed in memory stays."""
        found = known_of(account_ids=[account_id])[account_id]
        self.known[account_id] = found
        if account_id not in self.books:
            if found:
                account = self.accounts[account_id]
                self.books |= self._books_of([account])
            return
        book = self.books[account_id]
        mine = {sub.id: sub for sub in book.subs}
        book.subs += subs_of([one for one in found if one.row.id not in mine]).values()
        for one in found:
            if (sub := mine.get(one.row.id)) is not None:
                fresh = sub_of(one, spans={}, entries=[])
                sub.facts, sub.plan_codes = fresh.facts, fresh.plan_codes
                sub.kind_of, sub.charge_of = fresh.kind_of, fresh.charge_of

    # --- Writing ---

    def write(self, *, run_id: UUID | None = None) -> Written:
        """Write what is new of all accounts, and when each subscription is due next."""
        for account_id, group in self.known.items():
            for one in group:
                remind(one, account=self.accounts[account_id], by=self.by, at=self.at)
        self._write_late()
        self._write_due()  # before the numbers: another worker may hold a sister of these rows
        return write(books=list(self.books.values()), at=self.at, run_id=run_id)

    def _write_late(self) -> None:
        """Events that came late and have been billed are late no more."""
        ids = [sub.id for book in self.books.values() for sub in book.subs if sub.is_late_settled]
        if ids:
            forget_late(subscription_ids=ids)

    def _write_due(self) -> None:
        due = [
            (one, self._due_of(one, book=self.books[account_id]))
            for account_id, group in self.known.items()
            for one in group
        ]
        if not due:
            return
        together.execute(
            "update plans_subscription s set next_due_at = n.due_at"
            " from unnest(%s::uuid[], %s::timestamptz[]) n(id, due_at)"
            " where s.id = n.id and s.next_due_at is distinct from n.due_at",
            [[one.row.id for one, _ in due], [instant for _, instant in due]],
        )
        for one, instant in due:
            one.row.next_due_at = instant

    def known_one(self, subscription_id: UUID) -> Known | None:
        """The facts of one subscription; None where it was over and billed before."""
        return next((one for group in self.known.values() for one in group if one.row.id == subscription_id), None)

    def due_of(self, subscription_id: UUID) -> datetime | None:
        """When this subscription is due next."""
        for account_id, group in self.known.items():
            for one in group:
                if one.row.id == subscription_id:
                    return self._due_of(one, book=self.books[account_id])
        return None

    def next_instant(self, account_id: UUID) -> datetime | None:
        """When something of the account is due next, after what was billed here."""
        due = [self._due_of(one, book=self.books[account_id]) for one in self.known[account_id]]
        return min((instant for instant in due if instant is not None), default=None)

    def _due_of(self, one: Known, *, book: Book) -> datetime | None:
        sub = next(sub for sub in book.subs if sub.id == one.row.id)
        instants = [change.due_at for change in one.pending]
        instants += [again] if (again := next_reminder_of(one, after=self.at)) is not None else []
        instants += [one.access_ends_at] if one.access_ends_at is not None else []
        if (spans := next_due(facts=sub.facts, begun=sub.begun, after=self.at)) is not None:
            instants.append(spans)
        return min(instants, default=None)
