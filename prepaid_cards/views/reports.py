"""What we owe for cards: as of any day, by product, batch, reseller and serial."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.views.decorators.http import require_safe

from prepaid_cards.forms.reports import LiabilityForm
from prepaid_cards.operations.zones import provider_zone
from prepaid_cards.queries import liability as queries
from prepaid_cards.queries.liability import Age, Dimension, Line, Scope, Tie
from prepaid_cards.rules import curve
from prepaid_cards.rules.serials import shown
from provider.kernel import clock
from provider.kernel.doors import allow
from provider.kernel.money import Money, to_decimal
from provider.look import formats
from provider.look.charts import Chart, Series
from provider.look.tables import Column, Table, csv_answer


@allow("cards.view")
@require_safe
def liability(request: HttpRequest) -> HttpResponseBase:
    """What do we owe for cards that were sold, and what is still deferred of those that were redeemed?"""
    form, scope = _asked(request)
    by: Dimension = form.cleaned_data.get("by") or "product"
    lines = queries.liability_by(scope, by=by)
    if request.GET.get("export") == "csv":
        return _csv(lines, scope=scope)
    totals = queries.totals_of(lines)
    context = {
        "form": form,
        "scope": scope,
        "by": by,
        "tabs": [(word, _address(scope, by=value), value == by) for value, word in LiabilityForm.BY],
        "lines": [_shown(line, scope=scope, by=by) for line in lines],
        "totals": totals,
        "owed": Money(totals.liability_minor, scope.currency),
        "deferred": Money(totals.deferred_minor, scope.currency),
        "broken": Money(totals.broken_minor, scope.currency),
        "ties": _ties(scope, totals=totals),
        "narrowed": _narrowed(scope),
        "whole_href": _address(scope, by=by, is_whole=True),
        "ages": [_age(one, scope=scope) for one in queries.ages_of(scope)],
        "cohorts": queries.cohorts(scope),
        "owed_chart": _owed_chart(scope),
        "curve_chart": _curve_chart(scope),
        "csv_href": f"{_address(scope, by=by)}&export=csv",
        "serials_href": f"{reverse('prepaid_cards:liability_serials')}?{_query(scope)}",
    }
    return render(request, "prepaid_cards/liability.html", context)


def _asked(request: HttpRequest) -> tuple[LiabilityForm, Scope]:
    """The report that is asked for; where an address says something strange, that part is today's or all."""
    today = clock.local_day(at=clock.now(), zone=provider_zone())
    known = queries.currencies() or ["CNY"]
    form = LiabilityForm(request.GET, today=today, currencies=known)
    form.is_valid()
    typed = form.cleaned_data
    scope = queries.scope_on(
        on=typed.get("on") or today, currency=typed.get("currency") or ("CNY" if "CNY" in known else known[0]),
        product_id=typed.get("product"), batch_id=typed.get("batch"), seller_id=typed.get("seller"),
    )  # fmt: skip
    return form, scope


def _query(scope: Scope, **more: Any) -> str:
    parts: dict[str, Any] = {
        "on": scope.on.isoformat(), "currency": scope.currency, "product": scope.product_id, "batch": scope.batch_id,
        "seller": scope.seller_id, **more,
    }  # fmt: skip
    return urlencode({name: value for name, value in parts.items() if value})


def _address(scope: Scope, *, by: str, is_whole: bool = False) -> str:
    nothing = {"product": None, "batch": None, "seller": None} if is_whole else {}
    return f"{reverse('prepaid_cards:liability')}?{_query(scope, by=by, **nothing)}"


_NEXT = {"product": "batch", "batch": "seller", "seller": "batch"}


def _shown(line: Line, *, scope: Scope, by: str) -> dict[str, Any]:
    href = f"{reverse('prepaid_cards:liability')}?{_query(scope, **{by: line.key, 'by': _NEXT[by]})}"
    return {
        "line": line,
        "href": href if line.key else "",
        "owed": Money(line.liability_minor, scope.currency),
        "deferred": Money(line.deferred_minor, scope.currency),
        "broken": Money(line.broken_minor, scope.currency),
    }


def _ties(scope: Scope, *, totals: queries.Totals) -> list[Tie]:
    """Cards against books; only all cards of a currency have a counterpart there."""
    if not scope.is_whole:
        return []
    return [
        Tie(
            name=_("Cards sold and not redeemed"), cards_minor=totals.liability_minor,
            books_minor=queries.liability_in_books(scope), currency=scope.currency,
        ),
        Tie(
            name=_("Service of redeemed cards still to be given"), cards_minor=totals.deferred_minor,
            books_minor=queries.deferred_in_books(scope), in_between_minor=queries.unclosed_minor(scope),
            currency=scope.currency,
        ),
        Tie(
            name=_("Cards not expected any more"), cards_minor=totals.broken_minor,
            books_minor=queries.breakage_in_books(scope), currency=scope.currency,
        ),
    ]  # fmt: skip


def _narrowed(scope: Scope) -> str:
    names: dict[str, UUID | None] = {
        "product": scope.product_id, "batch": scope.batch_id, "seller": scope.seller_id,
    }  # fmt: skip
    return " · ".join(queries.name_of(key, by=by) for by, key in names.items() if key)  # type: ignore[arg-type]


def _age(one: Age, *, scope: Scope) -> dict[str, Any]:
    words = (
        _("%(first)s to %(last)s days") % {"first": formats.number(one.first), "last": formats.number(one.last)}
        if one.last is not None
        else _("longer than %(days)s days") % {"days": formats.number(one.first - 1)}
    )
    return {"words": words, "count": one.count, "owed": Money(one.minor, scope.currency)}


def _owed_chart(scope: Scope) -> Chart:
    months = queries.liability_by_month(scope)
    return Chart(
        x=[day for day, _minor in months],
        series=[Series(_("Owed"), [to_decimal(minor=minor, currency=scope.currency) for _day, minor in months])],
        x_label=_("At the end of"),
        hrefs=[f"{reverse('prepaid_cards:liability')}?{_query(scope, on=day.isoformat())}" for day, _minor in months],
    )


def _curve_chart(scope: Scope) -> Chart:
    points = curve.curve_of(queries.curve_cells(scope))
    return Chart(
        x=[point.days for point in points],
        series=[Series(_("Redeemed, percent"), [point.percent for point in points])],
        x_label=_("Days since the sale"),
    )


def _csv(lines: list[Line], *, scope: Scope) -> HttpResponseBase:
    def money(minor: int) -> Any:
        return to_decimal(minor=minor, currency=scope.currency)

    unit = formats.bracketed(scope.currency)
    headings = [
        _("Name"), _("Sold"), _("Redeemed"), _("Not redeemed"), _("Owed") + unit, _("Deferred service") + unit,
        _("Breakage") + unit,
    ]  # fmt: skip
    rows = [
        [
            line.name, line.sold, line.redeemed, line.outstanding, money(line.liability_minor),
            money(line.deferred_minor), money(line.broken_minor),
        ]
        for line in lines
    ]  # fmt: skip
    return csv_answer(name=f"card-liability-{scope.on}", headings=headings, lines=rows)


SERIALS = Table(
    key="card-liability-serials",
    columns=[
        Column(
            "serial", gettext_lazy("Serial"), kind="mono", value=lambda row: shown(row.serial), is_fixed=True,
            href=lambda row: reverse("prepaid_cards:serial", args=[row.serial]), sort="serial",
        ),
        Column("product", gettext_lazy("Card"), value=lambda row: row.batch.product.own_name),
        Column("batch", gettext_lazy("Batch"), kind="mono", value=lambda row: row.batch.prefix),
        Column("seller_name", gettext_lazy("Sold by")),
        Column("sold_at", gettext_lazy("Sold on"), kind="instant"),
        Column(
            "owed", gettext_lazy("Owed"), kind="money",
            value=lambda row: Money(row.batch.price.liability_minor - row.broken_minor, row.batch.currency),
        ),
        Column(
            "broken", gettext_lazy("Breakage"), kind="money",
            value=lambda row: Money(row.broken_minor, row.batch.currency),
        ),
    ],
    sort="serial",
    counted=ngettext_lazy("%(count)s card", "%(count)s cards", "number"),
    empty_title=gettext_lazy("No card is owed"),
    empty_text=gettext_lazy("Every card that was sold by that day was redeemed, or none was sold."),
)  # fmt: skip


@allow("cards.view")
@require_safe
def liability_serials(request: HttpRequest) -> HttpResponseBase:
    """Which cards were sold and not redeemed at the end of that day?"""
    _form, scope = _asked(request)
    context = {"scope": scope, "narrowed": _narrowed(scope), "back_href": _address(scope, by="product")}
    return SERIALS.answer(
        request, rows=queries.outstanding_cards(scope), template="prepaid_cards/liability_serials.html",
        context=context,
    )  # fmt: skip
