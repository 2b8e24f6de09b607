"""Reports of holders at the operators' desk: what they say, how the card stands, and the answer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.views.decorators.http import require_POST, require_safe

from prepaid_cards.forms.batches import ReasonForm
from prepaid_cards.models import CardReport, ReportKind, ReportStatus
from prepaid_cards.operations.goodwill import may_extend_by_goodwill
from prepaid_cards.operations.redemption import why_not
from prepaid_cards.operations.replacement import may_replace
from prepaid_cards.operations.reports import decline_report, release_card, take_after_its_day
from prepaid_cards.queries.cards import redeemer_of
from prepaid_cards.queries.reports import access_report, reports
from prepaid_cards.rules.codes import normalise
from prepaid_cards.rules.serials import shown
from provider.kernel import clock
from provider.kernel.doors import actor_of, allow
from provider.look import toasts
from provider.look.tables import Badge, Choice, Column, Dates, Table

_KINDS = {ReportStatus.SOLVED: "ok", ReportStatus.DECLINED: "bad"}


def state(report: CardReport) -> Badge:
    """The state as a word with its colour."""
    return Badge(report.get_status_display(), _KINDS.get(ReportStatus(report.status), "warn"))


def number_of(report: CardReport) -> str:
    """The number in two groups, as it is read out on the telephone."""
    return f"{report.number[:4]}-{report.number[4:]}"


def _numbered(rows: Any, typed: str) -> Any:
    plain = normalise(typed)
    return rows.filter(number__startswith=plain) | rows.filter(serial__startswith=plain)


REPORTS = Table(
    key="card-reports",
    columns=[
        Column(
            "number", gettext_lazy("Report"), value=number_of, is_fixed=True,
            href=lambda row: reverse("prepaid_cards:card_report", args=[row.id]),
        ),
        Column("kind", gettext_lazy("What is wrong"), value=lambda row: row.get_kind_display()),
        Column("serial", gettext_lazy("Serial"), value=lambda row: shown(row.serial)),
        Column("account", gettext_lazy("Account"), value=lambda row: row.account.name),
        Column("created_at", gettext_lazy("Reported"), kind="instant", sort="created_at"),
        Column("status", gettext_lazy("State"), kind="badge", value=state),
    ],
    filters=[
        Choice("status", gettext_lazy("State"), options=ReportStatus.choices),
        Choice("kind", gettext_lazy("What is wrong"), options=ReportKind.choices),
        Dates("created_at", gettext_lazy("Reported")),
    ],
    search=_numbered,
    search_label=gettext_lazy("Report or serial"),
    sort="-created_at",
    counted=ngettext_lazy("%(count)s report", "%(count)s reports", "number"),
    empty_title=gettext_lazy("No holder has reported a card"),
    empty_text=gettext_lazy("Holders whose card is not accepted can report it on the redemption page."),
)  # fmt: skip


@allow("cards.view")
@require_safe
def report_list(request: HttpRequest) -> HttpResponseBase:
    """Whose card is not taken?"""
    return REPORTS.answer(request, rows=reports(), template="prepaid_cards/card_reports.html")


@allow("cards.view")
@require_safe
def report(request: HttpRequest, card_report_id: UUID) -> HttpResponse:
    """What does the holder say, and how does the card stand?"""
    found, at = access_report(card_report_id), clock.now()
    card, is_open = found.card, found.status == ReportStatus.OPEN
    context = {
        "report": found,
        "number": number_of(found),
        "serial": shown(found.serial),
        "state": state(found),
        "card": card,
        "redeemer": redeemer_of(card) if card else None,
        "is_open": is_open,
        "may_release": is_open and found.kind == "damaged" and card is not None and why_not(card, at=at) is None,
        "may_replace": is_open and found.kind == "damaged" and card is not None and may_replace(card, at=at),
        "card_serial": shown(card.serial) if card else "",
        "may_extend": is_open and found.kind == "expired" and card is not None and may_extend_by_goodwill(card, at=at),
        "others": reports().filter(serial=found.serial).exclude(id=found.id).order_by("-created_at")[:5],
    }
    return render(request, "prepaid_cards/card_report.html", context)


@allow("cards.manage")
@require_POST
def report_release(request: HttpRequest, card_report_id: UUID) -> HttpResponse:
    """Let the holder redeem the card without its code."""
    release_card(report_id=card_report_id, reason=_reason(request), by=actor_of(request), at=clock.now())
    toasts.done(request, _("Released. The holder is told, and can redeem the card on the page of the report."))
    return redirect("prepaid_cards:card_report", card_report_id=card_report_id)


@allow("cards.manage")
@require_POST
def report_extend(request: HttpRequest, card_report_id: UUID) -> HttpResponse:
    """Take the expired card for a little longer."""
    take_after_its_day(report_id=card_report_id, reason=_reason(request), by=actor_of(request), at=clock.now())
    toasts.done(request, _("The card is taken again, and the holder is told."))
    return redirect("prepaid_cards:card_report", card_report_id=card_report_id)


@allow("cards.manage")
@require_POST
def report_decline(request: HttpRequest, card_report_id: UUID) -> HttpResponse:
    """Say why nothing is done."""
    decline_report(report_id=card_report_id, reason=_reason(request), by=actor_of(request), at=clock.now())
    toasts.done(request, _("Declined. The holder reads your reason."))
    return redirect("prepaid_cards:card_report", card_report_id=card_report_id)


def _reason(request: HttpRequest) -> str:
    form = ReasonForm(request.POST)
    return str(form.cleaned_data["reason"]) if form.is_valid() else ""
