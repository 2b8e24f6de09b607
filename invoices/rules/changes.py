"""What is different between the documents that would be made before something was changed and those made after it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Generic, TypeVar

from .difference import Document, DocumentLine

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChange:
    """A line that comes, goes, or comes to something else. Of a credit note the amounts are below nothing."""

    line: DocumentLine  # whose it is, and for which days
    is_credit: bool
    units_before: Decimal
    units_after: Decimal
    before_minor: int  # without tax and discount
    after_minor: int

    @property
    def difference_minor(self) -> int:
        """What is charged more, or less."""
        return self.after_minor - self.before_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen(Generic[T]):
    """What was made, or would be made, and what it changes on the documents to come until `until`."""

    result: T
    changes: Sequence[LineChange]
    difference_minor: int  # with tax
    currency: str
    until: datetime | None
    fingerprint: str  # the same for the same changes


def foreseen(
    *, result: T, before: Sequence[Document], after: Sequence[Document], currency: str, until: datetime | None
) -> Foreseen[T]:
    """Compare the documents to come with what they were."""
    changes = changes_between(before, after)
    difference_minor = total_minor(after) - total_minor(before)
    return Foreseen(
        result=result, changes=changes, difference_minor=difference_minor, currency=currency, until=until,
        fingerprint=fingerprint_of_changes(changes, difference_minor=difference_minor),
    )  # fmt: skip


def changes_between(before: Iterable[Document], after: Iterable[Document]) -> list[LineChange]:
    """The lines that differ, in the order of those afterwards."""
    old, new = _lines(before), _lines(after)
    changed = []
    for key in [*new, *(key for key in old if key not in new)]:
        was, will = old.get(key), new.get(key)
        shown = will or was
        assert shown is not None
        change = LineChange(
            line=shown,
            is_credit=key[0] == "credit_note",
            units_before=was.units if was else Decimal(0),
            units_after=will.units if will else Decimal(0),
            before_minor=was.amount_minor if was else 0,
            after_minor=will.amount_minor if will else 0,
        )
        if change.difference_minor or change.units_before != change.units_after:
            changed.append(change)
    return changed


def total_minor(documents: Iterable[Document]) -> int:
    """What they come to, tax included: invoices less credit notes."""
    return sum(one.total_minor if one.kind == "invoice" else -one.total_minor for one in documents)


def fingerprint_of_changes(changes: Sequence[LineChange], *, difference_minor: int) -> str:
    """The same for the same changes."""
    said = [
        (
            one.line.charge,
            one.line.start,
            one.line.end,
            one.is_credit,
            one.units_after,
            one.before_minor,
            one.after_minor,
        )
        for one in changes
    ]
    return sha256(repr((said, difference_minor)).encode()).hexdigest()[:32]


def _lines(documents: Iterable[Document]) -> dict[tuple[object, ...], DocumentLine]:
    found: dict[tuple[object, ...], DocumentLine] = {}
    for document in documents:
        sign = 1 if document.kind == "invoice" else -1
        for line in document.lines:
            key = (
                document.kind,
                line.subscription,
                line.version_id,
                line.charge,
                line.kind,
                line.start,
                line.end,
                line.text,
            )
            known = found.get(key)
            amount, units = sign * line.amount_minor, line.units
            if known is not None:
                amount, units = amount + known.amount_minor, units + known.units
            found[key] = replace(line, amount_minor=amount, units=units)
    return found
