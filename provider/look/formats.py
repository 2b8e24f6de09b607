"""Numbers, amounts, days and instants as the reader writes them: English, Simplified and Traditional Chinese.

Pure functions of their arguments; `language` is one of the settings' codes, the active one where it is left out. A
period is half-open in the system; a reader is always shown the last day served.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.core import Locale
from babel.dates import format_date, format_datetime, get_timezone_location
from babel.lists import format_list
from babel.numbers import format_decimal, get_currency_name
from django.utils import timezone, translation
from django.utils.translation import gettext, ngettext

from provider.kernel.money import Money, exponent_of
from provider.kernel.sentences import Day, Days, Exact, Percent, Sentence, UnitPrice

_LOCALES: Final = {"en": "en_GB", "zh-hans": "zh_Hans_CN", "zh-hant": "zh_Hant_TW"}
_TAGS: Final = {"en": "en", "zh-hans": "zh-Hans", "zh-hant": "zh-Hant"}
# How each language writes an amount with its currency; where nothing is said, the code stands before the figure.
_MARKS: Final = {
    "CNY": "{} 元",
    "TWD": "NT${}",
    "HKD": "HK${}",
    "USD": "US${}",
    "EUR": "€{}",
    "JPY": "{} 日元",
}
_WHOLE_BY_HABIT: Final = frozenset({"TWD"})  # two decimals by ISO 4217, none on any price tag
_DAY: Final = {
    "en": {"long": "d MMMM y", "short": "d MMM y", "brief": "d MMM", "month": "MMMM y"},
    "zh": {"long": "y年M月d日", "short": "y-MM-dd", "brief": "M月d日", "month": "y年M月"},
}
_MINUS: Final = "−"
_EXACT_PLACES: Final = 6  # more would say nothing to a reader


def _language(language: str | None) -> str:
    code = (language or translation.get_language() or "en").lower()
    return code if code in _LOCALES else "en"


def locale_of(language: str | None = None) -> Locale:
    """Babel's locale for one of our languages."""
    return _locale(_LOCALES[_language(language)])


_NO_COUNTRIES: Final = frozenset({"ZZ", "EU", "EZ", "UN", "QO", "XA", "XB", "AN", "DG", "EA", "IC", "CP", "CQ"})


def countries() -> dict[str, str]:
    """Countries and regions by their two letters, named in the reader's language."""
    named = locale_of().territories.items()
    return {code: name for code, name in named if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES}


@cache
def _locale(name: str) -> Locale:
    return Locale.parse(name)


def language_tag(language: str | None = None) -> str:
    """The language as HTML and browsers write it: zh-Hans for zh-hans."""
    return _TAGS[_language(language)]


# --- Numbers and amounts ---


def number(value: int | Decimal | float | str, *, language: str | None = None, places: int | None = None) -> str:
    """A number with grouped thousands and a true minus sign; `places` fixes the decimals."""
    pattern = None if places is None else "#,##0" + ("." + "0" * places if places else "")
    written = str(format_decimal(Decimal(str(value)), format=pattern, locale=locale_of(language)))
    return written.replace("-", _MINUS)


def signed(value: int | Decimal, *, language: str | None = None, places: int | None = None) -> str:
    """A number that says its direction: +61,430 or −17,260."""
    written = number(value, language=language, places=places)
    return f"+{written}" if value > 0 else written


def amount(money: Money, *, language: str | None = None, is_signed: bool = False) -> str:
    """The figure without its currency, for columns whose heading names it."""
    write = signed if is_signed else number
    return write(money.amount, language=language, places=_least_places(money.amount, currency=money.currency))


def _least_places(value: Decimal | Fraction, *, currency: str) -> int:
    """Decimals that are written at least: those of the currency, but none of whole amounts where nobody uses cents.

    NT$599 and NT$169.60: a price tag in Taiwan has no cents, and where a bill really has some they are not hidden.
    """
    return 0 if currency in _WHOLE_BY_HABIT and value == int(value) else exponent_of(currency)


def money(value: Money, *, language: str | None = None, is_signed: bool = False) -> str:
    """An amount that stands alone, with its currency: CNY 598.00, 598.00 元, NT$4,725."""
    figure = amount(value, language=language, is_signed=is_signed)
    code = _language(language)
    if code == "en" or value.currency not in _MARKS:
        return f"{value.currency} {figure}"
    mark = _MARKS[value.currency]
    sign = figure[0] if figure[0] in (_MINUS, "+") and not mark.startswith("{}") else ""
    return sign + mark.format(figure.removeprefix(sign))


def currency(code: str, *, language: str | None = None) -> str:
    """The currency in a heading: CNY, 人民币, 新台幣."""
    if _language(language) == "en":
        return code
    return str(get_currency_name(code, locale=locale_of(language)))


def percent(value: Decimal | float, *, language: str | None = None, places: int = 0) -> str:
    """A share that is given as a fraction: 0.062 is “6%”."""
    return percents(Decimal(str(value)) * 100, language=language, places=places)


def percents(value: Decimal | float, *, language: str | None = None, places: int | None = None) -> str:
    """A share that is given in percent: 6 is “6%”."""
    return f"{number(value, language=language, places=places)}%"


def zone(name: str, *, language: str | None = None) -> str:
    """A time zone by its city: Shanghai, 上海; one without a city by its name."""
    return get_timezone_location(name, locale=locale_of(language), return_city=True) if "/" in name else name


def size(size_bytes: int, *, language: str | None = None) -> str:
    """A file's size: 512 B, 6.1 GB."""
    amount_left = Decimal(size_bytes)
    units = ["B", "KB", "MB", "GB", "TB"]
    while amount_left >= 1000 and len(units) > 1:
        amount_left /= 1000
        units.pop(0)
    unit = units[0]
    places = 0 if unit == "B" or amount_left >= 100 else 1
    return f"{number(amount_left, language=language, places=places)} {unit}"


def separator(*, language: str | None = None) -> str:
    """What stands between the items of a list that no sentence closes: A, B, C or A、B、C."""
    return ", " if _language(language) == "en" else "、"


def listed(things: Iterable[object], *, language: str | None = None) -> str:
    """A list where a sentence does not close it: “A, B, C”, “A、B、C”."""
    return separator(language=language).join(str(thing) for thing in things)


def bracketed(text: str, *, language: str | None = None) -> str:
    """A remark behind a word, in the language's own brackets: Owed (CNY), 欠额（人民币）."""
    return f" ({text})" if _language(language) == "en" else f"（{text}）"


def in_words(things: Sequence[str], *, language: str | None = None) -> str:
    """A list as a sentence holds it: “A, B and C”, “A、B和C”."""
    return str(format_list(list(things), locale=locale_of(language)))


def unit_price(price: UnitPrice, *, language: str | None = None) -> str:
    """The price of one unit, unrounded, with at least its currency's decimals: 31.00, 0.065; NT$599 as 599."""
    exponent = price.amount.normalize().as_tuple().exponent
    decimals = -exponent if isinstance(exponent, int) else 0
    return number(
        price.amount, language=language, places=max(decimals, _least_places(price.amount, currency=price.currency))
    )


def exact(value: Exact, *, language: str | None = None) -> str:
    """An amount before rounding: six decimals at most, and dots where there would be more."""
    least = _least_places(value.amount, currency=value.currency)
    millionths = value.amount * 10**_EXACT_PLACES
    cut = Decimal(int(millionths)).scaleb(-_EXACT_PLACES)
    if millionths.denominator != 1:
        return f"{number(cut, language=language, places=_EXACT_PLACES)}…"
    exponent = cut.normalize().as_tuple().exponent
    return number(cut, language=language, places=max(-exponent if isinstance(exponent, int) else 0, least))


def sentence(said: Sentence, *, language: str | None = None) -> str:
    """What a rule has to say, in the reader's language, each fact written by its kind."""
    code = _language(language)
    facts = {name: _fact(fact, language=code) for name, fact in said.facts.items()}
    with translation.override(code):
        text = gettext(said.text)
    return text % facts if facts else text


def _fact(fact: object, *, language: str) -> str:
    writers: dict[type, Callable[[Any], str]] = {
        bool: str,
        int: lambda value: number(value, language=language),
        Decimal: lambda value: number(value, language=language),
        Money: lambda value: money(value, language=language),
        UnitPrice: lambda value: unit_price(value, language=language),
        Exact: lambda value: exact(value, language=language),
        Percent: lambda value: percents((value.share * 100).normalize(), language=language),
        Day: lambda value: day(value.day, language=language),
        Days: lambda value: period(value.start, value.end, language=language),
        Sentence: lambda value: sentence(value, language=language),
    }
    writer = writers.get(type(fact))
    return writer(fact) if writer else str(fact)


# --- Days, periods, instants ---


def _pattern(language: str | None, style: str) -> str:
    return _DAY["en" if _language(language) == "en" else "zh"][style]


def day(value: date, *, language: str | None = None, style: str = "long") -> str:
    """A day: long in sentences, short in tables, brief where the year is clear; or just its month."""
    return str(format_date(value, format=_pattern(language, style), locale=locale_of(language)))


def paid_until(end: date, *, language: str | None = None) -> str:
    """The last day served of a period whose (excluded) end is `end`, and that it is included."""
    last = day(end - timedelta(days=1), language=language)
    with translation.override(_language(language)):
        return gettext("%(day)s, that day included") % {"day": last}


def period(start: date, end: date, *, language: str | None = None) -> str:
    """From the first to the last day served of the half-open period."""
    last = end - timedelta(days=1)
    if last <= start:
        return day(start, language=language)
    if _language(language) == "en":
        return _english_period(start, last)
    is_one_year = start.year == last.year
    return f"{day(start, language=language)}至{day(last, language=language, style='brief' if is_one_year else 'long')}"


def _english_period(start: date, last: date) -> str:
    if (start.year, start.month) == (last.year, last.month):
        return f"{start.day}–{day(last, language='en')}"
    if start.year == last.year:
        return f"{format_date(start, format='d MMMM', locale='en_GB')} – {day(last, language='en')}"
    return f"{day(start, language='en')} – {day(last, language='en')}"


def _zone(zone: ZoneInfo | None) -> ZoneInfo:
    active = zone or timezone.get_current_timezone()
    return active if isinstance(active, ZoneInfo) else ZoneInfo("UTC")


def instant(value: datetime, *, language: str | None = None, zone: ZoneInfo | None = None, style: str = "short") -> str:
    """An instant on the reader's clock: 24 Nov 2026, 09:12."""
    chosen = _zone(zone)
    gap = ", " if _language(language) == "en" and style != "brief" else " "
    pattern = f"{_pattern(language, style)}'{gap}'HH:mm"
    return str(format_datetime(value, format=pattern, tzinfo=chosen, locale=locale_of(language)))


def full_instant(value: datetime, *, language: str | None = None, zone: ZoneInfo | None = None) -> str:
    """The whole instant with its zone: 24 November 2026, 09:12:33 Asia/Shanghai (UTC+08:00)."""
    chosen = _zone(zone)
    clock = format_datetime(value, format="HH:mm:ss", tzinfo=chosen, locale=locale_of(language))
    offset = value.astimezone(chosen).strftime("%z")
    gap = ", " if _language(language) == "en" else " "
    return (
        f"{day(value.astimezone(chosen).date(), language=language)}{gap}{clock} {chosen.key}"
        f" (UTC{offset[:3]}:{offset[3:]})"
    )


def span(value: timedelta, *, language: str | None = None) -> str:
    """A length of time in its largest unit: 3 s, 41 min, 5 h, 2 days."""
    seconds = max(0, int(value.total_seconds()))
    with translation.override(_language(language)):
        if seconds < 60:
            return gettext("%(count)s s") % {"count": seconds}
        if seconds < 3600:
            return gettext("%(count)s min") % {"count": seconds // 60}
        if seconds < 48 * 3600:
            return gettext("%(count)s h") % {"count": seconds // 3600}
        days = seconds // 86400
        return ngettext("%(count)s day", "%(count)s days", days) % {"count": number(days, language=language)}
