"""Replay: what would the subscribers have paid last month under this version?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from plans.forms import ReplayForm
from plans.models import ReplayLine
from plans.operations.replays import month_of, start_replay, who_is_meant
from plans.queries import catalogue as reads
from plans.queries import replays as queries
from plans.rules.catalogue import digest_of
from plans.rules.group import group_of
from plans.templatetags.catalogue import own_name
from provider.kernel import clock, jobs
from provider.kernel.clock import local_day
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import Refusal
from provider.kernel.money import Money
from provider.kernel.wording import say
from provider.look import formats
from provider.look.tables import Choice, Column, Table

from .groups import choices_among, in_words
from .seller import seller_of

MONTHS = 6
RECENT = 20
WAYS = [("more", gettext_lazy("more")), ("less", gettext_lazy("less")), ("same", gettext_lazy("the same"))]


def _currencies() -> list[tuple[str, str]]:
    return [(code, code) for code in sorted(set(ReplayLine.objects.values_list("currency", flat=True)))]


def _which_way(rows: QuerySet[ReplayLine], ways: Sequence[str]) -> QuerySet[ReplayLine]:
    known = {"more": Q(difference_minor__gt=0), "less": Q(difference_minor__lt=0), "same": Q(difference_minor=0)}
    wanted = Q()
    for way in ways:
        wanted |= known[way]
    return rows.filter(wanted)


LINES = Table(
    key="replay-lines",
    columns=[
        Column(
            "account", gettext_lazy("Account"), value="account.name", is_fixed=True,
            href=lambda row: reverse("console:account", args=[row.account_id]),
        ),
        Column("before", gettext_lazy("Paid"), kind="money", value=lambda row: Money(row.before_minor, row.currency)),
        Column(
            "after", gettext_lazy("Would have paid"), kind="money",
            value=lambda row: Money(row.after_minor, row.currency),
        ),
        Column(
            "difference", gettext_lazy("Difference"), kind="money", sort="difference_minor",
            value=lambda row: Money(row.difference_minor, row.currency),
        ),
    ],
    filters=[
        Choice(
            "way", gettext_lazy("Which way"),
            options=WAYS, where=_which_way,
        ),
        Choice("currency", gettext_lazy("Currency"), options=_currencies),
    ],
    search=lambda rows, text: rows.filter(account__name__icontains=text),
    sort="-difference_minor",
    counted=ngettext_lazy("%(count)s subscription", "%(count)s subscriptions", "number"),
    empty_title=gettext_lazy("Nobody yet"),
    empty_text=gettext_lazy("The subscriptions come here as they are compared."),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """A charge of one subscription, before and after."""

    charge: str
    before: Money
    after: Money


def _form(request: HttpRequest, given: QueryDict | None, *, plan_id: UUID) -> ReplayForm:
    seller = seller_of(request)
    plans = list(reads.plans_of(seller_id=seller.id))
    return ReplayForm(
        given,
        months=_months(local_day(at=clock.now(), zone=ZoneInfo(seller.time_zone))),
        plans=[(str(plan.pk), own_name(plan)) for plan in plans],
        group=choices_among(plans),
        initial={"of_plan": str(plan_id)},
    )


@allow("plans.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def replay_new(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Over which month, and over whom, is the version replayed?"""
    version = reads.access_version(seller_id=seller_of(request).id, version_id=version_id)
    form = _form(request, request.POST if request.method == "POST" else None, plan_id=version.plan_id)
    if form.is_bound and form.is_valid():
        try:
            made = start_replay(version_id=version.pk, whom=form.whom(), by=actor_of(request), at=clock.now())
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))
        else:
            return redirect("plans:replay", replay_id=made.pk)
    replays = [(one, _month_in_words(one.month_on)) for one in queries.replays_of(version)[:RECENT]]
    context = {"plan": version.plan, "version": version, "form": form, "replays": replays}
    return render(request, "plans/replay_new.html", context)


@allow("plans.manage")
@require_POST
def replay_who(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Who would be replayed, as it is being chosen?"""
    version = reads.access_version(seller_id=seller_of(request).id, version_id=version_id)
    form = _form(request, request.POST, plan_id=version.plan_id)
    context: dict[str, Any] = {"errors": form.errors}
    if form.is_valid():
        whom = form.whom()
        try:
            group, context["count"] = who_is_meant(whom)
        except Refusal as refusal:
            context["refused"] = say(refusal)
        else:
            context["terms"] = in_words(group, plan_id=whom.of_plan_id)
    return render(request, "plans/parts/replay_who.html", context)


@allow("plans.view")
@require_safe
def replay_page(request: HttpRequest, replay_id: UUID) -> HttpResponseBase:
    """What would they have paid, together and each?"""
    found = queries.access_replay(seller_id=seller_of(request).id, replay_id=replay_id)
    version = found.version
    job = queries.job_of(found)
    more, less = ([_with_parts(row) for row in rows] for rows in queries.largest_of(found))
    context = {
        "replay": found,
        "terms": in_words(group_of(found.group or {}), plan_id=found.of_plan_id),
        "version": version,
        "plan": version.plan,
        "title": _("Replay over %(month)s") % {"month": _month_in_words(found.month_on)},
        "is_outdated": found.version_digest != digest_of(reads.content_of(version)),
        "job": job,
        "is_over": job is None or job.is_over,
        "progress": job and jobs.progress_of(job),
        "outcomes": job and jobs.outcomes_of(job),
        "totals": queries.totals_of(found),
        "more": more,
        "less": less,
        "heading_more": _("Most more"),
        "heading_less": _("Most less"),
    }
    return LINES.answer(request, rows=queries.lines_of(found), template="plans/replay.html", context=context)


def _months(today: date) -> list[tuple[str, str]]:
    months, first = [], today.replace(day=1)
    for _number in range(MONTHS):
        first = (first - timedelta(days=1)).replace(day=1)
        months.append((first.isoformat(), _month_in_words(first)))
    return months


def _month_in_words(first: date) -> str:
    span = month_of(first)
    return formats.period(span.start, span.end)


def _with_parts(row: Any) -> Any:
    """The line with its charges that differ, for the page."""
    before, after = row.parts["before"], row.parts["after"]
    row.difference = Money(row.difference_minor, row.currency)
    row.shown = [
        Part(code, Money(before.get(code, 0), row.currency), Money(after.get(code, 0), row.currency))
        for code in sorted({*before, *after})
        if before.get(code, 0) != after.get(code, 0)
    ]
    return row
