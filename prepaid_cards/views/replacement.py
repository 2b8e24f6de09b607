"""A card whose code is lost or damaged: ended, and an electronic one handed over in its place."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from prepaid_cards.forms.replacement import ReplaceForm
from prepaid_cards.models import CardReport
from prepaid_cards.operations.electronic import Issued
from prepaid_cards.operations.replacement import may_replace, replace_card
from prepaid_cards.operations.reports import replace_reported_card
from prepaid_cards.queries.cards import access_card_by_serial
from prepaid_cards.queries.reports import damaged_report_of
from prepaid_cards.rules.serials import shown
from provider.kernel import clock
from provider.kernel.actor import Actor
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import Refusal
from provider.kernel.money import Money
from provider.kernel.wording import say


@allow("cards.manage")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def serial_replace(request: HttpRequest, serial: str) -> HttpResponse:
    """Who gets an electronic card in place of this one?"""
    card, at = access_card_by_serial(serial=serial), clock.now()
    report = damaged_report_of(card, report_id=request.GET.get("report", ""))
    form = ReplaceForm(request.POST or None, initial=_initial(report))
    if request.method == "POST" and form.is_valid():
        try:
            issued = _replace(form, serial=card.serial, report=report, by=actor_of(request), at=at)
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))
        else:
            to_email = form.cleaned_data["email"]
            context = {
                "old": shown(card.serial), "card": issued.card, "serial": shown(issued.card.serial), "report": report,
                "to_email": to_email, "shown_once": "" if to_email else issued.code_shown,
            }  # fmt: skip
            return render(request, "prepaid_cards/card_replaced.html", context)
    context = {
        "form": form, "card": card, "serial": shown(card.serial), "report": report,
        "face": Money(card.batch.face_minor, card.batch.currency), "may_replace": may_replace(card, at=at),
    }  # fmt: skip
    return render(request, "prepaid_cards/card_replace.html", context)


def _replace(form: ReplaceForm, *, serial: str, report: CardReport | None, by: Actor, at: datetime) -> Issued:
    typed = form.cleaned_data
    reason, to_email, language = typed["reason"], typed["email"], typed["language"]
    if report is None:
        return replace_card(serial=serial, reason=reason, to_email=to_email, language=language, by=by, at=at)
    report_id: UUID = report.id
    return replace_reported_card(
        report_id=report_id, reason=reason, to_email=to_email, language=language, by=by, at=at
    )  # fmt: skip


def _initial(report: CardReport | None) -> dict[str, str]:
    """The address of the account that reported the card, in its language."""
    if report is None:
        return {"language": get_language() or "en"}
    return {"email": report.account.email, "language": report.account.language}
