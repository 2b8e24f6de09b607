"""Writing what is new in books: everything by COPY, the numbers last, so that their row is locked for an instant only.

Lines go in before their invoices, which arrive finalized: a finalized invoice takes no lines. The references between
them are checked at the end of the transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connections
from psycopg.types.json import Jsonb

from invoices.models import BalanceUse, CouponUse, CreditUse, ExtraLine
from invoices.rules.book import Book, Entry, Given, Invoiced, Noted, Span
from invoices.rules.snapshot import TaxRow
from invoices.rules.totals import TaxSum
from plans.rules import arithmetic
from provider.kernel import together
from provider.kernel.clock import first_instant
from provider.kernel.copying import copy_rows

from .drafts import keep_owed, keep_waiting
from .numbering import issued_on_of, number, pay_by_of, write_states
from .posting import OfInvoice, OfNote, fix_currencies, post, publish
from .snapshots import Printing, snapshot_of_invoice, snapshot_of_note, taxes_of_note


@dataclass(slots=True, kw_only=True)
class Written:
    """What was written."""

    invoice_ids: list[UUID] = field(default_factory=list)
    draft_ids: list[UUID] = field(default_factory=list)  # that wait for approval
    credit_note_ids: list[UUID] = field(default_factory=list)
    totals: dict[str, int] = field(default_factory=dict)  # of invoices that wait for nobody, by currency


def write(*, books: Sequence[Book], at: datetime, run_id: UUID | None = None) -> Written:
    """Write what is new in the books, in the caller's transaction."""
    _write_spans(books, are_named=any(book.made for book in books))
    bills = [(book, made) for book in books for made in book.made if isinstance(made, Invoiced)]
    invoices = [(book, made) for book, made in bills if not made.bill.waits]
    drafts = [(book, made) for book, made in bills if made.bill.waits]
    notes = [(book, made) for book in books for made in book.made if isinstance(made, Noted)]
    written = Written(
        invoice_ids=[made.bill.id for _, made in invoices],
        draft_ids=[made.bill.id for _, made in drafts],
        credit_note_ids=[made.id for _, made in notes],
    )
    if drafts:
        _write_drafts(drafts, at=at, run_id=run_id)
    if invoices or notes:
        _write_documents(invoices=invoices, notes=notes, at=at, run_id=run_id)
    keep_owed(books)
    for book, made in invoices:
        written.totals[book.buyer.currency] = written.totals.get(book.buyer.currency, 0) + made.total_minor
    return written


# --- Spans ---

_PERIOD: Final = {
    "id": "int8",
    "subscription_id": "uuid",
    "stretch": "int2",
    "charge_code": "text",
    "start_on": "date",
    "end_on": "date",
    "starts_at": "timestamptz",
    "ends_at": "timestamptz",
    "whole_start_on": "date",
    "whole_end_on": "date",
    "units": "numeric",
    "settled_at": "timestamptz",
}
_FEW: Final = 4
_OWN: Final = [name for name in _PERIOD if name != "id"]
_VALUES: Final = ", ".join(["%s"] * len(_OWN))
_OPEN_ONE: Final = f"insert into plans_period ({', '.join(_OWN)}) values ({_VALUES})"  # noqa: S608 -- our own names


def _write_spans(books: Sequence[Book], *, are_named: bool) -> None:
    """Open and shorten spans; `are_named` says whether a line may name one, so that their ids have to be known."""
    opened = [(span, sub.facts.service.zone) for book in books for sub in book.subs for span in sub.opened]
    changed = [(span, sub.facts.service.zone) for book in books for sub in book.subs for span in sub.changed]
    if changed:  # first, so that a shortened span makes room for the next one
        _update_spans(changed)
    if len(opened) <= _FEW and not are_named:
        for span, zone in opened:
            together.execute(_OPEN_ONE, _period(span, zone)[1:])
        return
    for (span, _), span_id in zip(opened, _take_ids("plans_period", len(opened)), strict=True):
        span.id = span_id
    copy_rows(table="plans_period", columns=_PERIOD, rows=(_period(span, zone) for span, zone in opened))


def _period(span: Span, zone: ZoneInfo) -> tuple[Any, ...]:
    starts_at = first_instant(day=span.start, zone=zone)
    return (
        span.id,
        span.subscription,
        span.stretch,
        span.charge,
        span.start,
        span.end,
        starts_at,
        max(starts_at, first_instant(day=span.end, zone=zone)),
        *span.whole,
        span.units,
        span.due_at,
    )


def _update_spans(changed: Sequence[tuple[Span, ZoneInfo]]) -> None:
    columns = zip(
        *((span.id, span.end, first_instant(day=span.end, zone=zone), span.units) for span, zone in changed),
        strict=True,
    )
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "update plans_period p set end_on = n.end_on, ends_at = greatest(n.ends_at, p.starts_at), units = n.units"
            " from unnest(%s::bigint[], %s::date[], %s::timestamptz[], %s::numeric[]) n(id, end_on, ends_at, units)"
            " where p.id = n.id",
            [list(column) for column in columns],
        )


def _take_ids(table: str, count: int) -> list[int]:
    """A block of ids in one round trip; gaps are of no consequence."""
    if count == 0:
        return []
    with connections["default"].cursor() as cursor:
        cursor.execute("select nextval(pg_get_serial_sequence(%s, 'id')) from generate_series(1, %s)", [table, count])
        return [int(row[0]) for row in cursor.fetchall()]


# --- Documents ---


def _write_documents(
    *, invoices: Sequence[OfInvoice], notes: Sequence[OfNote], at: datetime, run_id: UUID | None
) -> None:
    _write_lines(invoices)
    _write_note_lines(notes)
    _write_uses(invoices)
    post(invoices=invoices, notes=notes)
    fix_currencies(invoices, at=at)
    publish(invoices=invoices, notes=notes, at=at, run_id=run_id)
    printing = Printing.of(books=[book for book, _ in (*invoices, *notes)])
    write_states(invoices, printing=printing)
    number(invoices=invoices, notes=notes, printing=printing)  # from here on others wait for the series
    _write_heads(invoices, run_id=run_id, printing=printing)
    copy_rows(
        table="invoices_creditnote",
        columns=_CREDIT_NOTE,
        rows=(_credit_note(book, made, printing=printing) for book, made in notes),
    )
    _place_extras(invoices)


def _write_drafts(drafts: Sequence[OfInvoice], *, at: datetime, run_id: UUID | None) -> None:
    """Invoices that wait for approval: with their lines and coupons, but without number, posting, or anything due."""
    _write_lines(drafts)
    _write_uses(drafts)
    fix_currencies(drafts, at=at)
    printing = Printing.of(books=[book for book, _ in drafts])
    printing.numbers = {made.bill.id: (None, None, "") for _, made in drafts}
    _write_heads(drafts, run_id=run_id, printing=printing)
    _place_extras(drafts)
    keep_waiting(drafts, at=at)


def _write_heads(invoices: Sequence[OfInvoice], *, run_id: UUID | None, printing: Printing) -> None:
    copy_rows(
        table="invoices_invoice",
        columns=_INVOICE,
        rows=(_invoice(book, made, run_id=run_id, printing=printing) for book, made in invoices),
    )


def write_late(*, invoices: Sequence[OfInvoice], notes: Sequence[OfNote], at: datetime, printing: Printing) -> None:
    """Make drafts into invoices, with credit notes for what was cut of them meanwhile; their lines stand already."""
    _write_note_lines(notes)
    _write_uses(invoices)
    post(invoices=invoices, notes=notes)
    publish(invoices=invoices, notes=notes, at=at, run_id=None)
    write_states(invoices, printing=printing)
    number(invoices=invoices, notes=notes, printing=printing)
    copy_rows(
        table="invoices_creditnote",
        columns=_CREDIT_NOTE,
        rows=(_credit_note(book, made, printing=printing) for book, made in notes),
    )


def _place_extras(invoices: Sequence[OfInvoice]) -> None:
    """Lines by hand wait no longer."""
    for _, made in invoices:
        ids = [entry.extra.id for entry in made.entries if entry.extra is not None]
        if ids:
            ExtraLine.objects.filter(id__in=ids).update(invoice_id=made.bill.id)


_LINE: Final = {
    "id": "int8",
    "invoice_id": "uuid",
    "position": "int4",
    "subscription_id": "uuid",
    "period_id": "int8",
    "ordinal": "int4",
    "stretch": "int2",
    "version_id": "uuid",
    "plan_code": "text",
    "charge_code": "text",
    "meter_code": "text",
    "kind": "text",
    "description": "text",
    "start_on": "date",
    "end_on": "date",
    "whole_days": "int4",
    "units": "numeric",
    "currency": "text",
    "amount_minor": "int8",
    "discount_minor": "int8",
    "tax_minor": "int8",
    "tax_rate": "numeric",
    "is_creditable": "bool",
    "arithmetic": "jsonb",
    "used_from_at": "timestamptz",
    "used_until_at": "timestamptz",
    "used_quantity": "numeric",
    "used_batch_id": "int8",
}
_NO_TALLY: Final = (None, None, None, None)


def _write_lines(invoices: Sequence[OfInvoice]) -> None:
    entries = [
        (book, made, position, entry) for book, made in invoices for position, entry in enumerate(made.entries, start=1)
    ]
    for (_, _, _, entry), line_id in zip(entries, _take_ids("invoices_invoiceline", len(entries)), strict=True):
        entry.id = line_id
    subs = {sub.facts.name: sub for book, _ in invoices for sub in book.subs}
    rows = (
        _line(entry, book=book, made=made, position=position, sub=subs.get(entry.due.subscription))
        for book, made, position, entry in entries
    )
    copy_rows(table="invoices_invoiceline", columns=_LINE, rows=rows)


def _line(entry: Entry, *, book: Book, made: Invoiced, position: int, sub: Any) -> tuple[Any, ...]:
    due, line, extra = entry.due, entry.line, entry.extra
    entry.arithmetic = arithmetic.write(_how(entry, sub=sub, currency=book.buyer.currency))
    return (
        entry.id,
        made.bill.id,
        position,
        sub and sub.id,
        entry.span and entry.span.id,
        entry.ordinal,
        None if extra else due.stretch,
        UUID(due.plan) if due.plan else None,
        sub.plan_codes[due.plan] if sub else "",
        due.charge,
        due.meter,
        due.kind,
        entry.text,
        extra.start if extra else due.start,
        extra.end if extra else due.end,
        due.whole_days,
        due.units,
        book.buyer.currency,
        line.amount_minor,
        line.discount_minor,
        line.tax_minor,
        line.tax_rate,
        due.is_creditable,
        Jsonb(entry.arithmetic),
        *(due.tally or _NO_TALLY),
    )


def _how(entry: Entry, *, sub: Any, currency: str) -> arithmetic.Arithmetic:
    """How a line came to its amount."""
    due = entry.due
    if entry.extra is not None:
        return arithmetic.by_hand(units=entry.extra.units, unit=entry.extra.unit, currency=currency)
    charge = None if due.kind == "minimum" and due.charge == "minimum" else sub.charge_of(due.plan, due.charge)
    return arithmetic.of_line(line=due, charge=charge, currency=currency)


_NOTE_LINE: Final = {
    "id": "int8",
    "credit_note_id": "uuid",
    "position": "int4",
    "line_id": "int8",
    "start_on": "date",
    "end_on": "date",
    "currency": "text",
    "amount_minor": "int8",
    "discount_minor": "int8",
    "tax_minor": "int8",
    "arithmetic": "jsonb",
    "units": "numeric",
    "used_batch_id": "int8",
}


def _write_note_lines(notes: Sequence[OfNote]) -> None:
    lines = [
        (book, made, position, given) for book, made in notes for position, given in enumerate(made.lines, start=1)
    ]
    ids = _take_ids("invoices_creditnoteline", len(lines))
    rows = (
        (
            line_id,
            made.id,
            position,
            given.entry.id,
            given.start,
            given.end,
            book.buyer.currency,
            given.credit.amount_minor,
            given.credit.discount_minor,
            given.credit.tax_minor,
            Jsonb(arithmetic_of_credit(given)),
            given.units,
            given.batch,
        )
        for (book, made, position, given), line_id in zip(lines, ids, strict=True)
    )
    copy_rows(table="invoices_creditnoteline", columns=_NOTE_LINE, rows=rows)


def arithmetic_of_credit(given: Given) -> dict[str, Any]:
    """How the credit came to its amount: what was charged, and which of its days were not served."""
    line = given.entry.due
    plain: dict[str, Any] = {"v": 1, "way": "credit", "charged_minor": given.entry.line.amount_minor}
    if given.start is not None and given.end is not None:
        plain |= {"unused_days": (given.end - given.start).days, "days": (line.end - line.start).days}
    return plain


def _write_uses(invoices: Sequence[OfInvoice]) -> None:
    """What coupons, credit notes and balances gave. Few of many invoices have any, so the ORM does."""
    CouponUse.objects.bulk_create(
        CouponUse(applied_id=one.id, invoice_id=made.bill.id, currency=book.buyer.currency, amount_minor=amount)
        for book, made in invoices
        for one, amount in made.coupons
    )
    CreditUse.objects.bulk_create(
        CreditUse(credit_note_id=one.id, invoice_id=made.bill.id, currency=book.buyer.currency, amount_minor=amount)
        for book, made in invoices
        for one, amount in made.credits
    )
    BalanceUse.objects.bulk_create(
        BalanceUse(
            lot_id=lot.id,
            invoice_id=made.bill.id,
            currency=book.buyer.currency,
            amount_minor=amount,
            at=made.made_at,
        )
        for book, made in invoices
        for lot, amount in made.balances
    )


# --- Heads ---

_HEAD: Final = {
    "id": "uuid",
    "account_id": "uuid",
    "seller_id": "uuid",
    "series_id": "int8",
    "number": "int4",
    "number_text": "text",
    "due_at": "timestamptz",
    "made_at": "timestamptz",
    "issued_on": "date",
    "language": "text",
    "currency": "text",
    "cause": "text",
    "is_tax_inclusive": "bool",
    "subtotal_minor": "int8",
    "tax_minor": "int8",
    "total_minor": "int8",
    "taxes": "jsonb",
    "snapshot": "jsonb",
}
_INVOICE: Final = _HEAD | {
    "status": "text",
    "run_id": "uuid",
    "pay_by_on": "date",
    "discount_minor": "int8",
    "credit_applied_minor": "int8",
    "balance_applied_minor": "int8",
    "due_minor": "int8",
    "note": "text",
}
_CREDIT_NOTE: Final = _HEAD | {
    "invoice_id": "uuid",
    "reason": "text",
    "refund_minor": "int8",
    "credit_minor": "int8",
}


def _head(
    book: Book, made: Invoiced | Noted, *, document_id: UUID, is_tax_inclusive: bool, printing: Printing
) -> tuple[Any, ...]:
    series_id, number, text = printing.numbers[document_id]
    buyer = book.buyer
    issued_on = issued_on_of(made, seller=printing.sellers[buyer.seller_id]) if text else None
    return (
        document_id,
        buyer.account_id,
        buyer.seller_id,
        series_id,
        number,
        text,
        made.due_at,
        made.made_at,
        issued_on,
        buyer.language,
        buyer.currency,
        made.cause,
        is_tax_inclusive,
        made.subtotal_minor,
        made.tax_minor,
        made.total_minor,
    )


def _taxes(taxes: Iterable[TaxSum | TaxRow]) -> list[dict[str, Any]]:
    return [
        {
            "rate": str(tax.rate),
            "base_minor": tax.base_minor,
            "tax_minor": tax.tax_minor,
            "is_inclusive": tax.is_inclusive,
        }
        for tax in taxes
    ]


def _invoice(book: Book, made: Invoiced, *, run_id: UUID | None, printing: Printing) -> tuple[Any, ...]:
    pay_by_on = pay_by_of(book, made, printing=printing)
    return (
        *_head(book, made, document_id=made.bill.id, is_tax_inclusive=made.bill.is_tax_inclusive, printing=printing),
        Jsonb(_taxes(made.taxes)),
        Jsonb(snapshot_of_invoice(book, made, printing=printing, pay_by_on=pay_by_on)),
        "draft" if made.bill.waits else "finalized",
        run_id,
        None if made.bill.waits else pay_by_on,
        made.discount_minor,
        made.credit_applied_minor,
        made.balance_applied_minor,
        made.due_minor,
        "",
    )


def _credit_note(book: Book, made: Noted, *, printing: Printing) -> tuple[Any, ...]:
    return (
        *_head(book, made, document_id=made.id, is_tax_inclusive=made.of.is_tax_inclusive, printing=printing),
        Jsonb(_taxes(taxes_of_note(made))),
        Jsonb(snapshot_of_note(book, made, printing=printing)),
        made.of.id,
        made.reason,
        made.refund_minor,
        made.credit_minor,
    )
