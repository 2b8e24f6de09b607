"""From a line of an invoice to the events that made it; for subscribers their own, for operators everybody's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.views.decorators.http import require_safe

from invoices.models import Invoice
from invoices.queries.behind import LineUsage, usage_of_line
from invoices.queries.documents import access_invoice, access_own_invoice, document_of
from plans.models import UsageEvent
from plans.queries.behind import deciding_items
from plans.queries.naming import Named, has_names, names_of_items
from plans.rules.usage import CORRECTION
from plans.templatetags.catalogue import own_name
from plans.templatetags.usage import event_name_of, item_of, quantity, source_of
from provider.kernel.actor import Actor
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import N_
from provider.look import formats
from provider.look.tables import Badge, Choice, Column, Table, Text

from .operators import require_provider

_MOST_NAMED: Final = 500


@allow("invoices.view")
@require_safe
def own_line_events(request: HttpRequest, invoice_id: UUID, position: int) -> HttpResponseBase:
    """Which of our events made this line?"""
    invoice = access_own_invoice(invoice_id=invoice_id, by=actor_of(request))
    return _page(request, invoice=invoice, position=position, is_own=True)


@allow("invoices.view")
@require_safe
def line_events(request: HttpRequest, invoice_id: UUID, position: int) -> HttpResponseBase:
    """Which events made this line?"""
    require_provider(request)
    invoice = access_invoice(invoice_id=invoice_id, by=actor_of(request))
    return _page(request, invoice=invoice, position=position, is_own=False)


def _page(request: HttpRequest, *, invoice: Invoice, position: int, is_own: bool) -> HttpResponseBase:
    shown = usage_of_line(invoice=invoice, position=position)
    rows = shown.events()
    follows = shown.follows
    context: dict[str, Any] = {
        "invoice": invoice,
        "account": invoice.account,
        "shown": shown,
        "title": document_of(invoice).lines[position - 1].title,
        "about": _(_about(shown)) % {"meter": own_name(shown.meter)},
        "span": _span(shown),
        "sums": _sums(shown),
        "is_own": is_own,
        "follows": follows if follows is not None and follows.invoice.number_text else None,
        "invoice_href": reverse("invoices:own_invoice" if is_own else "invoices:invoice", args=[invoice.pk]),
        "events_page": "invoices:own_line_events" if is_own else "invoices:line_events",
    }
    names = _names(shown, rows=rows, by=actor_of(request)) if has_names(shown.meter.code) else {}
    table = _table(shown, is_own=is_own, names=names)
    return table.answer(request, rows=rows, template="invoices/line_events.html", context=context)


def _names(shown: LineUsage, *, rows: QuerySet[UsageEvent], by: Actor) -> Mapping[str, Named]:
    """What the items are called and where their pages are, as far as this reader may know."""
    items = list(rows.order_by().values_list("item", flat=True).distinct()[:_MOST_NAMED])
    return names_of_items(meter=shown.meter.code, account_id=shown.invoice.account_id, items=items, by=by)


# --- What the list is, in words ---


def _about(shown: LineUsage) -> str:
    is_level, is_late = shown.meter.carries_over, shown.is_late and shown.follows is not None
    if is_late:
        return _LATE_CHANGES if is_level else _LATE
    if is_level:
        return _CHANGES
    return _ALL if shown.follows is None else _SINCE


_ALL: Final = N_("All events of %(meter)s in this time, as far as they had come in when the line was made.")
_SINCE: Final = N_("The events of %(meter)s that no earlier line of the same period had counted.")
_LATE: Final = N_("Only the events of %(meter)s that came in after these days had been billed, and what took any back.")
_CHANGES: Final = N_(
    "%(meter)s: the number carries over. What stood there at the beginning, and every change until the end."
)
_LATE_CHANGES: Final = N_(
    "Only the changes of %(meter)s that came in after these days had been billed. The number carries over, so changes "
    "of earlier days count too."
)


def _span(shown: LineUsage) -> str:
    """The days, or the instants where it began or ended within one."""
    since, until = (at.astimezone(shown.zone) for at in (shown.question.from_at, shown.question.until_at))
    if since.time() == until.time() == time.min and since < until:
        return formats.period(since.date(), until.date())
    return " – ".join(formats.instant(at, zone=shown.zone) for at in (since, until))


def _sums(shown: LineUsage) -> list[tuple[str, str, bool]]:
    """From what stood before to the quantity on the line; the last one is that."""
    again, rows = shown.again, []
    if shown.meter.carries_over:
        rows.append((_("At the beginning"), again.start))
    elif again.start:
        rows.append((_("Counted before"), again.start))
    if again.change is not None:
        rows.append((_("These events"), again.change))
    if shown.meter.carries_over or len(rows) != 1:
        rows.append((_total_name(shown), again.total))
    if shown.uncharged:
        rows.append((_("Billed before, or paid by a card"), -shown.uncharged))
    named = [(name, quantity(number), False) for name, number in rows]
    return [*named, (_("Quantity on the line"), quantity(shown.line.units), True)]


def _total_name(shown: LineUsage) -> str:
    if shown.meter.carries_over:
        return _("At the end") if shown.question.is_at_end or shown.question.adds_up else _("Different items")
    words = {"unique": _("Different items"), "max": _("Highest value"), "latest": _("Last value")}
    return words.get(shown.meter.aggregate, _("Counted in all"))


# --- The list ---


def _signed(row: UsageEvent) -> Decimal:
    return -row.value if row.is_removal else row.value


def _table(shown: LineUsage, *, is_own: bool, names: Mapping[str, Named] = MappingProxyType({})) -> Table:
    """The events; only operators look at one by itself."""

    def page_of(row: UsageEvent) -> str:
        if is_own:
            return names[row.item].href if row.item in names else ""
        return reverse("invoices:usage_event", args=[row.account_id, row.id])

    return Table(
        key="own-line-events" if is_own else "line-events",
        columns=[
            Column("at", gettext_lazy("Happened at"), kind="instant", sort="at", is_fixed=True, href=page_of),
            Column("value", gettext_lazy("Value"), kind="number", value=_signed),
            Column("counted", gettext_lazy("Who or what"),
                   value=lambda row: names[row.item].name if row.item in names else item_of(row)),
            Column("source", gettext_lazy("Source"), value=source_of, sub=event_name_of),
            Column("part", gettext_lazy("Counted as"), kind="badge", value=lambda row: _part(row, shown=shown)),
            Column("item", gettext_lazy("Item"), kind="mono", is_shown=False),
            Column("event_id", gettext_lazy("Event"), kind="mono", is_shown=False),
            Column("received_at", gettext_lazy("Came in at"), kind="instant", is_shown=False),
        ],
        filters=[*_first_ones(shown), Text("source", gettext_lazy("Source"), where="source__icontains")],
        sort="-at",
        counted=ngettext_lazy("%(count)s event", "%(count)s events", "number"),
        empty_title=gettext_lazy("No events"),
        empty_text=_nothing(shown),
    )  # fmt: skip


def _nothing(shown: LineUsage) -> str:
    if shown.meter.carries_over:
        return _("Nothing changed in this time: what stood there at the beginning was billed on.")
    return _("Nothing that happened in this time was counted.")


def _first_ones(shown: LineUsage) -> list[Choice]:
    """A filter that leaves each item once, where different items are counted."""
    if shown.meter.aggregate != "unique" or shown.meter.carries_over:
        return []
    return [
        Choice(
            "only", gettext_lazy("Show"), options=[("items", gettext_lazy("Each item once"))],
            where=lambda rows, _value: deciding_items(shown.question, rows),
        )
    ]  # fmt: skip


def _part(row: Any, *, shown: LineUsage) -> Badge | None:
    """What part an event has in the number, where it is not the plain one."""
    question = shown.question
    if row.source == CORRECTION:
        return Badge(_("Correction"), "info")
    if row.taken_back_batch is not None:
        is_known = row.taken_back_batch <= question.batch
        return Badge(_("Taken back"), "warn") if is_known else Badge(_("Taken back later"))
    if row.id == shown.again.deciding:
        return Badge(_("Decides"), "accent")
    if question.before is None and row.at < question.from_at:
        return Badge(_("There at the beginning"))
    return None
