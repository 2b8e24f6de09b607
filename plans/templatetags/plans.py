"""Words of plans in templates: what a plan or charge is called, and how an account stands."""

from __future__ import annotations

from typing import Any, Final
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from plans.rules.calendar import Interval
from plans.rules.catalogue.words import EACH_PRICE, each, length
from plans.rules.outlook import Turn
from plans.rules.words import ACCESS_CAUSES, ACCESS_STATES, STRETCH_CAUSES, SUBSCRIPTION_STATES, WAYS_TO_PAY
from provider.accounts.models import Language
from provider.kernel.clock import local_day
from provider.kernel.errors import N_
from provider.kernel.money import Money
from provider.kernel.sentences import Sentence
from provider.look import formats

from .catalogue import name_in

register = template.Library()

_KINDS: Final = {"trial": "accent", "active": "ok", "grace": "warn", "dormant": "bad"}
_TURNS: Final = {
    "billed": N_("It goes on. The next invoice comes on %(day)s."),
    "active": N_("On %(day)s the trial ends, and the first paid day begins."),
    "seats_end": N_("From %(day)s on no card pays for seats: they are charged as the plan says."),
    "changed": N_("On %(day)s the plan changes as it was chosen."),
    "grace": N_("From %(day)s on grace runs: everything goes on working, nothing new is charged."),
    "dormant": N_("On %(day)s the account goes to sleep. Nothing is deleted, and renewing wakes it within seconds."),
}
_SUBSCRIPTION_KINDS: Final = {"scheduled": "accent", "active": "ok", "paused": "warn", "ended": ""}


@register.filter
def plan_name(named: Any) -> str:
    """The name of a plan, charge or meter in the reader's language; the first one where nobody translated it."""
    if named is None:
        return ""
    names = {Language.SIMPLIFIED.value: named.name_hans, Language.TRADITIONAL.value: named.name_hant}
    return str(names.get(get_language() or "") or named.name or getattr(named, "code", ""))


@register.filter
def charge_of_period(period: Any) -> str:
    """The name of the charge that a period is of, in the reader's language; its code where it has no name."""
    return name_in(period.charge_names, code=period.charge_code)


@register.simple_tag
def plan_summary(plan: Any) -> str:
    """What a plan says of itself in the reader's language."""
    said = {Language.SIMPLIFIED.value: plan.summary_hans, Language.TRADITIONAL.value: plan.summary_hant}
    return str(said.get(get_language() or "") or plan.summary)


@register.simple_tag
def price_each(price: Money, months: int, days: int) -> str:
    """A price with how often it is due, in the order of the reader's language: CNY 199.00 a month, 每月 199.00 元."""
    often = each(Interval(months=0 if days else months, days=days))
    return formats.sentence(Sentence(EACH_PRICE, {"price": price, "each": often}))


@register.simple_tag
def lasting(months: int, days: int) -> str:
    """How long a time is, in words: 2 years 6 months 30 days."""
    years, over = divmod(months, 12)
    parts = [(12 * years, 0), (over, 0), (0, days)]
    return " ".join(formats.sentence(length(Interval(*part))) for part in parts if any(part))


@register.filter
def access_word(state: str) -> str:
    """The state of access in words."""
    return _(ACCESS_STATES[state]) if state in ACCESS_STATES else _("No subscription")


@register.filter
def access_kind(state: str) -> str:
    """The colour that goes with the word."""
    return _KINDS.get(state, "")


@register.filter
def access_cause(cause: str) -> str:
    """Why a spell began, in words."""
    return _(ACCESS_CAUSES[cause]) if cause in ACCESS_CAUSES else cause


@register.filter
def subscription_word(status: str) -> str:
    """The status of a subscription in words."""
    return _(SUBSCRIPTION_STATES.get(status, status))


@register.filter
def subscription_kind(status: str) -> str:
    """The colour that goes with the word."""
    return _SUBSCRIPTION_KINDS.get(status, "")


@register.filter
def pays_word(pays: str) -> str:
    """How a subscription is paid, in words."""
    return _(WAYS_TO_PAY.get(pays, pays))


@register.filter
def stretch_cause(cause: str) -> str:
    """Why a stretch began or ended, in words."""
    return _(STRETCH_CAUSES[cause]) if cause in STRETCH_CAUSES else cause


@register.simple_tag
def turn_text(turn: Turn, zone: str = "") -> str:
    """A turn that comes by itself, as a sentence with its day."""
    day = local_day(at=turn.at, zone=ZoneInfo(zone) if zone else ZoneInfo(timezone.get_current_timezone_name()))
    return _(_TURNS[turn.becomes]) % {"day": formats.day(day, style="long")}
