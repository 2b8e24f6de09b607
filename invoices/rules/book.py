"""What is known of one account when it is billed: what it was billed, what is left of its credit, and what is new.

A book is read from the tables for any number of accounts at once, billed in memory (`invoices.rules.billing`), and what
is new in it is written in one go. So an act, a preview, a run and its dry run all bill by the same lines of code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from plans.rules.charging import Billed, DueLine, Facts
from plans.rules.terms import Charge

from .approvals import Reason, Watch
from .totals import Charged, Coupon, CreditLine, Line, TaxSum

NOTHING = CreditLine(amount_minor=0, discount_minor=0, tax_minor=0)
Unused = Literal["credit", "refund", "none"]


@dataclass(slots=True, kw_only=True)
class Span:
    """A span of a charge that was opened (a row of Period). Without an id it is new."""

    id: int | None
    subscription: UUID
    stretch: int
    charge: str
    start: date
    end: date
    whole: tuple[date, date]
    units: Decimal
    due_at: datetime

    def holds(self, line: DueLine) -> bool:
        """Whether the line belongs to this span."""
        is_same = self.stretch == line.stretch and self.charge == line.charge
        return is_same and (self.start == line.start or self.start < line.start < self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """A line that somebody added by hand: so many at a price, for days [start, end) if it names any."""

    id: UUID
    text: str
    units: Decimal
    unit: Decimal  # price, in major units
    amount_minor: int
    tax_rate: Decimal | None
    since: datetime
    start: date | None = None
    end: date | None = None


@dataclass(slots=True, kw_only=True)
class Entry:
    """A line that stands on an invoice, and what credit notes have taken off it. Without an id it is new."""

    id: int | None
    invoice: Bill
    span: Span | None
    due: DueLine
    line: Line
    ordinal: int = 0
    credited: CreditLine = NOTHING
    extra: Extra | None = None
    text: str = ""  # of a line by hand; others are told from their facts
    arithmetic: dict[str, Any] | None = None  # as it is stored, once it is

    @property
    def charged(self) -> Charged:
        """The line as it was charged."""
        return Charged(line=self.line, credited=self.credited)

    def credit(self, given: CreditLine) -> None:
        """Remember what was given back."""
        self.credited = CreditLine(
            amount_minor=self.credited.amount_minor + given.amount_minor,
            discount_minor=self.credited.discount_minor + given.discount_minor,
            tax_minor=self.credited.tax_minor + given.tax_minor,
        )


@dataclass(slots=True, kw_only=True)
class Bill:
    """An invoice, as far as a credit note against it needs to know."""

    id: UUID
    number: str
    due_at: datetime
    is_tax_inclusive: bool
    total_minor: int
    paid_minor: int = 0
    noted_minor: int = 0  # the totals of its credit notes
    refunded_minor: int = 0
    order: tuple[int, int] = (0, 0)  # in which they were made
    waits: bool = False  # a draft: no credit note is written against it before it is approved


@dataclass(slots=True, kw_only=True)
class Credit:
    """What is left of a credit note."""

    id: UUID
    number: str
    left_minor: int


@dataclass(slots=True, kw_only=True)
class Prepaid:
    """What is left of a top-up."""

    id: UUID
    name: str
    left_minor: int
    priority: int
    topped_up_at: datetime
    expires_at: datetime | None
    labels: frozenset[str]

    def is_live(self, at: datetime) -> bool:
        """Whether it was there at the instant and had not expired."""
        return self.topped_up_at <= at and (self.expires_at is None or self.expires_at > at)


@dataclass(slots=True, kw_only=True)
class Applied:
    """A coupon that the account has, and on how many more invoices it may take something (None: for ever)."""

    id: UUID
    code: str
    times_left: int | None
    coupon: Coupon
    since: datetime
    until: datetime | None = None

    def is_live(self, at: datetime) -> bool:
        """Whether it may take something off an invoice that is due at the instant."""
        return self.times_left != 0 and self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """What corrections of usage have taken off a line."""

    amount_minor: int = 0  # before discount and tax
    units: Decimal = Decimal(0)


@dataclass(slots=True, kw_only=True)
class Sub:
    """One subscription in the book."""

    id: UUID
    code: str
    facts: Facts
    plan_codes: Mapping[str, str]  # by the name of the terms
    spans: list[Span]
    entries: list[Entry]
    begun: dict[tuple[int, str], date]
    kind_of: Callable[[int, str], str]
    charge_of: Callable[[str, str], Charge | None]
    opened: list[Span] = field(default_factory=list)  # in this pass
    changed: list[Span] = field(default_factory=list)  # in this pass, of those opened before
    late_from: datetime | None = None  # the first event that came after its period was billed
    late: list[Span] = field(default_factory=list)  # the settled spans that it may have changed
    corrected: Mapping[int, Corrected] = field(default_factory=dict)  # by the id of the line
    is_late_settled: bool = False  # in this pass

    def touch(self, span: Span) -> None:
        """Have the span written again."""
        if span.id is not None and not any(known is span for known in self.changed):
            self.changed.append(span)

    def billed(self) -> list[Billed]:
        """Everything that was billed and still matters, spans of nothing included."""
        lines = [
            Billed(
                line=entry.due,
                credited_minor=entry.credited.amount_minor,
                number=number,
                until=None if entry.span is None or entry.span.end >= entry.due.end else entry.span.end,
            )
            for number, entry in enumerate(self.entries)
        ]
        return lines + [Billed(line=line) for span in self.spans if (line := self._silent(span)) is not None]

    def _silent(self, span: Span) -> DueLine | None:
        """What a span holds beyond its lines: that it was opened, and units that cost nothing."""
        beside = ("minimum", "adjustment")
        lines = [entry.due for entry in self.entries if entry.span is span and entry.due.kind not in beside]
        units = span.units - sum((line.units for line in lines), Decimal(0))
        if units <= 0 and any(line.start == span.start for line in lines):
            return None
        return DueLine(
            subscription=self.facts.name,
            plan=self.facts.service.stretches[span.stretch].plan,
            charge=span.charge,
            kind=self.kind_of(span.stretch, span.charge),  # type: ignore[arg-type]
            stretch=span.stretch,
            due_at=span.due_at,
            units=max(units, Decimal(0)),
            amount_minor=0,
            tax_rate=None,
            start=span.start,
            end=span.end,
            whole_days=(span.whole[1] - span.whole[0]).days,
            is_creditable=False,
            covers=span.whole,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """How the account is billed: by whom, at which tax, until when it is to pay."""

    account_id: UUID
    seller_id: UUID
    currency: str
    language: str
    tax_rate: Decimal
    is_tax_inclusive: bool
    payment_days: int


@dataclass(slots=True, kw_only=True)
class Invoiced:
    """An invoice that is to be written."""

    bill: Bill
    cause: str
    due_at: datetime
    made_at: datetime
    entries: list[Entry]
    taxes: list[TaxSum]
    coupons: list[tuple[Applied, int]] = field(default_factory=list)
    credits: list[tuple[Credit, int]] = field(default_factory=list)
    balances: list[tuple[Prepaid, int]] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)  # why it waits for approval
    last_minor: int | None = None  # what the one before it came to, where it waits

    @property
    def subtotal_minor(self) -> int:
        return sum(entry.line.amount_minor for entry in self.entries)

    @property
    def discount_minor(self) -> int:
        return sum(entry.line.discount_minor for entry in self.entries)

    @property
    def tax_minor(self) -> int:
        return sum(tax.tax_minor for tax in self.taxes)

    @property
    def total_minor(self) -> int:
        return self.bill.total_minor

    @property
    def credit_applied_minor(self) -> int:
        return sum(amount for _, amount in self.credits)

    @property
    def balance_applied_minor(self) -> int:
        return sum(amount for _, amount in self.balances)

    @property
    def due_minor(self) -> int:
        return self.total_minor - self.credit_applied_minor - self.balance_applied_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a credit note takes off one line; for days [start, end), where it is time that is given back.

    Where it is usage: how many units of the line, and the newest batch of usage that was known.
    """

    entry: Entry
    credit: CreditLine
    start: date | None = None
    end: date | None = None
    units: Decimal | None = None
    batch: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """Days of a line that were cut while its invoice waits for approval: credited when it is approved."""

    entry: Entry
    unused_days: int
    days: int
    end: date  # the first day after the last of them


@dataclass(slots=True, kw_only=True)
class Noted:
    """A credit note that is to be written."""

    id: UUID
    of: Bill
    cause: str
    reason: str
    due_at: datetime
    made_at: datetime
    lines: list[Given]
    refund_minor: int
    kept: Credit  # what is left of it as credit

    @property
    def subtotal_minor(self) -> int:
        return sum(given.credit.net_minor for given in self.lines)

    @property
    def tax_minor(self) -> int:
        return sum(given.credit.tax_minor for given in self.lines)

    @property
    def total_minor(self) -> int:
        return self.subtotal_minor + (0 if self.of.is_tax_inclusive else self.tax_minor)

    @property
    def credit_minor(self) -> int:
        return self.total_minor - self.refund_minor


@dataclass(slots=True, kw_only=True)
class Book:
    """One account while it is billed."""

    buyer: Buyer
    subs: list[Sub]
    credits: list[Credit]
    prepaid: list[Prepaid]
    coupons: list[Applied]
    extras: list[Extra] = field(default_factory=list)  # that wait for an invoice
    made: list[Invoiced | Noted] = field(default_factory=list)  # in the order in which they were made
    watch: Watch | None = None  # which invoices wait for approval; None: none does
    owed: list[Owed] = field(default_factory=list)
