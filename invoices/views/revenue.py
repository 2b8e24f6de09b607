"""What billed service has earned, and what of it is still to be rendered: by plan, by month, as of any day."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from invoices.queries import revenue as queries
from invoices.queries.revenue import Books, OfMonth, OfPlan
from invoices.queries.runs import provider_account
from plans.queries.catalogue import names_by_code
from plans.rules.catalogue.naming import in_language
from provider.kernel import clock
from provider.kernel.doors import allow
from provider.kernel.money import Money, to_decimal
from provider.look import formats
from provider.look.as_of import AsOfForm
from provider.look.charts import Chart, Series
from provider.look.tables import csv_answer


@allow("ledger.view")
@require_safe
def revenue(request: HttpRequest) -> HttpResponseBase:
    """What did billed service earn, month by month, and what do we still owe of it?"""
    provider = provider_account()
    zone = ZoneInfo(provider.time_zone if provider else "UTC")
    form, on, currency = _asked(request, zone=zone)
    months = queries.by_month(on=on, currency=currency)
    names = _names()
    if request.GET.get("export") == "csv":
        return _csv(months, names=names, on=on, currency=currency)
    plans = queries.by_plan(on=on, currency=currency)
    books = queries.in_books(on=on, currency=currency, zone=zone)
    deferred = sum(one.deferred_minor for one in plans)
    context = {
        "form": form,
        "on": on,
        "currency": currency,
        "plans": [_shown(one, names=names, currency=currency) for one in plans],
        "month": Money(sum(one.month_minor for one in plans), currency),
        "year": Money(sum(one.year_minor for one in plans), currency),
        "deferred": Money(deferred, currency),
        "months": _months(months, books=books, currency=currency),
        "chart": _chart(months, currency=currency),
        "books": books,
        "in_books": Money(books.deferred_minor, currency),
        "waiting": Money(books.waiting_minor, currency),
        "agrees": books.tie_minor(deferred_minor=deferred) == 0,
        "csv_href": f"{_address(on=on, currency=currency)}&export=csv",
    }
    return render(request, "invoices/revenue.html", context)


def _asked(request: HttpRequest, *, zone: ZoneInfo) -> tuple[AsOfForm, date, str]:
    """What is asked for; where an address says something strange, that part is today's or the first currency."""
    today = clock.local_day(at=clock.now(), zone=zone)
    known = queries.billed_currencies() or ["CNY"]
    form = AsOfForm(request.GET, today=today, currencies=known)
    form.is_valid()
    typed = form.cleaned_data
    return form, typed.get("on") or today, typed.get("currency") or ("CNY" if "CNY" in known else known[0])


def _address(*, on: date, currency: str) -> str:
    return f"{reverse('invoices:revenue')}?{urlencode({'on': on.isoformat(), 'currency': currency})}"


def _names() -> dict[str, str]:
    language = get_language() or "en"
    return {code: in_language(names, language) for code, names in names_by_code().items()} | {"": _("Lines by hand")}


def _shown(one: OfPlan, *, names: dict[str, str], currency: str) -> dict[str, Any]:
    return {
        "name": names.get(one.plan_code, one.plan_code),
        "month": Money(one.month_minor, currency),
        "year": Money(one.year_minor, currency),
        "deferred": Money(one.deferred_minor, currency),
    }


def _by_end(months: list[OfMonth]) -> dict[date, tuple[int, int]]:
    sums: dict[date, tuple[int, int]] = {}
    for one in months:
        earned, deferred = sums.get(one.ends_on, (0, 0))
        sums[one.ends_on] = (earned + one.minor, deferred + one.deferred_minor)
    return sums


def _months(months: list[OfMonth], *, books: Books, currency: str) -> list[dict[str, Any]]:
    return [
        {
            "ends_on": day,
            "earned": Money(earned, currency),
            "deferred": Money(deferred, currency),
            "is_closed": books.closed_on is not None and day <= books.closed_on,
            "href": _address(on=day, currency=currency),
        }
        for day, (earned, deferred) in sorted(_by_end(months).items(), reverse=True)
    ]


def _chart(months: list[OfMonth], *, currency: str) -> Chart:
    sums = sorted(_by_end(months).items())
    return Chart(
        x=[day for day, _sums in sums],
        series=[
            Series(_("Earned"), [to_decimal(minor=earned, currency=currency) for _day, (earned, _deferred) in sums])
        ],
        x_label=_("At the end of"),
        hrefs=[_address(on=day, currency=currency) for day, _sums in sums],
    )


def _csv(months: list[OfMonth], *, names: dict[str, str], on: date, currency: str) -> HttpResponseBase:
    unit = formats.bracketed(currency)
    headings = [_("Month"), _("Plan"), _("Earned") + unit, _("Deferred service") + unit]
    lines = [
        [
            f"{one.ends_on:%Y-%m}",
            names.get(one.plan_code, one.plan_code),
            to_decimal(minor=one.minor, currency=currency),
            to_decimal(minor=one.deferred_minor, currency=currency),
        ]
        for one in months
    ]
    return csv_answer(name=f"revenue-{on}", headings=headings, lines=lines)
