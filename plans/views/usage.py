"""What was used: by meter and day, by hour and event; for subscribers their own, for operators everybody's."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.views.decorators.http import require_safe

from plans.models import Meter, UsageEvent
from plans.queries.explorer import UsageSeries, events_of, subscriptions_that_count, usage_by_day, usage_by_hour
from plans.queries.inbox import conflicts_open, unmatched_waiting
from plans.queries.meters import access_meter_by_code, meters_in_order
from plans.queries.naming import Named, has_names, names_of_items
from plans.queries.sales import sold_elsewhere
from plans.queries.volume import access_counted_account, events_by_day, use_by_account
from plans.rules.usage import CORRECTION
from plans.templatetags.catalogue import own_name
from plans.templatetags.usage import SPANS, billed_to, chosen_days, event_name_of, item_of, source_of
from provider.accounts.models import Account
from provider.kernel import clock
from provider.kernel.clock import first_instant, local_day
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import NotFound
from provider.look.charts import Chart, Series
from provider.look.tables import Badge, Column, Table, Text

from .seller import seller_of


def _other_half(row: UsageEvent) -> Badge | None:
    if row.source == CORRECTION:
        return Badge(_("Correction"), "info")
    return Badge(_("Taken back"), "warn") if row.is_taken_back else None  # type: ignore[attr-defined]


def _name_of_half(row: UsageEvent) -> str:
    """Of a correction: what it takes back."""
    if row.source != CORRECTION:
        return ""
    told = (row.properties or {}).get("corrects", {})
    return f"{told.get('id', '')}"


def _event_page(row: UsageEvent) -> str:
    return reverse("invoices:usage_event", args=[row.account_id, row.id])


def _events_table(*, is_own: bool, names: Mapping[str, Named] = MappingProxyType({})) -> Table:
    """The events of a day; only operators look at one by itself. `names` are those of items that have pages."""

    def named(row: UsageEvent) -> str:
        return names[row.item].name if row.item in names else item_of(row)

    def page_of_item(row: UsageEvent) -> str:
        return names[row.item].href if row.item in names else ""

    return Table(
        key="own-usage-events" if is_own else "usage-events",
        columns=[
            Column("at", gettext_lazy("Happened at"), kind="instant", sort="at", is_fixed=True,
                   href=page_of_item if is_own else _event_page),
            Column("value", gettext_lazy("Value"), kind="number", sort="value",
                   value=lambda row: -row.value if row.is_removal else row.value),
            Column("counted", gettext_lazy("Who or what"), value=named),
            Column("source", gettext_lazy("Source"), value=source_of, sub=event_name_of),
            Column("corrected", gettext_lazy("Corrected"), kind="badge", value=_other_half),
            Column("corrects", gettext_lazy("Takes back"), kind="mono", value=_name_of_half, is_shown=False),
            Column("item", gettext_lazy("Item"), kind="mono", is_shown=False),
            Column("event_id", gettext_lazy("Event"), kind="mono", is_shown=False),
            Column("received_at", gettext_lazy("Came in at"), kind="instant", is_shown=False),
        ],
        filters=[Text("source", gettext_lazy("Source"), where="source__icontains")],
        sort="-at",
        counted=ngettext_lazy("%(count)s event", "%(count)s events", "number"),
        empty_title=gettext_lazy("No events"),
        empty_text=gettext_lazy("Nothing happened on this meter on this day."),
    )  # fmt: skip


_MOST_NAMED: Final = 500
EVENTS, OWN_EVENTS = _events_table(is_own=False), _events_table(is_own=True)


# --- The subscriber's own ---


@allow("own_usage.view")
@require_safe
def own_usage(request: HttpRequest) -> HttpResponse:
    """What do we use, and how much of it?"""
    account = seller_of(request)
    at = _now(account)
    since = at - timedelta(days=chosen_days(request.GET))
    context = {"account": account, "at": at, "elsewhere": sold_elsewhere(account_id=account.pk, since=since)}
    return render(request, "plans/own_usage.html", context)


@allow("own_usage.view")
@require_safe
def own_usage_day(request: HttpRequest, meter: str, day: str) -> HttpResponseBase:
    """What happened on this day?"""
    return _day_page(request, seller_of(request), meter=meter, day=_day(day), is_own=True)


@allow("own_usage.view")
@require_safe
def own_usage_csv(request: HttpRequest) -> HttpResponse:
    """The figures as a file."""
    account = seller_of(request)
    return _csv(account, found=billed_to(account, series=_used(account, days=chosen_days(request.GET))))


# --- Operators ---


@allow("usage.view")
@require_safe
def usage(request: HttpRequest) -> HttpResponse:
    """Who uses how much of a meter?"""
    seller = seller_of(request)
    meters = meters_in_order(seller_id=seller.id)
    wanted = request.GET.get("meter")
    meter = next((one for one in meters if one.code == wanted), meters[0] if meters else None)
    context: dict[str, Any] = {"meters": meters, "meter": meter, "spans": SPANS, "days": chosen_days(request.GET)}
    context |= {"unmatched_count": unmatched_waiting().count(), "conflict_count": conflicts_open().count()}
    if meter is not None:
        end = _today(seller) + timedelta(days=1)
        start = end - timedelta(days=context["days"])
        context["rows"] = use_by_account(meter=meter, start=start, end=end)
        context["chart"] = _volume_chart(meter, start=start, end=end)
    return render(request, "plans/usage.html", context)


@allow("usage.view")
@require_safe
def usage_day(request: HttpRequest, account_id: UUID, meter: str, day: str) -> HttpResponseBase:
    """What happened in this account on this day?"""
    return _day_page(request, access_counted_account(account_id), meter=meter, day=_day(day), is_own=False)


@allow("usage.view")
@require_safe
def usage_csv(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """The figures of an account as a file."""
    account = access_counted_account(account_id)
    return _csv(account, found=_used(account, days=chosen_days(request.GET)))


def _now(account: Account) -> datetime:
    return clock.now_for(test_clock_at=account.test_clock_at)


def _volume_chart(meter: Meter, *, start: date, end: date) -> Chart:
    counts = events_by_day(meter=meter, start=start, end=end)
    days = [start + timedelta(days=n) for n in range((end - start).days)]
    return Chart(
        x=days, series=[Series(_("Events"), [counts.get(day, 0) for day in days])], x_label=_("Day"), kind="bars"
    )


# --- One day ---


def _day(text: str) -> date:
    """The day in an address; what is none leads nowhere."""
    try:
        day = date.fromisoformat(text)
    except ValueError as trouble:
        raise NotFound() from trouble
    if not 2000 <= day.year < 9000:
        raise NotFound()
    return day


@dataclass(frozen=True, slots=True)
class _Day:
    """A day of a meter in an account, in the zone of its subscription."""

    account: Account
    meter: Meter
    day: date
    is_own: bool

    def href(self, days: int) -> str:
        given: dict[str, Any] = {"meter": self.meter.code, "day": (self.day + timedelta(days=days)).isoformat()}
        if self.is_own:
            return reverse("plans:own_usage_day", kwargs=given)
        return reverse("plans:usage_day", kwargs={"account_id": self.account.pk, **given})


def _day_page(request: HttpRequest, account: Account, *, meter: str, day: date, is_own: bool) -> HttpResponseBase:
    shown = _Day(account, access_meter_by_code(account_id=account.pk, code=meter), day, is_own)
    at = _now(account)
    first = subscriptions_that_count(account_id=account.pk).first()
    zone = ZoneInfo(first.time_zone if first else account.time_zone)
    series = [one for one in usage_by_hour(account=account, day=day, at=at) if one.meter.pk == shown.meter.pk]
    rows = events_of(
        account_id=account.pk,
        meter_ids=[shown.meter.pk],
        since=first_instant(day=day, zone=zone),
        until=first_instant(day=day + timedelta(days=1), zone=zone),
    )
    context = {
        "account": account,
        "meter": shown.meter,
        "day": day,
        "is_own": is_own,
        "series": series[0] if len(series) == 1 else None,
        "chart": _hours_chart(series, zone=zone) if series else None,
        "before": shown.href(-1),
        "after": shown.href(1) if day < local_day(at=at, zone=zone) else "",
    }
    table = _own_table(request, shown, rows=rows) if is_own else EVENTS
    return table.answer(request, rows=rows, template="plans/usage_day.html", context=context)


def _own_table(request: HttpRequest, shown: _Day, *, rows: QuerySet[UsageEvent]) -> Table:
    """The events of the account's own day, with the names of what they counted."""
    if not has_names(shown.meter.code):
        return OWN_EVENTS
    items = list(rows.order_by().values_list("item", flat=True).distinct()[:_MOST_NAMED])
    names = names_of_items(
        meter=shown.meter.code, account_id=shown.account.pk, items=items, by=actor_of(request)
    )  # fmt: skip
    return _events_table(is_own=True, names=names) if names else OWN_EVENTS


def _hours_chart(series: Sequence[UsageSeries], *, zone: ZoneInfo) -> Chart:
    hours = range(len(series[0].points))
    return Chart(
        x=list(hours),
        series=[
            Series(own_name(one.meter) if len(series) == 1 else one.subscription.code,
                   [point.quantity.normalize() for point in one.points], f"s{1 + place % 3}")
            for place, one in enumerate(series)
        ],
        x_label=_("Hour"),
        kind="line" if series[0].meter.carries_over else "bars",
    )  # fmt: skip


def _today(account: Account) -> date:
    return local_day(at=_now(account), zone=ZoneInfo(account.time_zone))


def _used(account: Account, *, days: int) -> list[UsageSeries]:
    """What was used on the last days, today included."""
    end = _today(account) + timedelta(days=1)
    return usage_by_day(account=account, start=end - timedelta(days=days), end=end, at=_now(account))


def _csv(account: Account, *, found: Iterable[UsageSeries]) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="usage-{_today(account)}.csv"'
    response.write("\ufeff")  # so that spreadsheets read Chinese names right
    writer = csv.writer(response)
    writer.writerow([_("Meter"), _("Subscription"), _("Day"), _("Quantity"), _("Events")])
    for one in found:
        for point in one.points:
            figures = (f"{point.quantity.normalize():f}", point.event_count)
            writer.writerow([one.meter.code, one.subscription.code, point.start, *figures])
    return response
