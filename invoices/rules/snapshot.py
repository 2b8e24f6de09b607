"""A document as it was on the day it was made: everything that is printed on it, and nothing that may still change.

It is stored as JSON with the document (`provider.kernel.encoding`) and printed from there alone, so the same document
comes out in ten years, whatever became of the account, the seller or the plan. Amounts are minor units of `currency`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal
from uuid import UUID

from provider.kernel.encoding import from_plain, to_plain

Kind = Literal["invoice", "credit_note", "receipt"]
# Where a tax authority prints the tax document itself, ours says that it is none.
NO_TAX_DOCUMENT: Final[frozenset[str]] = frozenset({"CN", "TW"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """The seller or the buyer as printed."""

    name: str
    contact: str = ""
    address: str = ""
    country: str = ""
    tax_id: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """In whose look the document appears."""

    name: str
    accent: str = "#4350b5"
    logo_file_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLine:
    """A line: what it is, for which days [start, end), how it was computed (`plans.rules.arithmetic`), how much."""

    title: str
    amount_minor: int
    detail: str = ""
    start: date | None = None
    end: date | None = None
    tax_rate: Decimal = Decimal(0)
    arithmetic: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRow:
    """The tax of all lines of one rate."""

    rate: Decimal
    base_minor: int
    tax_minor: int
    is_inclusive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A coupon, a credit note or a balance by its name, and what it took off."""

    label: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A document. `of_number` is the invoice that a credit note corrects, or that a receipt acknowledges."""

    kind: Kind
    number: str
    language: str
    currency: str
    issued_on: date
    seller: Party
    buyer: Party
    brand: Marks
    lines: tuple[DocumentLine, ...]
    subtotal_minor: int
    total_minor: int
    due_minor: int
    due_on: date | None = None
    of_number: str = ""
    reason: str = ""
    discount_minor: int = 0
    taxes: tuple[TaxRow, ...] = ()
    coupons: tuple[Taken, ...] = ()
    credits: tuple[Taken, ...] = ()
    balances: tuple[Taken, ...] = ()
    payment_terms: str = ""  # how to pay by bank: the seller's words
    payment_reference: str = ""
    order_reference: str = ""
    note: str = ""
    is_test: bool = False

    @property
    def is_no_tax_document(self) -> bool:
        """Whether the reader must be told that the authority's tax document is another one."""
        return self.seller.country in NO_TAX_DOCUMENT


class DoesNotAddUp(AssertionError):
    """A snapshot whose parts do not sum to its totals: found before it is stored."""


def check(document: Snapshot) -> None:
    """Assert that the document sums up, to the last minor unit."""
    _expect("subtotal", document.subtotal_minor, [line.amount_minor for line in document.lines])
    _expect("discount", document.discount_minor, [taken.amount_minor for taken in document.coupons])
    added = [row.tax_minor for row in document.taxes if not row.is_inclusive]
    _expect("total", document.total_minor, [document.subtotal_minor, -document.discount_minor, *added])
    used = [-taken.amount_minor for taken in (*document.credits, *document.balances)]
    _expect("due", document.due_minor, [document.total_minor, *used])


def _expect(what: str, said: int, parts: Sequence[int]) -> None:
    if said != sum(parts):
        raise DoesNotAddUp(f"The {what} of the document is {said}, but its parts sum to {sum(parts)}.")


def write(document: Snapshot) -> dict[str, Any]:
    """The JSON to store; raises `DoesNotAddUp`."""
    check(document)
    return dict(to_plain(document))


def read(plain: Mapping[str, Any]) -> Snapshot:
    """What `write` wrote."""
    return from_plain(Snapshot, plain)
