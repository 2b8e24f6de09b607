"""What endpoints of money share: amounts in major units, exact to the smallest, and what a preview showed."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from invoices.errors import AmountTooFine
from provider.kernel.errors import N_
from provider.kernel.machine_doors import Answer
from provider.kernel.money import Money, exact_minor, exponent_of, to_decimal

Expected = Annotated[
    str | None,
    Field(
        max_length=64,
        description=N_(
            "The `fingerprint` of a preview: if the act would make something else by now, it is refused "
            "(409 `facts_changed`)."
        ),
    ),
]
Amount = Annotated[Decimal, Field(ge=0, le=1_000_000_000_000, decimal_places=8)]


def money_of(amount: Decimal, *, currency: str, field: str = "amount") -> Money:
    """What was sent, as money. Raises `AmountTooFine`: nothing is rounded in silence."""
    try:
        return Money(exact_minor(amount=amount, currency=currency), currency)
    except ValueError as error:
        raise AmountTooFine(field=field, currency=currency, count=exponent_of(currency)) from error


def plain(number: Decimal) -> str:
    """A quantity as it is answered: without zeros that say nothing."""
    return f"{number.normalize():f}"


def told(minor: int, *, currency: str) -> str:
    """What is answered."""
    return str(to_decimal(minor=minor, currency=currency))


class SumShown(Answer):
    """A sum in one currency."""

    currency: Annotated[str, Field(examples=["CNY"])]
    amount: Annotated[str, Field(examples=["12054.00"])]

    @classmethod
    def of(cls, money: Money) -> SumShown:
        return cls(currency=money.currency, amount=str(money.amount))
