"""Deals: the board, the list, a deal's page, and the acts on it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm_tenant.forms import DealForm, NoteForm
from crm_tenant.models import Category, Deal, Stage
from crm_tenant.operations.customers import company_named, person_named
from crm_tenant.operations.deals import (
    DealDetails,
    archive_deal,
    create_deal,
    edit_deal,
    move_deal,
    restore_deal,
)
from crm_tenant.queries import board as boards
from crm_tenant.queries.desk import (
    Desk,
    access_company,
    access_deal,
    access_person,
    is_untouched,
    salespeople,
    usual_stages,
)
from crm_tenant.queries.records import containing, history_of
from provider.kernel import clock
from provider.kernel.doors import actor_of
from provider.kernel.errors import NotFound, Refusal
from provider.kernel.idempotency import FORM_FIELD, once_form
from provider.kernel.money import to_decimal
from provider.kernel.wording import say
from provider.look import toasts
from provider.look.tables import Badge, Choice, Column, Dates, Table

from .desk import at_desk, back, month_start
from .wording import lines_of_history

_KINDS = {Category.WON: "ok", Category.LOST: "bad"}
_STEP_CHOICES = [("none", gettext_lazy("No next step"))]


@at_desk
@require_safe
def board(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Where do the open deals stand?"""
    return render(request, "crm_tenant/board.html", _board(request, desk))


def _board(request: HttpRequest, desk: Desk) -> dict[str, Any]:
    people = salespeople()
    owner_id = _owner(request, desk)
    found = boards.board(owner_id=owner_id, at=desk.at, month=month_start(desk.at))
    return {
        "board": found,
        "desk": desk,
        "people": people,
        "owner": request.GET.get("owner") or request.POST.get("owner") or "",
        "is_untouched": found.count == 0 and is_untouched(),
    }


def _owner(request: HttpRequest, desk: Desk) -> UUID | None:
    """Whose deals: everybody's, mine, or one of the others'."""
    asked = request.GET.get("owner") or request.POST.get("owner") or ""
    if asked == "me":
        return desk.me.id if desk.me else None
    try:
        return UUID(asked) if asked else None
    except ValueError:
        return None


@at_desk
@require_safe
def column(request: HttpRequest, desk: Desk, stage_id: UUID) -> HttpResponse:
    """The further cards of a column."""
    skip = request.GET.get("skip", "")
    shown = int(skip) if skip.isascii() and skip.isdigit() and len(skip) < 7 else 0
    found = boards.column_of(
        stage_id=stage_id, owner_id=_owner(request, desk), at=desk.at, month=month_start(desk.at), skip=shown
    )
    if found is None:
        raise NotFound()
    context = {"desk": desk, "column": found, "shown": shown + len(found.cards), "skip": shown}
    return render(request, "crm_tenant/parts/cards.html", context | {"owner": request.GET.get("owner", "")})


# --- The list ---


def _without_step(rows: Any, value: list[str]) -> Any:
    return rows.filter(status=Category.OPEN, next_due_at=None) if "none" in value else rows


def _by_stage(rows: Any, value: list[str]) -> Any:
    return rows.filter(stage_id__in=value)


def _totals(rows: Any) -> dict[str, Any]:
    sums = boards.deal_sums(rows)
    return {"amount": sums[0] if sums else ""}


DEALS = Table(
    key="crm-deals",
    columns=[
        Column(
            "name", gettext_lazy("Deal"), sort="name", is_fixed=True,
            href=lambda deal: reverse("crm_tenant:deal", args=[deal.id]),
            sub=lambda deal: deal.company.name if deal.company else "",
        ),
        Column("amount", gettext_lazy("Amount"), kind="money", sort="amount_minor"),
        Column(
            "stage", gettext_lazy("Stage"), kind="badge",
            value=lambda deal: Badge(deal.stage.name, _KINDS.get(deal.status, "")),
        ),
        Column("owner", gettext_lazy("Owned by"), value="owner.name"),
        Column("next_due_at", gettext_lazy("Next step"), kind="date", sort="next_due_at"),
        Column("expected_close_on", gettext_lazy("Expected to close"), kind="date", sort="expected_close_on"),
        Column("entered_stage_at", gettext_lazy("In stage since"), kind="date", sort="entered_stage_at"),
        Column("closed_at", gettext_lazy("Closed on"), kind="date", sort="closed_at", is_shown=False),
        Column("close_reason", gettext_lazy("Reason"), is_shown=False),
        Column("created_at", gettext_lazy("Created"), kind="date", sort="created_at", is_shown=False),
        Column("changed_at", gettext_lazy("Changed"), kind="instant", sort="changed_at", is_shown=False),
    ],
    search=containing,
    search_label=gettext_lazy("Deal, company, person"),
    sort="-changed_at",
    totals=_totals,
    counted=ngettext_lazy("%(count)s deal", "%(count)s deals", "number"),
    empty_title=gettext_lazy("No deals yet"),
    empty_text=gettext_lazy("A deal is what you want to sell to somebody: begin with the first one."),
    empty_act=gettext_lazy("New deal"),
    empty_href=reverse_lazy("crm_tenant:deal_new"),
)  # fmt: skip


def _table() -> Table:
    """The list with the filters of this workspace."""
    stages = [(str(stage.id), stage.name) for stage in usual_stages()]
    people = [(str(one.id), one.name) for one in salespeople(with_archived=True)]
    standing = [("open", _("Open")), ("won", _("Won")), ("lost", _("Lost"))]
    filters = [
        Choice("status", _("Standing"), options=standing),
        Choice("stage", _("Stage"), options=stages, where=_by_stage),
        Choice("owner", _("Owned by"), options=people, where="owner_id"),
        Choice("step", _("Next step"), options=_STEP_CHOICES, where=_without_step),
        Dates("expected_close_on", _("Expected to close"), is_instant=False),
        Dates("closed_at", _("Closed on")),
    ]
    return replace(DEALS, filters=filters)


@at_desk
@require_safe
def deal_list(request: HttpRequest, desk: Desk) -> HttpResponseBase:
    """Which deals are there?"""
    return _table().answer(request, rows=boards.deal_rows(), template="crm_tenant/deals.html", context={"desk": desk})


# --- One deal ---


@at_desk
@require_safe
def deal(request: HttpRequest, desk: Desk, deal_id: UUID) -> HttpResponse:
    """How does this deal stand?"""
    found = access_deal(deal_id)
    people = salespeople(with_archived=True)
    history = history_of(found)
    context = {
        "deal": found,
        "desk": desk,
        "stages": usual_stages(),
        "days": found.days_in_stage(at=desk.at),
        "steps": history.steps,
        "history": lines_of_history(history, people=people),
        "has_more": history.has_more,
        "note_form": NoteForm(),
    }
    return render(request, "crm_tenant/deal.html", context)


@at_desk
@require_http_methods(["GET", "HEAD", "POST"])
def deal_new(request: HttpRequest, desk: Desk) -> HttpResponseBase:
    """Make a deal."""
    form = DealForm(
        request.POST or None, people=salespeople(), stages=usual_stages(), initial=_first_values(request, desk)
    )
    if request.method == "POST" and form.is_valid():
        try:
            outcome = once_form(
                form="crm.deal_new", form_key=request.POST.get(FORM_FIELD, ""), by=actor_of(request), at=clock.now(),
                act=lambda: _make(request, desk, form),
            )  # fmt: skip
        except Refusal as refusal:
            _add_refusal(form, refusal)
        else:
            return redirect(outcome.url)
    return render(request, "crm_tenant/deal_form.html", {"form": form, "desk": desk, "deal": None})


def _first_values(request: HttpRequest, desk: Desk) -> dict[str, Any]:
    values: dict[str, Any] = {"currency": desk.workspace.currency, "owner": desk.me.id if desk.me else ""}
    company = _asked(request.GET.get("company", ""))
    person = _asked(request.GET.get("person", ""))
    if company:
        values["company_name"] = access_company(company).name
    if person:
        found = access_person(person)
        values |= {"person_name": found.name, "company_name": found.company.name if found.company else ""}
    return values | ({"stage": request.GET["stage"]} if request.GET.get("stage") else {})


def _asked(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _make(request: HttpRequest, desk: Desk, form: DealForm) -> str:
    made = create_deal(
        workspace_id=desk.workspace_id, details=_details(request, desk, form),
        stage_id=UUID(form.cleaned_data["stage"]), by=actor_of(request), at=desk.at,
    )  # fmt: skip
    toasts.done(request, _("%(name)s is made.") % {"name": made.name})
    return reverse("crm_tenant:deal", args=[made.id])


def _details(request: HttpRequest, desk: Desk, form: DealForm) -> DealDetails:
    by, data = actor_of(request), form.cleaned_data
    company = company_named(workspace_id=desk.workspace_id, name=data["company_name"], by=by, at=desk.at)
    person = person_named(workspace_id=desk.workspace_id, name=data["person_name"], company=company, by=by, at=desk.at)
    return DealDetails(
        name=data["name"], amount_minor=data["amount_minor"], currency=data["currency"],
        company_id=company.id if company else None, person_id=person.id if person else None, owner_id=data["owner"],
        expected_close_on=data["expected_close_on"], probability=data["probability"], about=data["about"],
    )  # fmt: skip


@at_desk
@require_http_methods(["GET", "HEAD", "POST"])
def deal_edit(request: HttpRequest, desk: Desk, deal_id: UUID) -> HttpResponseBase:
    """Change a deal."""
    found = access_deal(deal_id)
    people = salespeople(with_archived=True)
    form = DealForm(request.POST or None, people=people, stages=None, initial=_values_of(found))
    if request.method == "POST" and form.is_valid():
        try:
            edit_deal(
                workspace_id=desk.workspace_id, deal_id=found.id, version=form.cleaned_data["version"] or 0,
                details=_details(request, desk, form), by=actor_of(request), at=desk.at,
            )  # fmt: skip
        except Refusal as refusal:
            _add_refusal(form, refusal)
        else:
            toasts.done(request, _("Saved."))
            return redirect("crm_tenant:deal", deal_id=found.id)
    return render(request, "crm_tenant/deal_form.html", {"form": form, "desk": desk, "deal": found})


def _values_of(found: Deal) -> dict[str, Any]:
    return {
        "name": found.name,
        "company_name": found.company.name if found.company else "",
        "person_name": found.person.name if found.person else "",
        "amount": to_decimal(minor=found.amount_minor, currency=found.currency),
        "currency": found.currency,
        "owner": found.owner_id or "",
        "expected_close_on": found.expected_close_on,
        "probability": found.probability,
        "about": found.about,
        "version": found.version,
    }


def _add_refusal(form: Any, refusal: Refusal) -> None:
    form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))


@at_desk
@require_POST
def deal_move(request: HttpRequest, desk: Desk, deal_id: UUID) -> HttpResponseBase:
    """Put a deal into another stage; undo puts it back."""
    was = access_deal(deal_id).stage
    moved = move_deal(
        workspace_id=desk.workspace_id,
        deal_id=deal_id,
        stage_id=_asked(request.POST.get("stage", "") or request.GET.get("stage", "")) or deal_id,
        from_stage_id=_asked(request.POST.get("from", "")),
        reason=request.POST.get("reason", ""),
        by=actor_of(request),
        at=desk.at,
    )
    now = Stage.objects.get(pk=moved.stage_id)
    undo = f"{reverse('crm_tenant:deal_move', args=[deal_id])}?stage={was.id}" if was.category != Category.LOST else ""
    words = {"name": moved.name, "stage": now.name}
    toasts.done(request, _("%(name)s stands in “%(stage)s” now.") % words, undo=undo)
    if request.headers.get("HX-Request"):
        return render(request, "crm_tenant/parts/board.html", _board(request, desk))
    return back(request, to=reverse("crm_tenant:deal", args=[deal_id]))


@at_desk
@require_POST
def deal_archive(request: HttpRequest, desk: Desk, deal_id: UUID) -> HttpResponseBase:
    """Put a deal away."""
    found = archive_deal(workspace_id=desk.workspace_id, deal_id=deal_id, by=actor_of(request), at=desk.at)
    undo = reverse("crm_tenant:deal_restore", args=[deal_id])
    toasts.done(request, _("%(name)s is put away.") % {"name": found.name}, undo=undo)
    return redirect("crm_tenant:deal_list")


@at_desk
@require_POST
def deal_restore(request: HttpRequest, desk: Desk, deal_id: UUID) -> HttpResponseBase:
    """Bring a deal back."""
    found = restore_deal(workspace_id=desk.workspace_id, deal_id=deal_id, by=actor_of(request), at=desk.at)
    toasts.done(request, _("%(name)s is back.") % {"name": found.name})
    return redirect("crm_tenant:deal", deal_id=deal_id)
