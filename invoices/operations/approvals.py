"""Somebody looks at invoices before they are sent: the rules that say at which, approving, setting aside.

What is approved is what was seen: the lines of a draft stand. Credit and prepaid money are used as they are there on
that day, so a preview is made by the same code and compared with what the act makes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction

from invoices.errors import (
    ApprovalAmountMissing,
    ApprovalPercentMissing,
    ApprovalRuleExists,
    InvoiceNotWaiting,
    NothingToApprove,
    PreviewOutdated,
    SettingAsideNeedsReason,
    TooManyApprovals,
)
from invoices.models import ApprovalKind, ApprovalRule, Invoice, InvoiceLine, Seller, WaitingInvoice, WaitingState
from invoices.queries.books import books_of, entries_of, line_of
from invoices.rules import billing
from invoices.rules.book import Bill, Book, Entry, Invoiced, Noted, Owed
from invoices.rules.difference import fingerprint_of
from invoices.rules.totals import Line, TaxSum
from plans.queries.facts import Known
from provider.accounts.models import Account
from provider.kernel import audit
from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound
from provider.kernel.ids import new_id
from provider.kernel.money import Money
from provider.kernel.sets import among

from .credit_notes import settle
from .locks import lock_state
from .numbering import issued_on_of, pay_by_of
from .posting import OfInvoice, OfNote
from .snapshots import Printing, snapshot_once_approved
from .writing import write_late

AT_ONCE: Final = 500  # approved in one transaction
MOST_PERCENT: Final = 10_000
_FINISHED: Final = [
    "status",
    "series_id",
    "number",
    "number_text",
    "made_at",
    "issued_on",
    "pay_by_on",
    "credit_applied_minor",
    "balance_applied_minor",
    "due_minor",
    "snapshot",
]


# --- Rules ---


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRule:
    """A rule as it is wished: `above` for its kind, `percent` for its."""

    kind: str
    above: Money | None = None
    percent: int | None = None


def add_rule(*, rule: NewRule, by: Actor, at: datetime) -> ApprovalRule:
    """Have invoices wait from now on that the rule is about. Raises `ApprovalRuleExists`."""
    above = rule.above if rule.kind == ApprovalKind.ABOVE else None
    percent = rule.percent if rule.kind == ApprovalKind.CHANGED else None
    if rule.kind == ApprovalKind.ABOVE and (above is None or above.minor < 0):
        raise ApprovalAmountMissing(field="amount")
    if rule.kind == ApprovalKind.CHANGED and not 0 < (percent or 0) <= MOST_PERCENT:
        raise ApprovalPercentMissing(field="percent")
    row = ApprovalRule(
        kind=rule.kind,
        currency="" if above is None else above.currency,
        amount_minor=None if above is None else above.minor,
        percent=percent,
        created_at=at,
    )
    with transaction.atomic():
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError as trouble:
            raise ApprovalRuleExists() from trouble
        _record_rule(row, verb="approval_rule.added", by=by, at=at)
    return row


def end_rule(*, rule_id: UUID, by: Actor, at: datetime) -> ApprovalRule:
    """A rule holds nothing back from now on; what waits already waits on."""
    with transaction.atomic():
        row = ApprovalRule.objects.select_for_update().filter(pk=rule_id, ended_at=None).first()
        if row is None:
            raise NotFound()

        row.ended_at = at
        row.save(update_fields=["ended_at"])

        _record_rule(row, verb="approval_rule.ended", by=by, at=at)
    return row


def _record_rule(row: ApprovalRule, *, verb: str, by: Actor, at: datetime) -> None:
    after = {"kind": row.kind, "amount_minor": row.amount_minor, "currency": row.currency, "percent": row.percent}
    audit.record(
        by=by, verb=verb, subject_kind="approval_rule", subject_id=row.pk, account_id=by.account_id, at=at, after=after
    )


# --- Approving ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """What approving makes, or would make: invoices, credit notes for what was cut meanwhile, and what is asked for."""

    invoice_ids: tuple[UUID, ...]
    accounts_count: int
    credit_notes_count: int
    totals: tuple[Money, ...]  # by currency
    due: tuple[Money, ...]  # what is left to pay of them, by currency
    gone_count: int  # of those that were asked for, how many wait no more
    fingerprint: str


@dataclass(slots=True, kw_only=True)
class _Late:
    """A draft on its way to being an invoice."""

    row: WaitingInvoice
    book: Book
    made: Invoiced
    note: Noted | None = None

    @property
    def settled_minor(self) -> int:
        """How much of what it asks for was cut meanwhile."""
        return min(self.made.due_minor, self.note.credit_minor) if self.note else 0

    @property
    def left_minor(self) -> int:
        return self.made.due_minor - self.settled_minor


def approve(
    *,
    invoice_ids: Collection[UUID],
    by: Actor,
    at: datetime,
    expected: str | None = None,
    is_preview: bool = False,
) -> Approval:
    """Make invoices of these drafts: numbered, entered into the books, mailed, and to be paid from today on.

    One that somebody else has approved meanwhile is left alone; raises `InvoiceNotWaiting` if all of them were.
    """
    if not invoice_ids:
        raise NothingToApprove()
    if len(invoice_ids) > AT_ONCE:
        raise TooManyApprovals(most=AT_ONCE)
    with transaction.atomic():
        rows = _lock(invoice_ids)
        late = _late(rows, at=at)
        found = _told(late, gone_count=len(set(invoice_ids)) - len(rows))
        if is_preview:
            transaction.set_rollback(True)
            return found
        if expected not in (None, found.fingerprint):
            raise PreviewOutdated(preview=found)
        _write(late, at=at)
        _settle(rows, state=WaitingState.APPROVED, at=at)
        for one in late:
            _record(one.row, verb="invoice.approved", by=by, at=at, after={"number": one.made.bill.number})
        return found


def set_aside(*, invoice_ids: Collection[UUID], reason: str, by: Actor, at: datetime) -> list[UUID]:
    """Take drafts out of the queue: they ask nobody for anything, unless somebody approves them after all.

    Which were taken out: one that waits no more is left alone; raises `InvoiceNotWaiting` if none of them waits.
    """
    note = reason.strip()[:300]
    if not note:
        raise SettingAsideNeedsReason(field="reason")
    if not invoice_ids:
        raise NothingToApprove()
    with transaction.atomic():
        rows = [row for row in _lock(invoice_ids) if row.state == WaitingState.WAITING]
        if not rows:
            raise InvoiceNotWaiting()
        for row in rows:
            row.note = note
        _settle(rows, state=WaitingState.SET_ASIDE, at=at)
        for row in rows:
            _record(row, verb="invoice.set_aside", by=by, at=at, reason=note)
    return [row.pk for row in rows]


def _lock(invoice_ids: Collection[UUID]) -> list[WaitingInvoice]:
    """Those that are not approved yet, the oldest of an account first, with their accounts locked."""
    known = WaitingInvoice.objects.filter(pk__in=among(invoice_ids))
    accounts = Account.objects.select_for_update(no_key=True).filter(id__in=known.values("account_id"))
    if not list(accounts.order_by("id").values_list("id", flat=True)):
        raise NotFound()
    rows = known.exclude(state=WaitingState.APPROVED).select_for_update(of=("self",))
    found = list(rows.select_related("invoice", "account").order_by("account_id", "invoice__due_at", "pk"))
    if not found:
        raise InvoiceNotWaiting()
    return found


def _late(rows: Sequence[WaitingInvoice], *, at: datetime) -> list[_Late]:
    """What each comes to with the credit and the prepaid money of today."""
    books = _books(rows)
    lines: dict[UUID, list[InvoiceLine]] = {row.pk: [] for row in rows}
    for line in InvoiceLine.objects.filter(invoice_id__in=among(list(lines))).order_by("position"):
        lines[line.invoice_id].append(line)
    late = []
    for row in rows:
        book, made = _book_for(row, book=books[row.account_id]), _invoiced(row, at=row.account.test_clock_at or at)
        shown = [_labelled(line, bill=made.bill) for line in lines[row.pk]]
        billing.apply(book, made=made, lines=shown)
        late.append(_Late(row=row, book=book, made=made, note=_note(row, book=book, made=made, lines=lines[row.pk])))
    return late


def _books(rows: Sequence[WaitingInvoice]) -> dict[UUID, Book]:
    """What is left to the accounts of credit and prepaid money; the lines stand, so no subscription is looked at."""
    accounts: dict[UUID, dict[UUID, Account]] = {}
    for row in rows:
        accounts.setdefault(row.invoice.seller_id, {})[row.account_id] = row.account
    sellers = Seller.objects.in_bulk(list(accounts))
    books: dict[UUID, Book] = {}
    for seller_id, group in accounts.items():
        fresh = [account for account in group.values() if account.pk not in books]
        known: dict[UUID, list[Known]] = {account.pk: [] for account in fresh}
        books |= books_of(accounts=fresh, known=known, otherwise=sellers[seller_id])
    return books


def _book_for(row: WaitingInvoice, *, book: Book) -> Book:
    """The account's book, with the seller and the words that the draft was made with; credit is shared."""
    draft = row.invoice
    buyer = replace(book.buyer, seller_id=draft.seller_id, currency=draft.currency, language=draft.language)
    return replace(book, buyer=buyer)


def _invoiced(row: WaitingInvoice, *, at: datetime) -> Invoiced:
    draft = row.invoice
    bill = Bill(
        id=draft.pk,
        number="",
        due_at=draft.due_at,
        is_tax_inclusive=draft.is_tax_inclusive,
        total_minor=draft.total_minor,
    )
    taxes = [
        TaxSum(
            rate=Decimal(tax["rate"]),
            is_inclusive=tax["is_inclusive"],
            base_minor=tax["base_minor"],
            tax_minor=tax["tax_minor"],
        )
        for tax in draft.taxes
    ]
    return Invoiced(bill=bill, cause=draft.cause, due_at=draft.due_at, made_at=at, entries=[], taxes=taxes)


def _labelled(line: InvoiceLine, *, bill: Bill) -> Line:
    labels = billing.labels_of_line(charge=line.charge_code, plan=line.plan_code, meter=line.meter_code)
    return replace(line_of(line, bill=bill), labels=labels)


def _note(row: WaitingInvoice, *, book: Book, made: Invoiced, lines: Sequence[InvoiceLine]) -> Noted | None:
    """The credit for what was cut of it while it waited."""
    if not row.owed:
        return None
    titles = [line["title"] for line in row.invoice.snapshot["lines"]]
    entries: dict[int, Entry] = {}
    for entry, title in zip(entries_of(lines), titles, strict=True):
        assert entry.id is not None
        entry.invoice, entry.text = made.bill, title
        entries[entry.id] = entry
    owed = [
        Owed(
            entry=entries[one["line_id"]],
            unused_days=one["unused_days"],
            days=one["days"],
            end=date.fromisoformat(one["end"]),
        )
        for one in row.owed
    ]
    return billing.note(
        book,
        of=made.bill,
        lines=[billing.gift_of(one) for one in owed],
        is_refund=False,
        cause="unused",
        due_at=made.made_at,
        made_at=made.made_at,
        new_id=new_id,
    )


def _told(late: Sequence[_Late], *, gone_count: int) -> Approval:
    facts = [
        (str(one.row.pk), one.made.credit_applied_minor, one.made.balance_applied_minor, one.left_minor) for one in late
    ]
    totals: Counter[str] = Counter()
    due: Counter[str] = Counter()
    for one in late:
        totals[one.row.invoice.currency] += one.made.total_minor
        due[one.row.invoice.currency] += one.left_minor
    return Approval(
        invoice_ids=tuple(one.row.pk for one in late),
        accounts_count=len({one.row.account_id for one in late}),
        credit_notes_count=sum(one.note is not None for one in late),
        totals=tuple(Money(minor, currency) for currency, minor in sorted(totals.items())),
        due=tuple(Money(minor, currency) for currency, minor in sorted(due.items())),
        gone_count=gone_count,
        fingerprint=fingerprint_of((), *sorted(facts)),
    )


def _write(late: Sequence[_Late], *, at: datetime) -> None:
    invoices: list[OfInvoice] = [(one.book, one.made) for one in late]
    notes: list[OfNote] = [(one.book, one.note) for one in late if one.note is not None]
    printing = Printing.of(books=[one.book for one in late])
    write_late(invoices=invoices, notes=notes, at=at, printing=printing)
    for one in late:
        _finish(one, printing=printing)
    Invoice.objects.bulk_update([one.row.invoice for one in late], _FINISHED, batch_size=100)
    for one in late:
        if one.note is not None and one.settled_minor:
            state = lock_state(one.row.pk)
            settle(state, note_id=one.note.id, amount_minor=one.settled_minor, at=one.made.made_at)


def _finish(one: _Late, *, printing: Printing) -> None:
    """What the row of the draft says from now on."""
    invoice, made = one.row.invoice, one.made
    pay_by_on = pay_by_of(one.book, made, printing=printing)
    invoice.series_id, invoice.number, invoice.number_text = printing.numbers[made.bill.id]
    invoice.snapshot = snapshot_once_approved(
        one.book, made, draft=invoice.snapshot, printing=printing, pay_by_on=pay_by_on
    )
    invoice.status, invoice.made_at, invoice.pay_by_on = "finalized", made.made_at, pay_by_on
    invoice.issued_on = issued_on_of(made, seller=printing.sellers[one.book.buyer.seller_id])
    invoice.credit_applied_minor, invoice.balance_applied_minor = made.credit_applied_minor, made.balance_applied_minor
    invoice.due_minor = made.due_minor


def _settle(rows: Sequence[WaitingInvoice], *, state: WaitingState, at: datetime) -> None:
    for row in rows:
        row.state, row.settled_at = state, row.account.test_clock_at or at
    WaitingInvoice.objects.bulk_update(rows, ["state", "settled_at", "note"])


def _record(
    row: WaitingInvoice, *, verb: str, by: Actor, at: datetime, after: dict[str, Any] | None = None, reason: str = ""
) -> None:
    audit.record(
        by=by,
        verb=verb,
        subject_kind="invoice",
        subject_id=row.pk,
        account_id=row.account_id,
        at=row.account.test_clock_at or at,
        after={"total_minor": row.invoice.total_minor, "currency": row.invoice.currency} | (after or {}),
        reason=reason,
    )
