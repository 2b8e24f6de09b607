"""The lines of a document with their explanations, worded in the active language: what a page opens under "why?"."""

from __future__ import annotations

from dataclasses import dataclass

from invoices.rules.snapshot import DocumentLine, Snapshot
from plans.rules import arithmetic
from plans.rules.explanation import Explanation, explain
from provider.kernel.money import Money
from provider.look import formats


@dataclass(frozen=True, slots=True)
class Why:
    """How an amount came about, in words and figures."""

    rule: str
    levels: list[str]
    rows: list[tuple[str, str]]
    exact: str
    rounding: str


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line as a page shows it."""

    title: str
    about: str
    brief: str
    rate: str
    amount: str
    why: Why | None


def shown_lines(document: Snapshot) -> list[ShownLine]:
    """The lines of a document for its page."""
    return [_shown(line, document) for line in document.lines]


def _shown(line: DocumentLine, document: Snapshot) -> ShownLine:
    explanation = explain(arithmetic.read(line.arithmetic)) if line.arithmetic else None
    period = formats.period(line.start, line.end) if line.start and line.end and line.start < line.end else ""
    return ShownLine(
        title=line.title,
        about=" · ".join(part for part in (period, line.detail) if part),
        brief=formats.sentence(explanation.brief) if explanation else "",
        rate=formats.percents(line.tax_rate.normalize()) if document.taxes else "",
        amount=formats.amount(Money(line.amount_minor, document.currency)),
        why=_why(explanation) if explanation else None,
    )


def _why(explanation: Explanation) -> Why:
    return Why(
        rule=formats.sentence(explanation.rule),
        levels=[formats.sentence(level) for level in explanation.levels],
        rows=[(formats.sentence(row.text), formats.exact(row.amount)) for row in explanation.rows],
        exact=formats.exact(explanation.exact),
        rounding=formats.sentence(explanation.rounding),
    )
