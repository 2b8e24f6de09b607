"""The subscriber's bank card: which one is kept, what is taken from it, another one, and none any more."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from invoices.errors import GatewayUnavailable, NoBankCard
from invoices.flows.bank_cards import keep_card, open_card_page, remove_card
from invoices.gateways import stripe
from invoices.queries.bank_cards import bank_card_of
from plans.queries.paying import has_paid_on_request
from provider.accounts.queries import account_of
from provider.kernel import clock
from provider.kernel.doors import actor_of, allow
from provider.kernel.wording import say
from provider.look import toasts


@allow("invoices.view")
@require_safe
def own_bank_card(request: HttpRequest) -> HttpResponse:
    """From which bank card are our invoices taken?"""
    account = account_of(request)
    context = {
        "card": bank_card_of(account.id),
        "is_online": stripe.is_configured(),
        "is_for_invoices": has_paid_on_request(account_id=account.id),
    }
    return render(request, "invoices/own_bank_card.html", context)


@allow("invoices.pay")
@require_POST
def bank_card_new(request: HttpRequest) -> HttpResponse:
    """Lead to the gateway's page, where a card is entered; we never see its number."""
    return redirect(open_card_page(account=account_of(request), language=get_language() or "en"))


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
def bank_card_remove(request: HttpRequest) -> HttpResponse:
    """Nothing is taken from the card any more."""
    account = account_of(request)
    at = clock.now_for(test_clock_at=account.test_clock_at)
    if remove_card(account=account, by=actor_of(request), at=at) is not None:
        toasts.done(request, _("Removed. Invoices to come are paid by you, as they say."))
    return redirect("invoices:own_bank_card")
