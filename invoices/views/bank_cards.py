"""The subscriber's bank card: which one is kept, what is taken from it, another one, and none any more."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from invoices.errors import GatewayUnavailable, NoBankCard
from invoices.flows.bank_cards import keep_card, open_card_page, remove_card, try_now
from invoices.gateways import stripe
from invoices.models import Invoice
from invoices.queries.bank_cards import bank_card_of
from invoices.queries.documents import access_invoice, access_own_invoice
from plans.queries.paying import has_paid_on_request
from provider.accounts.queries import account_of
from provider.kernel import clock
from provider.kernel.actor import Actor
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import Refusal
from provider.kernel.wording import say
from provider.look import toasts

from .refused import refused_of, tell


@allow("invoices.view")
@require_safe
def own_bank_card(request: HttpRequest) -> HttpResponse:
    """From which bank card are our invoices taken?"""
    account = account_of(request)
    context = {
        "card": bank_card_of(account.id),
        "is_online": stripe.is_configured(),
        "refused": refused_of(account.id),
        "is_for_invoices": has_paid_on_request(account_id=account.id),
    }
    return render(request, "invoices/own_bank_card.html", context)


@allow("invoices.pay")
@require_POST
def bank_card_new(request: HttpRequest) -> HttpResponse:
    """Lead to the gateway's page, where a card is entered; we never see its number."""
    return redirect(open_card_page(account=account_of(request), language=get_language() or "en").url)


@allow("invoices.pay")
@require_safe
def bank_card_back(request: HttpRequest) -> HttpResponse:
    """They come back from the gateway: ask it which card it keeps now."""
    account, by = account_of(request), actor_of(request)
    try:
        card = keep_card(page=request.GET.get("page", "")[:120], account_id=account.id, by=by, real_at=clock.now())
    except (GatewayUnavailable, NoBankCard) as refusal:
        toasts.warn(request, say(refusal))
    else:
        toasts.done(request, _("Saved. Invoices to come are taken from the card that ends in %s.") % card.last4)
    return redirect("invoices:own_bank_card")


@allow("invoices.pay")
@require_POST
def try_card(request: HttpRequest, invoice_id: UUID) -> HttpResponse:
    """The bank refused; have the card on file tried again at once."""
    by = actor_of(request)
    invoice = access_own_invoice(invoice_id=invoice_id, by=by)
    _try(request, invoice, by=by)
    if request.POST.get("back") == "card":
        return redirect("invoices:own_bank_card")
    return redirect("invoices:own_invoice", invoice_id=invoice.pk)


@allow("payments.record")
@require_POST
def operators_try_card(request: HttpRequest, invoice_id: UUID) -> HttpResponse:
    """The customer says that the bank will pay now: try the card on file again."""
    by = actor_of(request)
    invoice = access_invoice(invoice_id=invoice_id, by=by)
    _try(request, invoice, by=by, reason=request.POST.get("reason", "").strip()[:400])
    return redirect("invoices:invoice", invoice_id=invoice.pk)


def _try(request: HttpRequest, invoice: Invoice, *, by: Actor, reason: str = "") -> None:
    """Try it and say how it went; what is in the way is told beside the invoice, which says how it stands."""
    try:
        attempt = try_now(invoice_id=invoice.pk, by=by, real_at=clock.now(), reason=reason)
    except Refusal as refusal:
        toasts.refuse(request, say(refusal))
    else:
        tell(request, attempt)


@allow("invoices.pay")
@require_POST
def bank_card_remove(request: HttpRequest) -> HttpResponse:
    """Nothing is taken from the card any more."""
    account = account_of(request)
    at = clock.now_for(test_clock_at=account.test_clock_at)
    if remove_card(account=account, by=actor_of(request), at=at) is not None:
        toasts.done(request, _("Removed. Invoices to come are paid by you, as they say."))
    return redirect("invoices:own_bank_card")
