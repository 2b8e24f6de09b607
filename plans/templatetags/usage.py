"""Usage in templates of every package: what a meter counts, and what an account used, as charts."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django import template
from django.urls import reverse
from django.utils.translation import gettext as _

from plans.models import Meter
from plans.queries.explorer import LONGEST, UsageSeries, usage_by_day
from plans.queries.sales import takes_share
from plans.rules.catalogue.words import AGGREGATE_NAMES
from plans.rules.usage import SALES
from plans.rules.usage_words import AGGREGATE_MEANINGS, SOURCES
from provider.accounts.models import Account
from provider.kernel.clock import local_day
from provider.look import formats
from provider.look.charts import Chart, Series

from .catalogue import own_name

register = template.Library()

SPANS: Final = (7, 30, 90, LONGEST)
USUAL: Final = 30
_IS_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@register.filter
def meter_meaning(meter: Meter) -> str:
    """What the meter counts, in a sentence."""
    return _(AGGREGATE_MEANINGS[meter.aggregate])


@register.simple_tag
def meter_meanings() -> list[tuple[str, str]]:
    """The ways to count, each with what it means."""
    return [(_(name), _(AGGREGATE_MEANINGS[code])) for code, name in AGGREGATE_NAMES.items()]


@register.filter
def quantity(number: Decimal) -> str:
    """A quantity as people write it: grouped, without trailing zeros."""
    return formats.number(number.normalize() if number else Decimal(0))


def chosen_days(given: Any) -> int:
    """How many days the reader wants to see."""
    asked = given.get("days", "")
    return int(asked) if asked in map(str, SPANS) else USUAL


def billed_to(account: Account, *, series: list[UsageSeries]) -> list[UsageSeries]:
    """What an account is shown of its own: sales only where a plan takes a share of them."""
    if not any(one.meter.code == SALES for one in series) or takes_share(account_id=account.pk):
        return series
    return [one for one in series if one.meter.code != SALES]


@register.inclusion_tag("plans/parts/usage.html", takes_context=True)
def usage_explorer(context: template.Context, account: Account, at: datetime, day_page: str, csv_page: str) -> Any:
    """What the account used lately: a chart for each meter; a click on a day opens its events.

    `day_page` and `csv_page` name addresses; those of operators take the account's id too.
    """
    request = context["request"]
    days = chosen_days(request.GET)
    end = local_day(at=at, zone=ZoneInfo(account.time_zone)) + timedelta(days=1)
    found = usage_by_day(account=account, start=end - timedelta(days=days), end=end, at=at)
    found = found if not day_page.startswith("plans:own_") else billed_to(account, series=found)
    own = {"account_id": account.pk} if not day_page.startswith("plans:own_") else {}
    return {
        "shown": [(series, _chart(series, day_page=day_page, given=own)) for series in found],
        "has_several": len({series.subscription.pk for series in found}) > 1,
        "days": days,
        "spans": SPANS,
        "path": request.path,
        "csv_href": f"{reverse(csv_page, kwargs=own)}?days={days}",
    }


def _chart(series: UsageSeries, *, day_page: str, given: dict[str, UUID]) -> Chart:
    days = [point.start for point in series.points if isinstance(point.start, date)]
    return Chart(
        x=days,
        series=[Series(own_name(series.meter), [point.quantity.normalize() for point in series.points])],
        x_label=_("Day"),
        kind="line" if series.meter.carries_over else "bars",
        hrefs=[reverse(day_page, kwargs={**given, "meter": series.meter.code, "day": day.isoformat()}) for day in days],
    )


# --- One event, in words ---


def source_of(row: Any) -> str:
    """Where an event came from: our own parts by their names, a customer's system as it calls itself."""
    return _(SOURCES[row.source]) if row.source in SOURCES else str(row.source)


def event_name_of(row: Any) -> str:
    """How a customer's system calls its event; the ids that we make say nothing to a reader."""
    return "" if row.source in SOURCES or _IS_ID.fullmatch(row.event_id) else str(row.event_id)


def item_of(row: Any) -> str:
    """Whom or what an event counts; of somebody who is not known any more the end of the id."""
    return str(row.item_name) if row.item_name is not None else f"…{row.item[-8:]}"
