"""What an act would make or has made, for people and machines to look at: the same for a preview and its act."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from plans.rules import arithmetic
from plans.rules.arithmetic import Arithmetic

from .book import Book, Entry, Given, Invoiced, Noted


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLine:
    """A line: of which subscription and charge, for which days [start, end), how it was computed, how much."""

    subscription: str
    version_id: UUID | None  # None, with neither subscription nor plan: a line by hand
    plan: str
    charge: str
    kind: str
    start: date
    end: date
    units: Decimal
    amount_minor: int
    discount_minor: int
    tax_minor: int
    tax_rate: Decimal
    arithmetic: Arithmetic | None = None  # of a line of an invoice
    text: str = ""  # of a line by hand


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """An invoice or a credit note. `number` is empty in a preview, for nothing has one before it is made."""

    kind: Literal["invoice", "credit_note"]
    due_at: datetime
    lines: tuple[DocumentLine, ...]
    subtotal_minor: int
    tax_minor: int
    total_minor: int
    discount_minor: int = 0
    credit_applied_minor: int = 0
    balance_applied_minor: int = 0
    due_minor: int = 0
    refund_minor: int = 0
    credit_minor: int = 0
    of_number: str = ""
    number: str = ""
    id: UUID | None = None


def documents_of(book: Book) -> tuple[Document, ...]:
    """What was made in a book, in order."""
    return tuple(_invoice(book, made) if isinstance(made, Invoiced) else _note(book, made) for made in book.made)


def _invoice(book: Book, made: Invoiced) -> Document:
    return Document(
        kind="invoice",
        id=made.bill.id,
        number=made.bill.number,
        due_at=made.due_at,
        lines=tuple(_line(book, entry) for entry in made.entries),
        subtotal_minor=made.subtotal_minor,
        discount_minor=made.discount_minor,
        tax_minor=made.tax_minor,
        total_minor=made.total_minor,
        credit_applied_minor=made.credit_applied_minor,
        balance_applied_minor=made.balance_applied_minor,
        due_minor=made.due_minor,
    )


def _note(book: Book, made: Noted) -> Document:
    return Document(
        kind="credit_note",
        id=made.id,
        number=made.kept.number,
        of_number=made.of.number,
        due_at=made.due_at,
        lines=tuple(_given(book, given) for given in made.lines),
        subtotal_minor=made.subtotal_minor,
        tax_minor=made.tax_minor,
        total_minor=made.total_minor,
        refund_minor=made.refund_minor,
        credit_minor=made.credit_minor,
    )


def _line(book: Book, entry: Entry) -> DocumentLine:
    if entry.extra is not None:
        return _by_hand(book, entry)
    sub = next(sub for sub in book.subs if sub.facts.name == entry.due.subscription)
    due, line = entry.due, entry.line
    return DocumentLine(
        subscription=sub.code,
        version_id=UUID(due.plan),
        plan=sub.plan_codes[due.plan],
        charge=due.charge,
        kind=due.kind,
        start=due.start,
        end=due.end,
        units=due.units,
        amount_minor=line.amount_minor,
        discount_minor=line.discount_minor,
        tax_minor=line.tax_minor,
        tax_rate=line.tax_rate,
        arithmetic=arithmetic.of_line(
            line=due, charge=sub.charge_of(due.plan, due.charge), currency=book.buyer.currency
        )
        if due.steps
        else None,
    )


def _by_hand(book: Book, entry: Entry) -> DocumentLine:
    due, line, extra = entry.due, entry.line, entry.extra
    assert extra is not None
    return DocumentLine(
        subscription="",
        version_id=None,
        plan="",
        charge=due.charge,
        kind=due.kind,
        start=due.start,
        end=due.end,
        units=due.units,
        amount_minor=line.amount_minor,
        discount_minor=line.discount_minor,
        tax_minor=line.tax_minor,
        tax_rate=line.tax_rate,
        arithmetic=arithmetic.by_hand(units=extra.units, unit=extra.unit, currency=book.buyer.currency),
        text=entry.text,
    )


def _given(book: Book, given: Given) -> DocumentLine:
    sub = next((sub for sub in book.subs if sub.facts.name == given.entry.due.subscription), None)
    due = given.entry.due
    return DocumentLine(
        subscription=sub.code if sub else "",
        version_id=UUID(due.plan) if due.plan else None,
        plan=sub.plan_codes[due.plan] if sub else "",
        charge=due.charge,
        kind=due.kind,
        start=given.start or due.start,
        end=given.end or due.end,
        units=due.units,
        amount_minor=given.credit.amount_minor,
        discount_minor=given.credit.discount_minor,
        tax_minor=given.credit.tax_minor,
        tax_rate=given.entry.line.tax_rate,
        text=given.entry.text,
    )


def fingerprint_of(documents: Iterable[Document], *facts: object) -> str:
    """The same for the same documents and facts, whatever their ids and numbers."""
    digest = hashlib.sha256(repr(facts).encode())
    for document in documents:
        lines = [_said(line) for line in document.lines]
        sums = (document.total_minor, document.due_minor, document.refund_minor, document.credit_minor)
        digest.update(repr((document.kind, document.of_number, lines, sums)).encode())
    return digest.hexdigest()[:32]


def _said(line: DocumentLine) -> tuple[object, ...]:
    what = (line.subscription, line.version_id, line.charge, line.kind, line.start, line.end, line.text)
    return (*what, line.units.normalize(), line.amount_minor, line.discount_minor, line.tax_minor)
