"""Subscribers of older versions move to a newer one: choose, see what it does to each, confirm with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from invoices.errors import MoveConfirmedAlready, NobodyChosen
from invoices.forms.moves import ConfirmMoveForm, MoveForm
from invoices.models import MoveLine, MoveOutcome, MoveWhen, VersionMove
from invoices.operations.moves import confirm_move, look_at_move
from invoices.queries import moves as queries
from plans.models import PlanVersion, VersionStatus
from plans.queries.catalogue import access_version
from plans.templatetags.catalogue import versions_to_tick
from provider.accounts.queries import account_of
from provider.kernel import clock, jobs
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import Refusal
from provider.kernel.models import Job, JobStatus
from provider.kernel.money import Money
from provider.kernel.wording import say
from provider.look import formats, toasts
from provider.look.tables import Badge, BulkAct, Choice, Column, Table

RECENT = 20
_STATES = {
    MoveOutcome.READY: (gettext_lazy("Can move"), "accent"),
    MoveOutcome.BLOCKED: (gettext_lazy("Stays"), "warn"),
    MoveOutcome.CHOSEN: (gettext_lazy("Waits"), ""),
    MoveOutcome.MOVED: (gettext_lazy("Has moved"), "ok"),
    MoveOutcome.PLANNED: (gettext_lazy("Planned"), "ok"),
    MoveOutcome.LEFT: (gettext_lazy("Left alone"), "bad"),
}


def badge_of(line: MoveLine) -> Badge:
    """How a subscriber stands, in a word."""
    return Badge(*_STATES[MoveOutcome(line.outcome)])


def why(line: MoveLine) -> str:
    """Why a subscriber stays, in the reader's language."""
    if not line.code:
        return ""
    sentence = _(line.text)
    return sentence % line.facts if line.facts else sentence


def _money(name: str) -> Any:
    def value(line: MoveLine) -> Money | None:
        minor = getattr(line, name)
        return None if minor is None else Money(minor, line.currency)

    return value


def _at_once(line: MoveLine) -> Money:
    return Money(line.due_minor - line.credit_minor, line.currency)


LINES = Table(
    key="move-lines",
    columns=[
        Column(
            "account", gettext_lazy("Account"), value="account.name", is_fixed=True,
            href=lambda row: reverse("console:account_subscription", args=[row.account_id]), sub=why,
        ),
        Column("state", gettext_lazy("State"), kind="badge", value=badge_of),
        Column("version", gettext_lazy("Version"), kind="number", value="from_version.number"),
        Column("before", gettext_lazy("Now, per period"), kind="money", value=_money("before_minor")),
        Column("after", gettext_lazy("Then, per period"), kind="money", value=_money("after_minor")),
        Column(
            "difference", gettext_lazy("Difference"), kind="money", sort="difference_minor",
            value=_money("difference_minor"),
        ),
        Column("starts_at", gettext_lazy("From"), kind="instant", sort="starts_at"),
        Column("at_once", gettext_lazy("Billed at once"), kind="money", value=_at_once),
    ],
    filters=[
        Choice(
            "outcome", gettext_lazy("State"),
            options=[(outcome.value, words) for outcome, (words, _kind) in _STATES.items()],
        ),
    ],
    search=lambda rows, text: rows.filter(account__name__icontains=text),
    search_label=gettext_lazy("Name"),
    sort="-difference_minor",
    counted=ngettext_lazy("%(count)s subscription", "%(count)s subscriptions", "number"),
    empty_title=gettext_lazy("Nobody yet"),
    empty_text=gettext_lazy("The subscriptions come here as they are looked at."),
)  # fmt: skip
TO_CHOOSE = replace(
    LINES, bulk=[BulkAct(gettext_lazy("Move these…"), "confirm/", icon="arrow-right", may="accounts.manage")]
)


@allow("accounts.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def move_new(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Whose subscribers move to this version, and when?"""
    seller = account_of(request)
    version = access_version(seller_id=seller.id, version_id=version_id)
    older = queries.older_versions(version)
    form = MoveForm(request.POST if request.method == "POST" else None, versions=versions_to_tick(older))
    if form.is_bound and form.is_valid():
        wish = form.wish(version_id=version.pk)
        try:
            move = look_at_move(seller_id=seller.id, wish=wish, by=actor_of(request), at=clock.now())
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))
        else:
            return redirect("invoices:move", move_id=move.pk)
    context = {
        "version": version,
        "plan": version.plan,
        "form": form,
        "is_on_sale": version.status == VersionStatus.PUBLISHED,
        "has_older": bool(older),
        "moves": [(one, _when_in_words(one)) for one in queries.moves_of(version)[:RECENT]],
    }
    return render(request, "invoices/move_new.html", context)


def _when_in_words(move: VersionMove) -> str:
    if move.when == MoveWhen.ON:
        assert move.on is not None
        return _("from %(day)s on") % {"day": formats.day(move.on)}
    return _("at once") if move.when == MoveWhen.NOW else _("when the period of each ends")


@allow("plans.view")
@require_safe
def move(request: HttpRequest, move_id: UUID) -> HttpResponseBase:
    """Who can be moved, what does it do to each, and what came of it?"""
    found = queries.access_move(seller_id=account_of(request).id, move_id=move_id)
    job = queries.job_of_move(found)
    counts = queries.outcomes_of_move(found)
    rows = queries.lines_of_move(found)
    more, less = queries.largest_of_move(found)
    context = {
        "move": found,
        "version": found.version,
        "plan": found.version.plan,
        "when": _when_in_words(found),
        "numbers": _numbers(found),
        "job": job,
        "is_over": job is None or job.is_over,
        "is_cancelled": _is_cancelled(job),
        "progress": job and jobs.progress_of(job),
        "outcomes": job and jobs.outcomes_of(job),
        "counts": counts,
        "staying": counts.get("blocked", 0) + counts.get("left", 0),
        "done": counts.get("moved", 0) + counts.get("planned", 0),
        "totals": queries.totals_of_move(rows),
        "more": [(row, Money(row.difference_minor or 0, row.currency)) for row in more],
        "less": [(row, Money(row.difference_minor or 0, row.currency)) for row in less],
        "can_confirm": _can_confirm(found, counts=counts),
    }
    table = TO_CHOOSE if context["can_confirm"] else LINES
    return table.answer(request, rows=rows, template="invoices/move.html", context=context)


def _is_cancelled(job: Job | None) -> bool:
    return job is not None and job.status == JobStatus.CANCELLED


def _can_confirm(move: VersionMove, *, counts: dict[str, int]) -> bool:
    return move.confirmed_at is None and move.looked_at is not None and counts.get("ready", 0) > 0


def _numbers(move: VersionMove) -> list[int]:
    """The versions whose subscribers are meant."""
    rows = PlanVersion.objects.filter(pk__in=move.from_ids).order_by("number")
    return list(rows.values_list("number", flat=True))


@allow("accounts.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def move_confirm(request: HttpRequest, move_id: UUID) -> HttpResponse:
    """Move those who were chosen, or everybody who can be: first what that comes to, then with a reason."""
    seller = account_of(request)
    found = queries.access_move(seller_id=seller.id, move_id=move_id)
    if found.confirmed_at is not None:
        raise MoveConfirmedAlready()
    if "reason" in request.POST:
        form = ConfirmMoveForm(request.POST)
        if form.is_valid():
            return _confirm(request, found, ids=form.cleaned_data["ids_chosen"], reason=form.cleaned_data["reason"])
    else:
        form = ConfirmMoveForm(initial={"ids_chosen": " ".join(str(one) for one in _ticked(request, found))})
    ids = str(form["ids_chosen"].value() or "").split()
    ready = queries.lines_of_move(found).filter(outcome=MoveOutcome.READY)
    chosen = ready.filter(pk__in=ids) if ids else ready
    if not chosen.exists():
        raise NobodyChosen()
    context = {
        "move": found,
        "version": found.version,
        "plan": found.version.plan,
        "when": _when_in_words(found),
        "form": form,
        "count": chosen.count(),
        "totals": queries.totals_of_move(chosen),
    }
    return render(request, "invoices/move_confirm.html", context)


def _ticked(request: HttpRequest, move: VersionMove) -> Sequence[UUID]:
    """The rows that were ticked on the page before; none where everybody is meant."""
    if request.method != "POST":
        return []
    rows: QuerySet[MoveLine] = TO_CHOOSE.chosen(request, rows=queries.lines_of_move(move))
    ids = list(rows.filter(outcome=MoveOutcome.READY).values_list("pk", flat=True))
    if not ids:
        raise NobodyChosen()
    return ids


def _confirm(request: HttpRequest, move: VersionMove, *, ids: Sequence[UUID], reason: str) -> HttpResponse:
    confirm_move(
        seller_id=account_of(request).id, move_id=move.pk, line_ids=ids or None, reason=reason,
        by=actor_of(request), at=clock.now(),
    )  # fmt: skip
    toasts.done(request, _("They are being moved; this page shows how far it has come."))
    return redirect("invoices:move", move_id=move.pk)
