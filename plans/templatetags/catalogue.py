"""How plans are worded, for templates of every package."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import template
from django.utils import translation
from django.utils.translation import gettext, ngettext

from plans.models import PlanVersion
from plans.queries.stories import Kept
from plans.rules.calendar import Interval
from plans.rules.catalogue import Charge, Difference, Entitlement, Unnamed, words
from provider.accounts.models import Language
from provider.kernel.sentences import Sentence, UnitPrice
from provider.look.formats import in_words, listed, number, sentence, unit_price

register = template.Library()

_SUFFIXES = {"zh-hans": "_hans", "zh-hant": "_hant"}
_PLACES = {"zh-hans": 1, "zh-hant": 2}
_AMOUNTS = {"price", "minimum", "fixed", "min_per_event", "max_per_event", "free_total"}


def _joined(said: Sequence[Sentence]) -> str:
    parts = [sentence(one) for one in said]
    return ("; " if (translation.get_language() or "en") == "en" else "；").join(parts)


@register.filter
def own_name(row: Any, member: str = "name") -> str:
    """The name of a plan or a meter in the reader's language, else its English one."""
    suffix = _SUFFIXES.get(translation.get_language() or "en", "")
    return str(getattr(row, member + suffix, "") or getattr(row, member))


def name_in(names: Mapping[str, str] | None, *, code: str) -> str:
    """The reader's of the names that a query gathered, else the English one, else the code."""
    own = f"name{_SUFFIXES.get(translation.get_language() or 'en', '')}"
    return str((names or {}).get(own) or (names or {}).get("name") or code)


@register.filter
def subscriptions(count: int) -> str:
    """So many of them."""
    return ngettext("%(count)s subscription", "%(count)s subscriptions", count) % {"count": number(count)}


def versions_to_tick(counted: Iterable[tuple[PlanVersion, int]]) -> list[tuple[str, str]]:
    """Versions to choose from, each with how many have it now."""
    return [
        (
            str(one.pk),
            gettext("Version %(number)s (%(counted)s)") % {"number": one.number, "counted": subscriptions(count)},
        )
        for one, count in counted
    ]


@register.filter
def waits(kept: Sequence[Kept]) -> bool:
    """Whether a story has yet to be played with what stands there now."""
    return any(one.state == "waiting" for one in kept)


@register.filter
def charge_name(charge: Charge) -> str:
    """The name of a charge in the reader's language, else its English one, else its code."""
    own = charge.names[_PLACES.get(translation.get_language() or "en", 0)]
    return own or charge.names[0] or charge.code


@register.filter
def missing_name(unnamed: Unnamed) -> str:
    """What lacks a name and in which languages: Charge “Base fee”: 简体中文, 繁體中文."""
    called = next((name for name in unnamed.names if name), unnamed.code)
    facts = {"name": called, "languages": listed([str(Language(code).label) for code in unnamed.languages])}
    return gettext(words.MISSING_NAMES[unnamed.kind]) % facts


@register.simple_tag
def costs(charge: Charge, currency: str, interval: Interval) -> str:
    """What a charge costs, in words."""
    return _joined(words.cost(charge, currency=currency, interval=interval))


@register.filter
def billed(charge: Charge) -> str:
    """When a charge is billed, in words."""
    return _joined(words.billed(charge))


@register.filter
def each(interval: Interval) -> str:
    """ "a month"."""
    return sentence(words.each(interval))


@register.filter
def worded(said: Sentence) -> str:
    """A sentence of a rule, in the reader's language."""
    return sentence(said)


@register.filter
def model_name(model: str) -> str:
    """What a charge model is called."""
    return gettext(words.MODEL_NAMES.get(model, model))


@register.filter
def kind_of_price(charge: Charge) -> str:
    """What the kind of price of a charge is called."""
    return model_name(words.model_of(charge))


@register.filter
def model_text(model: str) -> str:
    """What a charge model is for."""
    return gettext(words.MODEL_TEXTS.get(model, model))


@register.filter
def aggregate_name(aggregate: str) -> str:
    """How a meter counts."""
    return gettext(words.AGGREGATE_NAMES.get(aggregate, aggregate))


@register.filter
def feature_name(feature: str) -> str:
    """What an entitlement is called."""
    return gettext(words.FEATURES.get(feature, feature))


@register.filter
def allowance(allowed: Entitlement, feature: str) -> str:
    """How much of a feature a plan allows: what is counted has a limit or none, a module is there or not."""
    if allowed.limit is not None:
        return gettext("at most %(limit)s") % {"limit": number(allowed.limit)}
    return gettext("without limit") if feature in words.FEATURES else gettext("included")


@register.filter
def why_unmatched(why: str) -> str:
    """Why an event counts for nobody."""
    return gettext(words.WHYS.get(why, why))


@register.filter
def member_name(difference: Difference) -> str:
    """Which place of a version differs."""
    return gettext(words.MEMBER_NAMES.get(difference.member, difference.member))


@register.filter
def changed_charge(difference: Difference) -> str:
    """The name of the charge that differs, in the reader's language; its code where it has none."""
    if not difference.names:
        return difference.charge
    own = difference.names[_PLACES.get(translation.get_language() or "en", 0)]
    return own or difference.names[0] or difference.charge


@register.filter
def is_amount(difference: Difference) -> bool:
    """Whether both sides are plain amounts of a currency."""
    return bool(difference.currency) and difference.member in _AMOUNTS


@register.simple_tag
def side_of(difference: Difference, side: str) -> str:
    """What was, or what is: an amount with its currency's decimals, else as `shown_value` says it."""
    value = getattr(difference, side)
    if not is_amount(difference) or value in (None, ""):
        return shown_value(value)
    return unit_price(UnitPrice(Decimal(str(value)), difference.currency))


@register.filter
def shown_value(value: Any) -> str:
    """One side of a difference, short enough for a table."""
    if value is None or value in ("", []):
        return "—"
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, dict) and "up_to" in value:
        once = f" + {value['flat']}" if value["flat"] != "0" else ""
        return f"{'≤ ' + value['up_to'] if value['up_to'] else '∞'}: {value['unit']}{once}"
    if isinstance(value, dict):
        return in_words([f"{feature_name(name)} {shown_value(part)}" for name, part in value.items()])
    if isinstance(value, list):
        return " · ".join(shown_value(part) for part in value)
    return str(value)
