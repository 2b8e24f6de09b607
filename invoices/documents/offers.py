"""What coupons and balances do, in words: the same while they are typed, on their pages and for who has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from invoices.models import BalanceLot
from invoices.rules.offers import CouponTerms
from plans.rules.catalogue.naming import Names, in_language
from provider.kernel.clock import local_day
from provider.kernel.money import Money
from provider.look import formats
from provider.look.tables import Badge

Lines = Mapping[str, Mapping[str, Names]]


def says(terms: CouponTerms, *, lines: Lines, zone: ZoneInfo) -> list[str]:
    """What it takes off, of what, and when it is given; nothing while that is not typed yet."""
    return list(_sentences(terms, lines=lines, zone=zone)) if worth(terms) else []


def worth(terms: CouponTerms) -> str:
    """How much it takes off: a percentage or an amount."""
    if terms.percent is not None:
        exact = terms.percent.normalize()
        return formats.percents(exact, places=max(0, -int(exact.as_tuple().exponent)))
    return formats.money(terms.amount) if terms.amount else ""


def lasting(times: int | None) -> str:
    """On how many invoices, in a few words."""
    if times is None:
        return _("on every invoice")
    return ngettext("on %(count)s invoice", "on %(count)s invoices", times) % {"count": formats.number(times)}


def only_in_words(only: Mapping[str, Sequence[str]], *, lines: Lines) -> str:
    """The lines that something is limited to; empty where it is all of them."""
    kinds = {"plans": _("the plan %(name)s"), "charges": _("the charge %(name)s"), "meters": _("the meter %(name)s")}
    named = [
        kinds[kind] % {"name": name_of(code, names=lines.get(kind, {}))}
        for kind, codes in only.items()
        for code in codes
    ]
    return formats.in_words(named)


def name_of(code: str, *, names: Mapping[str, Names]) -> str:
    """What a plan, charge or meter is called; its code where it has no name."""
    return in_language(names.get(code, ("", "", "")), get_language() or "en") or code


def line_choices(lines: Lines) -> dict[str, list[tuple[str, str]]]:
    """What something may be limited to, as forms offer it: by name, with its code."""
    return {kind: [(code, _label(code, names)) for code in names] for kind, names in lines.items()}


def _label(code: str, names: Mapping[str, Names]) -> str:
    name = name_of(code, names=names)
    return name if name == code else f"{name} ({code})"


def _sentences(terms: CouponTerms, *, lines: Lines, zone: ZoneInfo) -> Iterator[str]:
    facts = {"worth": worth(terms), "count": formats.number(terms.times or 0)}
    if terms.times is None:
        yield _("Takes %(worth)s off every invoice of whoever has it, before tax.") % facts
    elif terms.times == 1:
        yield _("Takes %(worth)s off the next invoice of whoever has it, before tax.") % facts
    else:
        yield _("Takes %(worth)s off each of the next %(count)s invoices of whoever has it, before tax.") % facts
    if only := only_in_words(terms.only, lines=lines):
        yield _("Only lines of %(names)s count; an invoice without them does not use it up.") % {"names": only}
    if terms.amount is not None:
        yield _("What an invoice leaves of the amount is not carried over.")
    yield _given(terms, zone=zone)


def _given(terms: CouponTerms, *, zone: ZoneInfo) -> str:
    first = formats.day(local_day(at=terms.starts_at, zone=zone)) if terms.starts_at else ""
    last_on = last_day(terms.expires_at, zone=zone.key)
    last = formats.day(last_on) if last_on else ""
    facts = {"first": first, "last": last}
    if first and last:
        return _("It is given from %(first)s to %(last)s; who has it by then keeps it.") % facts
    if first:
        return _("It is given from %(first)s on, until it is closed.") % facts
    if last:
        return _("It is given until %(last)s, that day included; who has it by then keeps it.") % facts
    return _("It is given until it is closed.")


def last_day(instant: datetime | None, *, zone: str) -> date | None:
    """The last day, in a zone, of what ends at an instant."""
    return None if instant is None else local_day(at=instant - timedelta(microseconds=1), zone=ZoneInfo(zone))


def coupon_badge(state: str) -> Badge:
    """How a coupon stands, in a word."""
    words = {
        "open": Badge(_("Can be given"), "ok"),
        "planned": Badge(_("Given later"), "accent"),
        "over": Badge(_("Its days are over"), ""),
        "closed": Badge(_("Closed"), ""),
    }
    return words[state]


def held_badge(state: str) -> Badge:
    """How a coupon of an account stands, in a word."""
    words = {
        "running": Badge(_("Running"), "ok"),
        "used_up": Badge(_("Used up"), ""),
        "ended": Badge(pgettext("coupon", "Ended"), ""),
    }
    return words[state]


def lot_amount(minor: int, *, lot: BalanceLot) -> str:
    """Money, or points, which have no currency."""
    return formats.number(minor) if lot.unit == "points" else formats.money(Money(minor, lot.currency))


def lot_badge(state: str) -> Badge:
    """How a top-up stands, in a word."""
    words = {
        "usable": Badge(_("Can be used"), "ok"),
        "expired": Badge(_("Expired"), "bad"),
        "empty": Badge(_("Used up"), ""),
    }
    return words[state]


def source_word(kind: str) -> str:
    """What gave a top-up."""
    words = {
        "transfer": _("Money that arrived"),
        "gift": _("Given away"),
        "card_redemption": _("Renewal card"),
        "card_bonus_money": _("Promotion"),
        "card_bonus_points": _("Promotion"),
        "card_points": _("Renewal card"),
        "point_exchange": _("Exchanged points"),
    }
    return words.get(kind, kind)
