"""Batches: ordered, approved, made, shown by serial, acted on by range."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from prepaid_cards.forms.batches import ConfirmForm, OrderForm, RangeForm, ReasonForm, ShipForm
from prepaid_cards.models import BatchKind, BatchStatus, Card, CardBatch, CardExport, CardStatus, ExportStatus
from prepaid_cards.operations.batches import (
    approve_batch,
    lock_all_of_batch,
    open_batch,
    order_batch,
    void_batch,
)
from prepaid_cards.operations.ranges import (
    check_end,
    extend_range,
    freeze_range,
    reassign_range,
    release_range,
    void_range,
)
from prepaid_cards.operations.sheets import is_whole
from prepaid_cards.operations.shipments import check_range, ship
from prepaid_cards.operations.zones import provider_zone
from prepaid_cards.queries import batches as queries
from prepaid_cards.queries.cards import cards_in, counts_of
from prepaid_cards.rules import shelf
from prepaid_cards.rules.serials import serial_of, shown
from prepaid_cards.rules.terms import end_of_day
from provider.kernel import clock, idempotency, jobs
from provider.kernel.actor import Actor
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import NotFound, Refusal
from provider.kernel.models import Job, JobStatus
from provider.kernel.money import Money
from provider.kernel.wording import say
from provider.look import toasts
from provider.look.tables import Badge, Choice, Column, Table

from .batch_timeline import timeline_of
from .range_preview import Preview, preview_of, preview_of_extending

_KINDS = {
    BatchStatus.DRAFT: "warn",
    BatchStatus.OPEN: "ok",
    BatchStatus.LOCKED: "warn",
    BatchStatus.VOID: "bad",
}


def state(batch: CardBatch) -> Badge:
    """The state as a word with its colour."""
    return Badge(batch.get_status_display(), _KINDS.get(BatchStatus(batch.status), "accent"))


BATCHES = Table(
    key="card-batches",
    columns=[
        Column(
            "prefix", gettext_lazy("Batch"), sort="prefix", is_fixed=True,
            href=lambda row: reverse("prepaid_cards:batch", args=[row.id]),
        ),
        Column("product", gettext_lazy("Card"), value=lambda row: row.product.own_name),
        Column("count", gettext_lazy("Ordered"), kind="number", sort="count"),
        Column("face", gettext_lazy("Face value"), kind="money", value=lambda row: Money(row.face_minor, row.currency)),
        Column("status", gettext_lazy("State"), kind="badge", value=state),
        Column("ordered_at", gettext_lazy("Ordered on"), kind="date", sort="ordered_at"),
        Column("note", gettext_lazy("Note")),
    ],
    filters=[Choice("status", gettext_lazy("State"), options=BatchStatus.choices)],
    search=queries.named_batches,
    search_label=gettext_lazy("Batch, card, note"),
    sort="-ordered_at",
    counted=ngettext_lazy("%(count)s batch", "%(count)s batches", "number"),
    empty_title=gettext_lazy("No cards ordered yet"),
    empty_text=gettext_lazy("Order a batch of a card that is offered."),
)  # fmt: skip


@allow("cards.view")
@require_safe
def batch_list(request: HttpRequest) -> HttpResponseBase:
    """Which cards were made?"""
    return BATCHES.answer(request, rows=queries.batches(), template="prepaid_cards/batches.html")


@allow("cards.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def batch_new(request: HttpRequest) -> HttpResponse:
    """How many cards of what?"""
    form = OrderForm(request.POST or None, initial=_wished(request))
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            made = order_batch(
                product_id=typed["product"].id, count=typed["count"], kind=typed["kind"], note=typed["note"],
                request_key=f"page {request.POST.get(idempotency.FORM_FIELD, '')}", by=actor_of(request),
                at=clock.now(),
            )  # fmt: skip
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))
        else:
            return redirect("prepaid_cards:batch", batch_id=made.id)
    return render(request, "prepaid_cards/batch_new.html", {"form": form})


def _wished(request: HttpRequest) -> dict[str, str]:
    """What the page that leads here suggests: the card, and how many in place of spoiled ones."""
    return {name: request.GET[name][:200] for name in ("product", "count", "note") if name in request.GET}


@allow("cards.view")
@require_safe
def batch(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Who has which cards?"""
    return batch_page(request, queries.access_batch(batch_id), confirm_form=ConfirmForm())


def batch_page(request: HttpRequest, found: CardBatch, *, confirm_form: ConfirmForm, status: int = 200) -> HttpResponse:
    """The batch's page, as it is or with what is wrong in what was typed."""
    by = actor_of(request)
    first = _first_of(request, batch=found)
    export = queries.export_of(found)
    context = _frame(found) | _job_of(found, export=export) | {
        "stats": _stats(found),
        "rows": _shelf(found, first=first),
        "pages": _pages(found, first=first),
        "timeline": timeline_of(found, export=export),
        "export": export,
        "canaries": queries.canaries_in(found) if export and by.may("cards.manage") else [],
        "is_ready": export is not None and is_whole(export),
        "is_mine": export is not None and export.requested_by_id == by.user_id,
        "sha256": f"SHA-256 {bytes(export.file_sha256).hex()}" if export and export.file_sha256 else "",
        "confirm_form": confirm_form,
        "may_approve": not (found.needs_second_person and found.ordered_by_id == by.user_id),
    }  # fmt: skip
    return render(request, "prepaid_cards/batch.html", context, status=status)


@allow("cards.manage")
@require_POST
def batch_approve(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Let it be made."""
    found = approve_batch(batch_id=queries.access_batch(batch_id).id, by=actor_of(request), at=clock.now())
    toasts.done(request, _("Batch %(prefix)s is approved.") % {"prefix": found.prefix})
    return redirect("prepaid_cards:batch", batch_id=found.id)


@allow("cards.manage")
@require_POST
def batch_open(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Let its cards be sold and redeemed."""
    found = open_batch(batch_id=queries.access_batch(batch_id).id, by=actor_of(request), at=clock.now())
    toasts.done(request, _("Batch %(prefix)s is open.") % {"prefix": found.prefix})
    return redirect("prepaid_cards:batch", batch_id=found.id)


@allow("cards.manage")
@require_POST
def batch_lock(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Stop selling and redeeming its cards for now."""
    return _stop(request, batch_id, act=lock_all_of_batch, text=_("Batch %(prefix)s is locked."))


@allow("cards.manage")
@require_POST
def batch_void(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """End it for good."""
    return _stop(request, batch_id, act=void_batch, text=_("Batch %(prefix)s is withdrawn for good."))


@allow("cards.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def batch_ship(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Which cards go to whom?"""
    found = queries.access_batch(batch_id)
    form = ShipForm(request.POST or None, initial={"first": 1, "last": found.total_count})
    if request.method == "POST" and form.is_valid():
        typed, by, at = form.cleaned_data, actor_of(request), clock.now()

        def act() -> str:
            shipment = ship(
                batch_id=found.id, first=typed["first"], last=typed["last"], to_account_id=typed["to_account"].id,
                note=typed["note"], by=by, at=at,
            )  # fmt: skip
            told = {"count": shipment.count, "name": typed["to_account"].name}
            toasts.done(request, _("%(count)s cards are on their way to %(name)s.") % told)
            return reverse("prepaid_cards:batch", args=[found.id])

        if (answer := _once(request, form=form, name="card-ship", act=act)) is not None:
            return answer
    context = _frame(found) | {"form": form, "stats": _stats(found)}
    return render(request, "prepaid_cards/batch_ship.html", context)


@allow("cards.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def batch_range(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """What would happen to which of these cards? Shown first, done after."""
    found = queries.access_batch(batch_id)
    form = RangeForm(
        request.POST or None, prefix_of_batch=found.prefix,
        initial={"act": "freeze", "first": 1, "last": found.total_count},
    )  # fmt: skip
    context = _frame(found) | {"form": form}
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        cards = cards_in(batch_id=found.id, first=typed["first"], last=typed["last"])
        try:
            check_range(found, first=typed["first"], last=typed["last"])
            preview = _preview(cards, typed=typed)
        except Refusal as refusal:
            form.add_error(refusal.field, say(refusal))
            return render(request, "prepaid_cards/batch_range.html", context)
        context |= {"preview": preview, "asked": True, "act_name": dict(RangeForm.ACTS)[typed["act"]]}
        if request.POST.get("sure") == "yes":
            answer = _once(
                request, form=form, name="card-range", act=lambda: _do(request, batch=found, typed=typed)
            )  # fmt: skip
            if answer is not None:
                return answer
    return render(request, "prepaid_cards/batch_range.html", context)


def _preview(cards: QuerySet[Card], *, typed: dict[str, Any]) -> Preview:
    if typed["act"] != "extend":
        return preview_of(cards, act=typed["act"])
    until = end_of_day(last_day=typed["last_day"], zone=provider_zone())
    check_end(until, at=clock.now())
    return preview_of_extending(cards, until=until)


def _do(request: HttpRequest, *, batch: CardBatch, typed: dict[str, Any]) -> str:
    by: Actor = actor_of(request)
    facts = {"batch_id": batch.id, "first": typed["first"], "last": typed["last"], "reason": typed["reason"]}
    if typed["act"] == "extend":
        until = end_of_day(last_day=typed["last_day"], zone=provider_zone())
        count = extend_range(**facts, redeem_before=until, by=by, at=clock.now())
    elif typed["act"] == "reassign":
        shelf_of = typed["to_account"]
        count = reassign_range(**facts, to_account_id=shelf_of.id if shelf_of else None, by=by, at=clock.now())
    else:
        acts: dict[str, Callable[..., int]] = {"freeze": freeze_range, "release": release_range, "void": void_range}
        count = acts[typed["act"]](**facts, by=by, at=clock.now())
    changed = ngettext("%(count)s card was changed.", "%(count)s cards were changed.", count)
    toasts.done(request, changed % {"count": count})
    return reverse("prepaid_cards:batch", args=[batch.id])


def _once(request: HttpRequest, *, form: Any, name: str, act: Callable[[], str]) -> HttpResponse | None:
    """Do it once however often the form comes; a refusal goes back to its field."""
    try:
        outcome = idempotency.once_form(
            form=name, form_key=request.POST.get(idempotency.FORM_FIELD, ""), by=actor_of(request), at=clock.now(),
            act=act,
        )  # fmt: skip
    except Refusal as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))
        return None
    return redirect(outcome.url)


def _stop(request: HttpRequest, batch_id: UUID, *, act: Callable[..., CardBatch], text: str) -> HttpResponse:
    found, form = queries.access_batch(batch_id), ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    act(batch_id=found.id, reason=reason, by=actor_of(request), at=clock.now())
    toasts.done(request, text % {"prefix": found.prefix})
    return redirect("prepaid_cards:batch", batch_id=found.id)


def _frame(batch: CardBatch) -> dict[str, Any]:
    return {
        "batch": batch,
        "state": state(batch),
        "face": Money(batch.face_minor, batch.currency),
        "first_serial": shown(serial_of(prefix=batch.prefix, counter=1)),
        "last_serial": shown(serial_of(prefix=batch.prefix, counter=batch.total_count)),
        "is_electronic": batch.kind == BatchKind.ELECTRONIC,
    }


def _job_of(batch: CardBatch, *, export: CardExport | None) -> dict[str, Any]:
    """The job in progress: the making of the cards, or of the sheets for their export."""
    job_id = batch.job_id if batch.status == BatchStatus.GENERATING else export.job_id if export else None
    job = Job.objects.filter(id=job_id).first() if job_id else None
    if job is None or (export and export.status != ExportStatus.APPROVED):
        return {}
    return {
        "job": job, "job_title": jobs.title_of(job), "job_progress": jobs.progress_of(job),
        "job_outcomes": jobs.outcomes_of(job), "has_failed": job.status == JobStatus.FAILED,
    }  # fmt: skip


def _worded(counts: dict[str, int]) -> list[tuple[str, int]]:
    return [(str(CardStatus(status).label), number) for status, number in counts.items()]


def _stats(batch: CardBatch) -> list[dict[str, Any]]:
    """How many cards are in which state, in the order of a card's life."""
    counts = counts_of(cards_in(batch_id=batch.id, first=1, last=batch.total_count))
    return [
        {"label": CardStatus(status).label, "count": counts[status], "series": shelf.SERIES[status], "status": status}
        for status in reversed(shelf.STACK)
        if counts.get(status)
    ]


def _shelf(batch: CardBatch, *, first: int) -> list[dict[str, Any]]:
    cells = queries.map_cells(batch_id=batch.id, first=first)
    rows = shelf.rows_of(cells, first=first, per_row=queries.ROW, per_column=queries.COLUMN)
    holders = queries.holders_in(batch_id=batch.id, first=first)
    return [
        {
            "first": row.first,
            "last": min(row.first + queries.ROW - 1, batch.total_count),
            "shapes": [(status, row.shapes[status]) for status in shelf.STACK if status in row.shapes],
            "counts": _worded(row.counts),
            "holders": holders.get((row.first - first) // queries.ROW, []),
        }
        for row in rows
    ]


def _first_of(request: HttpRequest, *, batch: CardBatch) -> int:
    typed = request.GET.get("from", "1")
    per_page = queries.ROW * queries.ROWS
    wanted = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= 7 else 1
    if not 1 <= wanted <= max(batch.total_count, 1):
        raise NotFound()
    return (wanted - 1) // per_page * per_page + 1


def _pages(batch: CardBatch, *, first: int) -> dict[str, int]:
    per_page = queries.ROW * queries.ROWS
    pages = {}
    if first > per_page:
        pages["previous"] = first - per_page
    if first + per_page <= batch.total_count:
        pages["next"] = first + per_page
    return pages
