"""Where an SMS may go, through whom, and at what price: by country and by the longest matching prefix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final, TypeVar

import phonenumbers

ANY: Final = "*"
Entry = TypeVar("Entry")


def country_of(number: str) -> str:
    """The ISO country of an E.164 number, or an empty text when it belongs to none."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.region_code_for_number(parsed) or ""


def is_number(number: str) -> bool:
    """Whether this is a possible number written in E.164: a plus, the country, the number, digits only."""
    if not (number.startswith("+") and number[1:].isascii() and number[1:].isdecimal() and len(number) <= 16):
        return False
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(number, None))
    except phonenumbers.NumberParseException:
        return False


def longest_match(*, number: str, table: Mapping[str, Entry]) -> Entry | None:
    """The entry with the longest prefix of `number`, else the one for `*`, else None."""
    for end in range(len(number), 1, -1):
        if number[:end] in table:
            return table[number[:end]]
    return table.get(ANY)


def gateways_for(*, number: str, routes: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The gateways for a number, the first choice first."""
    return tuple(longest_match(number=number, table=routes) or ())


def price_per_part(*, number: str, prices: Mapping[str, Decimal]) -> Decimal:
    """What one part to this number costs; a number without a price costs the dearest, so that no cap is undershot."""
    price = longest_match(number=number, table=prices)
    return price if price is not None else max(prices.values(), default=Decimal(0))
