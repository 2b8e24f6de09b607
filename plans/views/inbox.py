"""The inbox of usage: what nobody counts is replayed or put aside, and contradictions are looked at."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy
from django.views.decorators.http import require_POST, require_safe

from plans.forms import DismissForm
from plans.operations.inbox import dismiss_conflicts, dismiss_unmatched, replay_unmatched, start_replay
from plans.queries.inbox import conflicts_open, meters_named, meters_waiting, unmatched_waiting
from plans.rules.usage_words import WHYS
from plans.templatetags.catalogue import name_in, own_name
from plans.templatetags.usage import event_name_of, item_of, source_of
from provider.kernel import clock
from provider.kernel.doors import actor_of, allow
from provider.look import toasts
from provider.look.tables import Badge, BulkAct, Choice, Column, Dates, Table, Text

AT_ONCE: Final = 50


def _signed(row: Any) -> Any:
    return -row.value if row.is_removal else row.value


def _meter(row: Any) -> str:
    return name_in(row.meter_names, code=row.meter_code)


def _meters() -> list[tuple[str, str]]:
    codes = meters_waiting()
    names = {meter.code: own_name(meter) for meter in meters_named(codes)}
    return [(code, names.get(code, code)) for code in codes]


def _account_page(row: Any) -> str:
    return reverse("console:account", args=[row.account_id])


def _put_aside_act(url: str) -> BulkAct:
    return BulkAct(gettext_lazy("Put aside…"), url, icon="archive-x", kind="danger", may="usage.manage")


UNMATCHED = Table(
    key="unmatched-usage",
    columns=[
        Column("account", gettext_lazy("Account"), value="account.name", href=_account_page, is_fixed=True),
        Column("meter_code", gettext_lazy("Meter"), value=_meter, sort="meter_code"),
        Column("value", gettext_lazy("Value"), kind="number", value=_signed, sub=item_of),
        Column("why", gettext_lazy("Why it is not counted"), kind="badge",
               value=lambda row: Badge(_(WHYS.get(row.why, row.why)), "warn")),
        Column("at", gettext_lazy("Happened at"), kind="instant", sort="at"),
        Column("source", gettext_lazy("Source"), value=source_of, sub=event_name_of),
        Column("event_id", gettext_lazy("Event"), kind="mono", is_shown=False),
        Column("item", gettext_lazy("Item"), kind="mono", is_shown=False),
        Column("received_at", gettext_lazy("Came in at"), kind="instant", sort="received_at", is_shown=False),
    ],
    filters=[
        Choice("why", gettext_lazy("Why it is not counted"),
               options=lambda: [(code, gettext_lazy(words)) for code, words in WHYS.items()]),
        Choice("meter_code", gettext_lazy("Meter"), options=_meters),
        Text("source", gettext_lazy("Source"), where="source__icontains"),
        Dates("at", gettext_lazy("Happened at")),
    ],
    search=lambda rows, text: rows.filter(account__name__icontains=text) | rows.filter(event_id__icontains=text),
    sort="-received_at",
    bulk=[
        BulkAct(gettext_lazy("Count again"), "/operator/usage/unmatched/replay/", icon="rotate-cw", may="usage.manage"),
        _put_aside_act("/operator/usage/unmatched/put-aside/"),
    ],
    counted=ngettext_lazy("%(count)s event", "%(count)s events", "number"),
    empty_title=gettext_lazy("Nothing waits here"),
    empty_text=gettext_lazy(
        "An event that no subscription counts is kept here until somebody replays it, for example after the plan was"
        " changed, or puts it aside."
    ),
)  # fmt: skip
CONFLICTS = Table(
    key="usage-conflicts",
    columns=[
        Column("account", gettext_lazy("Account"), value="account.name", href=_account_page, is_fixed=True),
        Column("meter_code", gettext_lazy("Meter"), value=_meter),
        Column("value", gettext_lazy("Refused value"), kind="number", value=_signed, sub=item_of),
        Column("source", gettext_lazy("Source"), value=source_of, sub=event_name_of),
        Column("event_id", gettext_lazy("Event"), kind="mono", is_shown=False),
        Column("at", gettext_lazy("Happened at"), kind="instant", sort="at"),
        Column("told_count", gettext_lazy("Times"), kind="number", sort="told_count"),
        Column("last_told_at", gettext_lazy("Last told"), kind="instant", sort="last_told_at"),
    ],
    search=lambda rows, text: rows.filter(account__name__icontains=text) | rows.filter(event_id__icontains=text),
    sort="-last_told_at",
    bulk=[_put_aside_act("/operator/usage/contradictions/put-aside/")],
    counted=ngettext_lazy("%(count)s contradiction", "%(count)s contradictions", "number"),
    empty_title=gettext_lazy("No conflicts"),
    empty_text=gettext_lazy(
        "When a sender tells something else under the id of an event that is recorded, it is refused and listed here."
    ),
)  # fmt: skip


def _counts() -> dict[str, int]:
    return {"unmatched_count": unmatched_waiting().count(), "conflict_count": conflicts_open().count()}


@allow("usage.view")
@require_safe
def unmatched(request: HttpRequest) -> HttpResponseBase:
    """What was told, and nobody counts it?"""
    return UNMATCHED.answer(request, rows=unmatched_waiting(), template="plans/unmatched.html", context=_counts())


@allow("usage.view")
@require_safe
def conflicts(request: HttpRequest) -> HttpResponseBase:
    """Who tells two things under one id?"""
    return CONFLICTS.answer(request, rows=conflicts_open(), template="plans/conflicts.html", context=_counts())


@allow("usage.manage")
@require_POST
def unmatched_replay(request: HttpRequest) -> HttpResponse:
    """Match the chosen ones again: a few at once, many as a job."""
    ids = list(UNMATCHED.chosen(request, rows=unmatched_waiting()).values_list("id", flat=True))
    by, at = actor_of(request), clock.now()
    if len(ids) > AT_ONCE:
        job = start_replay(ids=ids, by=by, at=at)
        text = ngettext("%(count)s event is replayed.", "%(count)s events are replayed.", len(ids))
        toasts.done(request, text % {"count": len(ids)}, href=f"/jobs/{job.id}/", label=_("Watch"))
        return redirect("plans:unmatched")
    done = replay_unmatched(ids=ids, by=by, at=at)
    tell = toasts.warn if done.waiting else toasts.done
    tell(request, _("Counted now: %(counted)s. Still unmatched: %(waiting)s.") % done._asdict())
    return redirect("plans:unmatched")


@allow("usage.manage")
@require_POST
def unmatched_dismiss(request: HttpRequest) -> HttpResponse:
    """Put the chosen ones aside; first the reason is asked for."""
    chosen = [] if "ids_chosen" in request.POST else list(UNMATCHED.chosen(request, rows=unmatched_waiting()))
    form = _dismiss_form(request, chosen)
    if form.is_bound and form.is_valid():
        number = dismiss_unmatched(by=actor_of(request), at=clock.now(), **form.wish())
        return _put_aside(request, number, to="plans:unmatched")
    return render(request, "plans/usage_dismiss.html", {"form": form, "count": form.count, "is_conflict": False})


@allow("usage.manage")
@require_POST
def conflicts_dismiss(request: HttpRequest) -> HttpResponse:
    """Take the chosen contradictions off the list; first the reason is asked for."""
    chosen = [] if "ids_chosen" in request.POST else list(CONFLICTS.chosen(request, rows=conflicts_open()))
    form = _dismiss_form(request, chosen)
    if form.is_bound and form.is_valid():
        number = dismiss_conflicts(by=actor_of(request), at=clock.now(), **form.wish())
        return _put_aside(request, number, to="plans:conflicts")
    return render(request, "plans/usage_dismiss.html", {"form": form, "count": form.count, "is_conflict": True})


def _dismiss_form(request: HttpRequest, chosen: list[Any]) -> DismissForm:
    if "ids_chosen" in request.POST:
        return DismissForm(request.POST)
    ids: list[UUID] = [row.pk for row in chosen]
    return DismissForm(initial={"ids_chosen": " ".join(map(str, ids))})


def _put_aside(request: HttpRequest, number: int, *, to: str) -> HttpResponse:
    text = ngettext("%(count)s event is put aside.", "%(count)s events are put aside.", number)
    toasts.done(request, text % {"count": number})
    return redirect(to)
