"""What a card would give an account: the promise that is shown first and kept to the day.

Days are local days of the account, spans half-open: a term that ends on 24 January is served up to the 23rd, that day
included. Where the paid end lies ahead the term begins there and the anchor stays; in a trial it begins when the trial
would have ended; after a lapse, or where nothing was ever paid, on the day of redemption. A card of another plan is
converted by value into periods of the account's own plan, the last day rounded up in the holder's favour; its value is
all in that time, so it brings no seats.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from plans.rules.calendar import Interval
from provider.kernel.money import round_half_away

Beginning = Literal["paid_end", "trial_end", "today"]


class NotConvertible(ValueError):
    """The card is of another plan, and its value cannot be turned into time on the account's plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where an account stands on `today`: its plan, and until when it is paid, or on trial."""

    today: date
    plan: str
    interval: Interval
    period_price_minor: int
    currency: str
    anchor_day: int
    paid_until: date | None = None  # the first day that is not paid any more
    trial_until: date | None = None  # the first day after the trial


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a card gives: months or days on a plan; "" is any plan. `face_minor` is what it is worth when converted."""

    plan: str
    months: int = 0
    days: int = 0
    bonus_months: int = 0
    bonus_days: int = 0
    seats: int = 0  # that are paid for while the time runs; a card that is converted has none
    face_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The promise: the term [begins_on, ends_on), and how it came about."""

    beginning: Beginning
    old_end: date | None  # the first day not paid before; None where nothing was
    begins_on: date
    ends_on: date
    anchor_day: int
    kept_days: int  # of the time that is there already
    months: int
    days: int
    bonus_months: int
    bonus_days: int
    is_converted: bool
    seats: int
    per_month_minor: int
    currency: str

    @property
    def term_days(self) -> int:
        return (self.ends_on - self.begins_on).days


def quote(*, standing: Standing, grant: Grant) -> Quote:
    """What the card would do for the account today."""
    beginning, begins_on = _beginning(standing)
    anchor_day = standing.anchor_day if beginning == "paid_end" else begins_on.day
    is_converted = bool(grant.plan) and grant.plan != standing.plan
    if is_converted:
        months, days, ends_on = _converted(standing=standing, grant=grant, begins_on=begins_on, anchor_day=anchor_day)
    else:
        months, days = grant.months, grant.days
        ends_on = later(day=begins_on, months=months, days=days, anchor_day=anchor_day)
    with_bonus = later(day=ends_on, months=grant.bonus_months, days=grant.bonus_days, anchor_day=anchor_day)
    assert with_bonus > begins_on
    return Quote(
        beginning=beginning,
        old_end=standing.paid_until if beginning != "trial_end" else standing.trial_until,
        begins_on=begins_on,
        ends_on=with_bonus,
        anchor_day=anchor_day,
        kept_days=(begins_on - standing.today).days,
        months=months,
        days=days,
        bonus_months=grant.bonus_months,
        bonus_days=grant.bonus_days,
        is_converted=is_converted,
        seats=0 if is_converted else grant.seats,
        per_month_minor=_per_month(grant=grant, months=months + grant.bonus_months, days=days + grant.bonus_days),
        currency=grant.currency,
    )


def _beginning(standing: Standing) -> tuple[Beginning, date]:
    if standing.paid_until is not None and standing.paid_until > standing.today:
        return "paid_end", standing.paid_until
    if standing.trial_until is not None and standing.trial_until > standing.today:
        return "trial_end", standing.trial_until
    return "today", standing.today


def later(*, day: date, months: int, days: int, anchor_day: int) -> date:
    """`months` and then `days` after `day`. A day that is the anchor's in its month is so in the later month too."""
    if months:
        wanted = anchor_day if day.day == min(anchor_day, _length_of(day.year, day.month)) else day.day
        year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
        day = date(year, month + 1, min(wanted, _length_of(year, month + 1)))
    return day + timedelta(days=days)


def _length_of(year: int, month: int) -> int:
    return monthrange(year, month)[1]


def _converted(*, standing: Standing, grant: Grant, begins_on: date, anchor_day: int) -> tuple[int, int, date]:
    """Months, days and end that the face buys on the account's plan: whole periods, then days of the next one."""
    price = standing.period_price_minor
    if price <= 0 or grant.face_minor <= 0 or grant.currency != standing.currency:
        raise NotConvertible
    whole, rest = divmod(grant.face_minor, price)
    interval = standing.interval
    months, days = whole * interval.months, whole * interval.days
    end = later(day=begins_on, months=months, days=days, anchor_day=anchor_day)
    if rest:
        following = later(day=end, months=interval.months, days=interval.days, anchor_day=anchor_day)
        part = -(-rest * (following - end).days // price)
        days, end = days + part, end + timedelta(days=part)
    return months, days, end


def _per_month(*, grant: Grant, months: int, days: int) -> int:
    """The face over the time, a day being a thirtieth of a month."""
    thirtieths = months * 30 + days
    return round_half_away(numerator=grant.face_minor * 30, denominator=thirtieths) if thirtieths else 0
