"""Help for holders whose card is not taken: an unreadable code, a shop that forgot, a day that has passed."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from prepaid_cards.forms.rescue import ReportForm, UnreadableForm
from prepaid_cards.models import CardReport, ReportStatus
from prepaid_cards.operations.reports import ReportWish, file_report, released_card
from prepaid_cards.operations.rescue import open_damaged
from prepaid_cards.operations.words import without_codes
from prepaid_cards.queries.reports import access_own_report, reports_of
from prepaid_cards.rules.codes import grouped
from prepaid_cards.rules.serials import BadSerial, normalise, read_serial, shown
from provider.kernel import clock
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import Refusal
from provider.kernel.wording import say
from provider.look import toasts
from provider.look.tables import Badge

from .redeem import PROVEN, account_in, show_quote, wait_of

_KINDS: Final = {ReportStatus.SOLVED: "ok", ReportStatus.DECLINED: "bad"}


@allow("cards.redeem")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unreadable(request: HttpRequest) -> HttpResponse:
    """What would this card do, though a few symbols of its code are gone?"""
    account, by = account_in(request), actor_of(request)
    at = clock.now_for(test_clock_at=account.test_clock_at)
    form, waits = UnreadableForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            card = open_damaged(
                serial_typed=typed["serial"], code_typed=typed["code"], account_id=account.id, by=by, at=at
            )
            return show_quote(request, card=card, at=at)
        except Refusal as refusal:
            waits = wait_of(refusal, zone=ZoneInfo(account.time_zone))
            form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))
    if form.is_bound:  # no answer repeats what was typed of a secret
        form.is_valid()
        form.data = {"serial": request.POST.get("serial", ""), "code": ""}
    return render(request, "prepaid_cards/redeem_unreadable.html", {"form": form, "waits": waits})


@allow("cards.redeem")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def help_page(request: HttpRequest) -> HttpResponse:
    """The card is not taken: who looks at it?"""
    account, by = account_in(request), actor_of(request)
    at = clock.now_for(test_clock_at=account.test_clock_at)
    proven = request.session.get(PROVEN, "")
    form = ReportForm(request.POST or None, initial=_prefilled(request, proven=proven))
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        wish = ReportWish(**typed, is_proven=bool(proven) and normalise(typed["serial"]) == proven)
        try:
            made = file_report(wish=wish, account_id=account.id, by=by, at=at)
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))
        else:
            request.session.pop(PROVEN, None)
            toasts.done(request, _("Reported. Your report has the number %(number)s.") % {"number": _number(made)})
            if any(without_codes(typed[field]) != typed[field] for field in ("words", "receipt")):
                toasts.warn(request, _("You wrote the code of a card. We removed it and kept the rest: never send it."))
            return redirect("prepaid_cards:redeem_report", card_report_id=made.id)
    context = {"form": form, "reports": [_line(one) for one in reports_of(account.id)[:10]]}
    return render(request, "prepaid_cards/redeem_help.html", context)


@allow("cards.redeem")
@never_cache
@require_safe
def own_report(request: HttpRequest, card_report_id: UUID) -> HttpResponse:
    """What became of this report?"""
    account = account_in(request)
    found = access_own_report(account_id=account.id, report_id=card_report_id)
    at = clock.now_for(test_clock_at=account.test_clock_at)
    new = found.card.serial if found.status == ReportStatus.SOLVED and found.card else found.serial
    context = _line(found) | {
        "may_use": _may_use(found, at=at), "new_serial": shown(new) if new != found.serial else ""
    }  # fmt: skip
    return render(request, "prepaid_cards/redeem_report.html", context)


@allow("cards.redeem")
@never_cache
@require_POST
def own_report_use(request: HttpRequest, card_report_id: UUID) -> HttpResponse:
    """What would the card do that was released to us?"""
    account = account_in(request)
    at = clock.now_for(test_clock_at=account.test_clock_at)
    found = access_own_report(account_id=account.id, report_id=card_report_id)
    return show_quote(request, card=released_card(report=found, at=at), at=at)


def _may_use(report: CardReport, *, at: Any) -> bool:
    try:
        released_card(report=report, at=at)
    except Refusal:
        return False
    return True


def _prefilled(request: HttpRequest, *, proven: str) -> dict[str, Any]:
    kind = request.GET.get("kind", "unsold" if proven else "")
    return {"kind": kind, "serial": shown(proven) if _is_serial(proven) else ""}


def _is_serial(text: str) -> bool:
    try:
        read_serial(text)
    except BadSerial:
        return False
    return True


def _number(report: CardReport) -> str:
    return grouped(report.number)[:9]


def _line(report: CardReport) -> dict[str, Any]:
    return {
        "report": report,
        "number": _number(report),
        "serial": shown(report.serial),
        "state": Badge(report.get_status_display(), _KINDS.get(ReportStatus(report.status), "warn")),
    }
