"""How customers pay at a counter: by country, for a till offers what people there have in their pockets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_USUAL: Final = ("cash", "wechat_pay", "alipay", "bank_card", "other")
_IN_COUNTRY: Final[Mapping[str, tuple[str, ...]]] = {
    "TW": ("cash", "credit", "line_pay", "jkopay", "easycard", "other"),
    "HK": ("cash", "octopus", "fps", "credit", "alipay", "wechat_pay", "other"),
}
_COUNTRY_OF_CURRENCY: Final = {"TWD": "TW", "HKD": "HK"}


def ways_at(*, country: str, currency: str) -> tuple[str, ...]:
    """The ways that a till offers, the commonest first; a shop that names no country is where its money is from."""
    return _IN_COUNTRY.get(country or _COUNTRY_OF_CURRENCY.get(currency, ""), _USUAL)
