"""What an act would make, or what will be billed next, as pages show it before it is made; in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import get_language

from invoices.queries.titles import titles_of
from invoices.rules.difference import Document
from invoices.rules.difference import DocumentLine as Made
from invoices.rules.snapshot import DocumentLine, Marks, Party, Snapshot, Taken, TaxRow
from plans.queries.terms import Sold, sold
from plans.rules import arithmetic
from provider.kernel.money import Money

from .page import Page, page_of
from .why import ShownLine, shown_lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Previewed:
    """A document that is not made yet: its lines with their arithmetic, and its sums."""

    kind: str
    page: Page
    lines: list[ShownLine]
    due: Money
    refund: Money
    credit: Money
    of_number: str


def previewed(documents: Sequence[Document], *, currency: str) -> list[Previewed]:
    """The documents as the reader sees them before they are made."""
    versions = {line.version_id for document in documents for line in document.lines if line.version_id}
    found = sold((version_id, currency) for version_id in versions)
    terms = {version_id: one for (version_id, _), one in found.items()}
    return [_previewed(document, currency=currency, terms=terms) for document in documents]


def _previewed(document: Document, *, currency: str, terms: Mapping[UUID, Sold]) -> Previewed:
    snapshot = _snapshot(document, currency=currency, terms=terms)
    return Previewed(
        kind=document.kind,
        page=page_of(snapshot),
        lines=shown_lines(snapshot),
        due=Money(document.due_minor, currency),
        refund=Money(document.refund_minor, currency),
        credit=Money(document.credit_minor, currency),
        of_number=document.of_number,
    )


def _snapshot(document: Document, *, currency: str, terms: Mapping[UUID, Sold]) -> Snapshot:
    """The document as it would be printed, without number, parties and days."""
    is_inclusive = document.total_minor == document.subtotal_minor - document.discount_minor
    return Snapshot(
        kind=document.kind,
        number="",
        language=get_language() or "en",
        currency=currency,
        issued_on=date.min,
        seller=Party(name=""),
        buyer=Party(name=""),
        brand=Marks(name=""),
        lines=tuple(_line(line, document=document, terms=terms) for line in document.lines),
        subtotal_minor=document.subtotal_minor,
        discount_minor=document.discount_minor,
        coupons=_taken(document.discount_minor),
        taxes=_taxes(document, is_inclusive=is_inclusive),
        total_minor=document.total_minor,
        credits=_taken(document.credit_applied_minor),
        balances=_taken(document.balance_applied_minor),
        due_minor=document.due_minor,
    )


def _taken(amount_minor: int) -> tuple[Taken, ...]:
    return (Taken(label="", amount_minor=amount_minor),) if amount_minor else ()


def _line(line: Made, *, document: Document, terms: Mapping[UUID, Sold]) -> DocumentLine:
    title, detail = line.text, ""  # of a line by hand
    if line.version_id is not None:
        language = get_language() or "en"
        title, detail = titles_of(terms[line.version_id], charge=line.charge, kind=line.kind, language=language)
    is_span = line.end > line.start
    net = line.amount_minor - (line.discount_minor if document.kind == "credit_note" else 0)
    return DocumentLine(
        title=title,
        detail=detail,
        start=line.start if is_span else None,
        end=line.end if is_span else None,
        amount_minor=net,
        tax_rate=line.tax_rate,
        arithmetic=_written(line),
    )


def _written(line: Made) -> dict[str, Any] | None:
    return arithmetic.write(line.arithmetic) if line.arithmetic else None


def _taxes(document: Document, *, is_inclusive: bool) -> tuple[TaxRow, ...]:
    sums: dict[Decimal, tuple[int, int]] = {}
    for line in document.lines:
        base, tax = sums.get(line.tax_rate, (0, 0))
        sums[line.tax_rate] = (base + line.amount_minor - line.discount_minor, tax + line.tax_minor)
    return tuple(
        TaxRow(rate=rate, base_minor=base, tax_minor=tax, is_inclusive=is_inclusive)
        for rate, (base, tax) in sorted(sums.items())
        if rate
    )
