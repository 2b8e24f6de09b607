"""The rep's day, next steps and notes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm_tenant.forms import NoteForm, TaskForm
from crm_tenant.forms.work import next_working_day
from crm_tenant.models import Task, TaskKind
from crm_tenant.operations.work import edit_task, finish_task, plan_task, reopen_task, write_note
from crm_tenant.queries.day import day_of, task_rows
from crm_tenant.queries.desk import (
    Desk,
    access_company,
    access_deal,
    access_person,
    is_untouched,
    salespeople,
)
from provider.kernel import clock
from provider.kernel.doors import actor_of
from provider.kernel.errors import NotFound, Refusal
from provider.kernel.idempotency import FORM_FIELD, once_form
from provider.kernel.wording import say
from provider.look import toasts
from provider.look.tables import Badge, Choice, Column, Dates, Table

from .desk import at_desk, back, day_bounds, month_start, zone_of_reader
from .wording import what_to_do

_ACCESS: dict[str, Any] = {"company": access_company, "person": access_person, "deal": access_deal}


@at_desk
@require_safe
def today(request: HttpRequest, desk: Desk) -> HttpResponse:
    """What is to be done today?"""
    start, end = day_bounds(desk.at)
    day = day_of(desk.me, at=desk.at, start=start, end=end, month=month_start(desk.at))
    is_bare = not (day.count or day.ahead or day.without_step_count or day.stale or day.won)
    context = {"desk": desk, "day": day, "now": desk.at, "is_untouched": is_bare and is_untouched()}
    return render(request, "crm_tenant/today.html", context)


def _subject_name(task: Task) -> str:
    subject = task.deal or task.company or task.person
    return subject.name if subject else ""


def _state(task: Task) -> Badge | None:
    return Badge(gettext_lazy("Done"), "ok") if task.done_at else None


def _standing(rows: Any, value: list[str]) -> Any:
    if set(value) >= {"open", "done"}:
        return rows
    return rows.filter(done_at__isnull="open" in value)


def _due(task: Task) -> date | datetime:
    """A step without a time is due on a day."""
    return task.due_at if task.has_time else timezone.localtime(task.due_at).date()


TASKS = Table(
    key="crm-tasks",
    columns=[
        Column(
            "title", gettext_lazy("Step"), is_fixed=True, value=lambda row: what_to_do(kind=row.kind, title=row.title),
            href=lambda task: reverse("crm_tenant:task", args=[task.id]), sub=_subject_name,
        ),
        Column("due_at", gettext_lazy("By"), kind="instant", sort="due_at", value=_due),
        Column("owner", gettext_lazy("Whose"), value="owner.name"),
        Column("state", gettext_lazy("State"), kind="badge", value=_state),
        Column("done_at", gettext_lazy("Done"), kind="instant", sort="done_at", is_shown=False),
    ],
    sort="due_at",
    counted=ngettext_lazy("%(count)s step", "%(count)s steps", "number"),
    empty_title=gettext_lazy("No steps yet"),
    empty_text=gettext_lazy("Open a deal, a company or a person, and plan the first step there."),
    empty_act=gettext_lazy("Deals"),
    empty_href=reverse_lazy("crm_tenant:deal_list"),
)  # fmt: skip


@at_desk
@require_safe
def task_list(request: HttpRequest, desk: Desk) -> HttpResponseBase:
    """Which steps are planned?"""
    people = [(str(one.id), one.name) for one in salespeople(with_archived=True)]
    filters = [
        Choice("standing", _("State"), where=_standing, options=[("open", _("To do")), ("done", _("Done"))]),
        Choice("kind", _("What"), options=TaskKind.choices),
        Choice("owner", _("Whose"), options=people, where="owner_id"),
        Dates("due_at", _("By")),
    ]
    return replace(TASKS, filters=filters).answer(
        request, rows=task_rows(), template="crm_tenant/tasks.html", context={"desk": desk}
    )


@at_desk
@require_http_methods(["GET", "HEAD", "POST"])
def task_new(request: HttpRequest, desk: Desk, kind: str, record_id: UUID) -> HttpResponseBase:
    """Plan the next step of a company, a person or a deal."""
    subject = _subject(kind, record_id)
    day = next_working_day(clock.local_day(at=desk.at, zone=zone_of_reader()))
    first = {"due_on": day, "kind": "call", "owner": desk.me.id if desk.me else ""}
    form = TaskForm(request.POST or None, people=salespeople(), initial=first)
    if request.method == "POST" and form.is_valid():
        outcome = once_form(
            form="crm.task_new", form_key=request.POST.get(FORM_FIELD, ""), by=actor_of(request), at=clock.now(),
            act=lambda: _plan(request, desk, form, kind=kind, subject=subject),
        )  # fmt: skip
        return back(request, to=outcome.url)
    context = {
        "form": form, "desk": desk, "subject": subject, "kind": kind, "next": request.GET.get("next", ""),
        "home": reverse(f"crm_tenant:{kind}", args=[subject.id]),
    }  # fmt: skip
    return render(request, "crm_tenant/task_form.html", context)


def _plan(request: HttpRequest, desk: Desk, form: TaskForm, *, kind: str, subject: Any) -> str:
    plan_task(
        workspace_id=desk.workspace_id, kind=kind, record_id=subject.id, details=form.details(zone=zone_of_reader()),
        by=actor_of(request), at=desk.at,
    )  # fmt: skip
    toasts.done(request, _("Planned."))
    return reverse(f"crm_tenant:{kind}", args=[subject.id])


def _subject(kind: str, record_id: UUID) -> Any:
    if kind not in _ACCESS:
        raise NotFound()
    return _ACCESS[kind](record_id)


@at_desk
@require_http_methods(["GET", "HEAD", "POST"])
def task(request: HttpRequest, desk: Desk, task_id: UUID) -> HttpResponseBase:
    """Change a planned step."""
    found = task_rows().filter(pk=task_id).first()
    if found is None:
        raise NotFound()
    due = timezone.localtime(found.due_at)
    values = {
        "kind": found.kind, "title": found.title, "owner": found.owner_id or "", "version": found.version,
        "due_on": due.date(), "due_time": due.time() if found.has_time else None,
    }  # fmt: skip
    form = TaskForm(request.POST or None, people=salespeople(with_archived=True), initial=values)
    if request.method == "POST" and form.is_valid():
        try:
            edit_task(
                workspace_id=desk.workspace_id, task_id=found.id, version=form.cleaned_data["version"] or 0,
                details=form.details(zone=zone_of_reader()), by=actor_of(request), at=desk.at,
            )  # fmt: skip
        except Refusal as refusal:
            form.add_error(None, say(refusal))
        else:
            toasts.done(request, _("Saved."))
            return redirect(_home_of(found))
    subject = found.deal or found.company or found.person
    context = {"form": form, "desk": desk, "task": found, "subject": subject, "home": _home_of(found)}
    return render(request, "crm_tenant/task_form.html", context)


def _home_of(found: Task) -> str:
    for kind in ("deal", "person", "company"):
        record_id = getattr(found, f"{kind}_id")
        if record_id:
            return reverse(f"crm_tenant:{kind}", args=[record_id])
    return reverse("crm_tenant:today")


@at_desk
@require_POST
def task_done(request: HttpRequest, desk: Desk, task_id: UUID) -> HttpResponseBase:
    """Tick a step off."""
    done = finish_task(workspace_id=desk.workspace_id, task_id=task_id, by=actor_of(request), at=desk.at)
    undo = reverse("crm_tenant:task_reopen", args=[task_id])
    words = {"what": what_to_do(kind=done.kind, title=done.title)}
    toasts.done(request, _("Done: %(what)s") % words, undo=undo)
    return back(request, to=reverse("crm_tenant:today"))


@at_desk
@require_POST
def task_reopen(request: HttpRequest, desk: Desk, task_id: UUID) -> HttpResponseBase:
    """Take the tick back."""
    reopen_task(workspace_id=desk.workspace_id, task_id=task_id, by=actor_of(request), at=desk.at)
    return back(request, to=reverse("crm_tenant:today"))


@at_desk
@require_POST
def note(request: HttpRequest, desk: Desk, kind: str, record_id: UUID) -> HttpResponseBase:
    """Write something down about a company, a person or a deal."""
    form = NoteForm(request.POST)
    words = form.cleaned_data["text"] if form.is_valid() else ""
    outcome = once_form(
        form="crm.note", form_key=request.POST.get(FORM_FIELD, ""), by=actor_of(request), at=clock.now(),
        act=lambda: _write(request, desk, kind=kind, record_id=record_id, words=words),
    )  # fmt: skip
    return redirect(outcome.url)


def _write(request: HttpRequest, desk: Desk, *, kind: str, record_id: UUID, words: str) -> str:
    write_note(
        workspace_id=desk.workspace_id, kind=kind, record_id=record_id, text=words, by=actor_of(request), at=desk.at
    )
    toasts.done(request, _("Written down."))
    return reverse(f"crm_tenant:{kind}", args=[record_id])
