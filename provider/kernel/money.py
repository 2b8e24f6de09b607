"""Money as integers in minor units, and the few ways in which it may be rounded, split and converted.

No float comes near an amount. Every rounding in the product goes through `round_half_away`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

# Decimal places of the minor unit, after ISO 4217; every currency that is not named here has two.
_EXPONENTS: Final[dict[str, int]] = {
    **dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies met in one sum."""


def exponent_of(currency: str) -> int:
    """How many decimal places the minor unit of `currency` (ISO 4217, upper case) has."""
    return _EXPONENTS.get(currency, 2)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of one currency: `Money(minor=12345, currency="CNY")` is 123.45 yuan."""

    minor: int
    currency: str

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __bool__(self) -> bool:
        return self.minor != 0

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} do not add up.")

    @property
    def amount(self) -> Decimal:
        """The amount in major units, with the decimal places of its currency."""
        return to_decimal(minor=self.minor, currency=self.currency)


def round_half_away(*, numerator: int, denominator: int) -> int:
    """The integer nearest to the fraction; a tie goes away from zero, so that a credit mirrors its charge."""
    assert denominator != 0
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    doubled = 2 * abs(numerator) + denominator
    rounded = doubled // (2 * denominator)
    return rounded if numerator >= 0 else -rounded


def round_to_minor(*, amount: Decimal, currency: str) -> int:
    """An exact amount in major units, rounded once to minor units."""
    numerator, denominator = amount.as_integer_ratio()
    return round_half_away(numerator=numerator * int(10 ** exponent_of(currency)), denominator=denominator)


def exact_minor(*, amount: Decimal, currency: str) -> int:
    """Minor units of an amount in major units that must not need rounding; raises ValueError if it does."""
    numerator, denominator = amount.as_integer_ratio()
    scaled = numerator * int(10 ** exponent_of(currency))
    if scaled % denominator:
        raise ValueError(f"{amount} has more decimal places than {currency} allows.")
    return scaled // denominator


def to_decimal(*, minor: int, currency: str) -> Decimal:
    """Minor units as an exact decimal in major units: 12345 CNY is Decimal("123.45")."""
    return Decimal(minor).scaleb(-exponent_of(currency))


def allocate(*, minor: int, weights: Sequence[int]) -> list[int]:
    """Split `minor` in proportion to `weights` (none negative, not all 0); the parts always sum to the whole.

    Largest remainder: every share is floored, then the units left over go one by one to the largest fractions, the
    earlier first. A negative amount is split as its positive mirror.
    """
    total = sum(weights)
    if total <= 0 or any(weight < 0 for weight in weights):
        raise ValueError("Weights must not be negative and must not all be zero.")
    sign = -1 if minor < 0 else 1
    whole = abs(minor)
    shares = [whole * weight // total for weight in weights]
    by_fraction = sorted(range(len(weights)), key=lambda i: (-(whole * weights[i] % total), i))
    for i in by_fraction[: whole - sum(shares)]:
        shares[i] += 1
    assert sum(shares) == whole
    return [sign * share for share in shares]


def totals_by_currency(amounts: Iterable[Money]) -> dict[str, int]:
    """The sum of minor units per currency."""
    totals: dict[str, int] = {}
    for amount in amounts:
        totals[amount.currency] = totals.get(amount.currency, 0) + amount.minor
    return totals
