"""The lines of a document with their explanations, worded in the active language: what a page opens under "why?"."""

from __future__ import annotations

from dataclasses import dataclass

from invoices.rules.snapshot import DocumentLine, Snapshot
from plans.rules import arithmetic
from plans.rules.explanation import explain
from provider.kernel.money import Money
from provider.look import formats
from provider.look.why import Why, why_of


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line as a page shows it."""

    title: str
    about: str
    brief: str
    rate: str
    amount: str
    why: Why | None
    events_href: str = ""  # the page of the events behind it


def shown_lines(document: Snapshot) -> list[ShownLine]:
    """The lines of a document for its page."""
    return [_shown(line, document) for line in document.lines]


def _shown(line: DocumentLine, document: Snapshot) -> ShownLine:
    why = why_in(line)
    period = formats.period(line.start, line.end) if line.start and line.end and line.start < line.end else ""
    return ShownLine(
        title=line.title,
        about=" · ".join(part for part in (period, line.detail) if part),
        brief=why.brief if why else "",
        rate=formats.percents(line.tax_rate.normalize()) if document.taxes else "",
        amount=formats.amount(Money(line.amount_minor, document.currency)),
        why=why,
    )


def why_in(line: DocumentLine) -> Why | None:
    """The line's own explanation, where it has any arithmetic."""
    return why_of(explain(arithmetic.read(line.arithmetic))) if line.arithmetic else None
