"""From lines to what is due: coupons, tax, credit and balances, in this order, so that every sum adds up.

All amounts are integers in the minor unit of one currency; rates are percent. The rules are those of the billing
stories: a coupon takes from what the earlier ones left; tax is rounded once per rate, as EN 16931 (BR-CO-17) wants,
and shown on the lines so that they add up; credit is used oldest first, balances by priority and then by age.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import IntEnum

from provider.kernel.money import allocate, round_half_away


@dataclass(frozen=True, slots=True)
class Line:
    """A line before and after discount and tax. `amount_minor` is rounded already; `tax_rate` is in percent.

    `labels` are what a coupon or a balance may be limited to: "charge:seat", "meter:calls", "plan:team".
    """

    amount_minor: int
    tax_rate: Decimal = Decimal(0)
    is_tax_inclusive: bool = False
    labels: frozenset[str] = frozenset()
    discount_minor: int = 0
    tax_minor: int = 0

    @property
    def net_minor(self) -> int:
        """What is left after discount: before tax, or with it where the price includes it."""
        return self.amount_minor - self.discount_minor

    @property
    def gross_minor(self) -> int:
        """What this line asks for in the end."""
        return self.net_minor if self.is_tax_inclusive else self.net_minor + self.tax_minor


class Breadth(IntEnum):
    """How narrow a coupon is; the narrower goes first."""

    CHARGES = 1
    PLANS = 2
    ALL = 3


@dataclass(frozen=True, slots=True)
class Coupon:
    """Takes `percent` of, or `amount_minor` from, the lines that carry one of its `labels` (all lines if none)."""

    breadth: Breadth
    age: int  # rank by time of application: the smaller, the older
    percent: Decimal | None = None
    amount_minor: int | None = None
    labels: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Taken:
    """What one coupon, credit or balance gave to an invoice: its index in the sequence handed in, and how much."""

    index: int
    amount_minor: int


def _within(line: Line, labels: frozenset[str]) -> bool:
    return not labels or bool(line.labels & labels)


def take_coupons(*, lines: Sequence[Line], coupons: Sequence[Coupon]) -> tuple[list[Line], list[Taken]]:
    """The lines with their discounts, and what each coupon took; a coupon that took nothing is not listed."""
    result, taken = list(lines), []
    for index in sorted(range(len(coupons)), key=lambda i: (coupons[i].breadth, coupons[i].age, i)):
        coupon = coupons[index]
        chosen = [i for i, line in enumerate(result) if _within(line, coupon.labels) and line.net_minor > 0]
        left = [result[i].net_minor for i in chosen]
        amount = _coupon_amount(coupon=coupon, left_minor=sum(left))
        if amount == 0:
            continue
        for i, part in zip(chosen, allocate(minor=amount, weights=left), strict=True):
            result[i] = replace(result[i], discount_minor=result[i].discount_minor + part)
        taken.append(Taken(index=index, amount_minor=amount))
    return result, taken


def _coupon_amount(*, coupon: Coupon, left_minor: int) -> int:
    if coupon.percent is None:
        return min(coupon.amount_minor or 0, left_minor)
    numerator, denominator = coupon.percent.as_integer_ratio()
    return min(round_half_away(numerator=left_minor * numerator, denominator=100 * denominator), left_minor)


@dataclass(frozen=True, slots=True)
class TaxSum:
    """The tax of all lines of one rate."""

    rate: Decimal
    is_inclusive: bool
    base_minor: int
    tax_minor: int


def add_tax(lines: Sequence[Line]) -> tuple[list[Line], list[TaxSum]]:
    """The lines with the tax to show on them, and the tax per rate; the lines of a rate sum to the tax of the rate."""
    result, sums = list(lines), []
    for rate, is_inclusive in sorted({(line.tax_rate, line.is_tax_inclusive) for line in lines}):
        chosen = [i for i, line in enumerate(lines) if (line.tax_rate, line.is_tax_inclusive) == (rate, is_inclusive)]
        base = sum(lines[i].net_minor for i in chosen)
        tax = _tax_minor(base_minor=base, rate=rate, is_inclusive=is_inclusive)
        for i, part in zip(chosen, _shown(tax_minor=tax, nets=[lines[i].net_minor for i in chosen]), strict=True):
            result[i] = replace(result[i], tax_minor=part)
        sums.append(TaxSum(rate=rate, is_inclusive=is_inclusive, base_minor=base, tax_minor=tax))
    return result, sums


def _tax_minor(*, base_minor: int, rate: Decimal, is_inclusive: bool) -> int:
    numerator, denominator = rate.as_integer_ratio()
    whole = 100 * denominator + numerator if is_inclusive else 100 * denominator
    return round_half_away(numerator=base_minor * numerator, denominator=whole)


def _shown(*, tax_minor: int, nets: Sequence[int]) -> list[int]:
    if tax_minor == 0 or not any(nets):
        return [0] * len(nets)
    return allocate(minor=tax_minor, weights=[abs(net) for net in nets])


def use_credits(*, due_minor: int, left_minor: Sequence[int]) -> list[Taken]:
    """Credit from credit notes, handed in oldest first, towards what is due."""
    taken = []
    for index, left in enumerate(left_minor):
        if (part := min(due_minor, left)) > 0:
            taken.append(Taken(index=index, amount_minor=part))
            due_minor -= part
    return taken


@dataclass(frozen=True, slots=True)
class Lot:
    """One top-up of prepaid money: what is left of it, when it is used, and which lines it may pay (all if none)."""

    left_minor: int
    priority: int
    age: int
    labels: frozenset[str] = frozenset()


def use_balances(*, due_minor: int, lines: Sequence[Line], lots: Sequence[Lot]) -> list[Taken]:
    """Prepaid money towards what is due: small priority first, then the older; a limited lot pays at most its lines."""
    taken: list[Taken] = []
    open_minor = [line.gross_minor for line in lines]
    for index in sorted(range(len(lots)), key=lambda i: (lots[i].priority, lots[i].age, i)):
        lot = lots[index]
        chosen = [i for i, line in enumerate(lines) if _within(line, lot.labels) and open_minor[i] > 0]
        part = min(due_minor, lot.left_minor, sum(open_minor[i] for i in chosen))
        if part <= 0:
            continue
        for i, share in zip(chosen, allocate(minor=part, weights=[open_minor[i] for i in chosen]), strict=True):
            open_minor[i] -= share
        due_minor -= part
        taken.append(Taken(index=index, amount_minor=part))
    return taken


@dataclass(frozen=True, slots=True)
class CreditLine:
    """What a credit note gives back for one line: before discount, the discount's share, and tax."""

    amount_minor: int
    discount_minor: int
    tax_minor: int

    @property
    def net_minor(self) -> int:
        return self.amount_minor - self.discount_minor


@dataclass(frozen=True, slots=True)
class Charged:
    """A line as it was charged, and what credit notes have given back for it so far."""

    line: Line
    credited: CreditLine = CreditLine(amount_minor=0, discount_minor=0, tax_minor=0)

    @property
    def left_minor(self) -> int:
        return self.line.amount_minor - self.credited.amount_minor


def credit_unused(*, charged: Charged, unused_days: int, days: int) -> CreditLine:
    """Credit for the unused days of a prorated line that was charged in advance.

    (The amount less earlier credits, at most) amount x unused days / days of the line, rounded once; discount and tax
    shrink in proportion, so a credit comes from what was charged, never from a price of today.
    """
    amount = round_half_away(numerator=charged.line.amount_minor * unused_days, denominator=days)
    return credit_amount(charged=charged, amount_minor=min(amount, charged.left_minor))


def credit_amount(*, charged: Charged, amount_minor: int) -> CreditLine:
    """Credit for `amount_minor` (before discount and tax) of a line; the last unit takes what is left of all three.

    Raises ValueError for more than is left of the line.
    """
    if not 0 <= amount_minor <= charged.left_minor:
        raise ValueError(f"At most {charged.left_minor} minor units are left of this line.")
    if amount_minor == charged.left_minor:
        return CreditLine(
            amount_minor=amount_minor,
            discount_minor=charged.line.discount_minor - charged.credited.discount_minor,
            tax_minor=charged.line.tax_minor - charged.credited.tax_minor,
        )
    line = charged.line
    return CreditLine(
        amount_minor=amount_minor,
        discount_minor=_in_proportion(
            of=line.discount_minor, used=charged.credited.discount_minor, part=amount_minor, whole=line.amount_minor
        ),
        tax_minor=_in_proportion(
            of=line.tax_minor, used=charged.credited.tax_minor, part=amount_minor, whole=line.amount_minor
        ),
    )


def _in_proportion(*, of: int, used: int, part: int, whole: int) -> int:
    """The rounded share of `of`, but never more than is left of it."""
    return min(round_half_away(numerator=of * part, denominator=whole), of - used)
