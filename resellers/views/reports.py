"""What holders say the till forgot: the queue of the shop, and its answer to each."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from prepaid_cards.models import CardReport
from prepaid_cards.operations.reports import decline_report
from prepaid_cards.queries.reports import access_report_for_shop, reports_for_shop, waiting_for_shop
from prepaid_cards.rules.serials import shown
from provider.accounts.queries import account_of
from provider.kernel import clock
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import Refusal
from provider.kernel.money import Money
from provider.kernel.wording import say
from provider.look import toasts
from resellers.forms import ReportedSaleForm, ways_of
from resellers.operations.reports import register_reported_sale
from resellers.queries.stores import stores_for

_LATELY = 20


@allow("till.use")
@require_safe
def report_list(request: HttpRequest) -> HttpResponse:
    """Which sales may the till have forgotten?"""
    account = account_of(request)
    waiting = list(waiting_for_shop(account.id))
    ended = reports_for_shop(account.id).exclude(status="open").order_by("-ended_at")[:_LATELY]
    context = {"waiting": [_line(one) for one in waiting], "ended": [_line(one) for one in ended]}
    return render(request, "resellers/reports.html", context)


@allow("till.use")
@require_http_methods(["GET", "HEAD", "POST"])
def report_page(request: HttpRequest, card_report_id: UUID) -> HttpResponse:
    """Was this card sold here?"""
    account, by = account_of(request), actor_of(request)
    at = clock.now_for(test_clock_at=account.test_clock_at)
    report = access_report_for_shop(shop_id=account.id, report_id=card_report_id)
    form = ReportedSaleForm(
        request.POST or None, stores=stores_for(by=by, reseller_id=account.id), ways=ways_of(account)
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            sale = register_reported_sale(
                reseller_id=account.id, report_id=report.id, store_id=form.cleaned_data["store"],
                paid_by=form.cleaned_data["paid_by"], by=by, at=at,
            )  # fmt: skip
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))
        else:
            toasts.done(request, _("Sold, and the holder is told."))
            return redirect("resellers:sale", sale_id=sale.id)
    waits = report.status == "open" and report.card is not None and report.card.status == "received"
    return render(request, "resellers/report.html", _line(report) | {"form": form, "waits": waits})


@allow("till.use")
@require_POST
def report_decline(request: HttpRequest, card_report_id: UUID) -> HttpResponse:
    """It was not sold here: the holder reads why."""
    account = account_of(request)
    reason = request.POST.get("reason", "")[:400]
    decline_report(
        report_id=card_report_id, reason=reason, shop_id=account.id, by=actor_of(request),
        at=clock.now_for(test_clock_at=account.test_clock_at),
    )  # fmt: skip
    toasts.done(request, _("Declined. The holder reads your reason."))
    return redirect("resellers:reports")


def _line(report: CardReport) -> dict[str, Any]:
    assert report.card is not None
    batch = report.card.batch
    return {
        "report": report,
        "number": f"{report.number[:4]}-{report.number[4:]}",
        "serial": shown(report.serial),
        "product": batch.product.own_name,
        "face": Money(batch.face_minor, batch.currency),
    }
