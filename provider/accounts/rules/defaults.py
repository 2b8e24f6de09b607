"""Sensible first values for somebody who has told us nothing yet: guessed, always editable."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from provider.kernel import clock

ZONE_COOKIE: Final = "tz"  # set by static/accounts/time_zone.js
CURRENCIES: Final = ("CNY", "TWD", "HKD", "MOP", "SGD", "MYR", "JPY", "KRW", "USD", "EUR", "GBP", "AUD")

# Countries whose people are most often met; the form offers all others below them.
FIRST_COUNTRIES: Final = ("CN", "TW", "HK", "MO", "SG", "MY")

_COUNTRY_OF_ZONE: Final = {
    "Asia/Shanghai": "CN", "Asia/Urumqi": "CN", "Asia/Chongqing": "CN", "Asia/Harbin": "CN", "PRC": "CN",
    "Asia/Taipei": "TW", "Asia/Hong_Kong": "HK", "Asia/Macau": "MO", "Asia/Singapore": "SG",
    "Asia/Kuala_Lumpur": "MY", "Asia/Tokyo": "JP", "Asia/Seoul": "KR",
}  # fmt: skip
_COUNTRY_OF_LANGUAGE: Final = {"zh-hant": "TW", "zh-hans": "CN"}


@dataclass(frozen=True, slots=True)
class RegionFacts:
    """What a guess needs to know of a region."""

    code: str
    country: str
    time_zone: str


def known_zone(name: str) -> str:
    """What a browser told as its time zone, if it is one that we know, else ''."""
    return name if name in clock.zone_names() else ""


def guess_country(*, time_zone: str, language: str, fallback: str = "CN") -> str:
    """By the browser's zone first, because a language is spoken in many places."""
    return _COUNTRY_OF_ZONE.get(time_zone) or _COUNTRY_OF_LANGUAGE.get(language) or fallback


def fitting_currency(wanted: str, *, sold: Sequence[str]) -> str:
    """The wanted currency if something is sold in it, else the dollar, else the first of those that are."""
    if not sold or wanted in sold:
        return wanted
    return "USD" if "USD" in sold else sold[0]


def guess_region(*, regions: Iterable[RegionFacts], time_zone: str, language: str) -> str:
    """The open region nearest to the reader: same country, else same zone, else the first; empty if there is none."""
    offered = list(regions)
    country = guess_country(time_zone=time_zone, language=language)
    near = [region for region in offered if region.country == country]
    near = near or [region for region in offered if region.time_zone == time_zone]
    return next((region.code for region in near or offered), "")
