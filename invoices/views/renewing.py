"""Renew without a card: choose how long, see until when and for how much, pay on the gateway's page."""

from __future__ import annotations

from datetime import datetime
from typing import cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import resolve, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from invoices.documents.previews import previewed
from invoices.errors import GatewayRefused, GatewayUnavailable, PreviewOutdated
from invoices.flows.payments import open_payment_page
from invoices.forms.renewing import RenewForm
from invoices.gateways import stripe
from invoices.operations.buying import Bought, buy_term, withdraw_order
from invoices.queries.buying import TermPrice, billed_beside, open_order_of, term_prices
from plans.queries.standing import standing_of
from plans.rules.calendar import Interval
from plans.rules.catalogue.words import length
from plans.templatetags.catalogue import own_name
from provider.accounts.models import Account
from provider.accounts.queries import account_of
from provider.kernel import clock
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import Refusal
from provider.kernel.idempotency import FORM_FIELD, once_form
from provider.kernel.wording import say
from provider.look import formats, toasts


@allow("subscription.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def renew(request: HttpRequest) -> HttpResponse:
    """For how long shall we go on, and what does it cost?"""
    account = account_of(request)
    at = clock.now_for(test_clock_at=account.test_clock_at)
    offered = term_prices(account=account)
    form = RenewForm(
        request.POST if request.method == "POST" else None, terms=[(one.months, _term_says(one)) for one in offered]
    )
    if request.method != "POST" or not form.is_valid() or "change" in request.POST:
        return _page(request, form, account=account)
    months: int = form.cleaned_data["months"]
    by = actor_of(request)
    try:
        if "expected" in request.POST:
            return _buy(request, account=account, months=months, at=at)
        seen = buy_term(account_id=account.id, months=months, by=by, at=at, is_preview=True)
        return _page(request, form, account=account, seen=seen)
    except PreviewOutdated as refusal:
        return _page(request, form, account=account, seen=cast(Bought, refusal.preview), is_outdated=True)
    except Refusal as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))
        return _page(request, form, account=account)


@allow("subscription.manage")
@require_POST
def renew_withdraw(request: HttpRequest, invoice_id: UUID) -> HttpResponse:
    """Not that one: it is taken back, and another renewal may be ordered."""
    account = account_of(request)
    at = clock.now_for(test_clock_at=account.test_clock_at)
    withdraw_order(account_id=account.id, invoice_id=invoice_id, by=actor_of(request), at=at)
    toasts.done(request, gettext("The renewal is taken back, and its invoice with it. Choose another one."))
    return redirect("invoices:renew")


def _term_says(price: TermPrice) -> str:
    return f"{formats.sentence(length(Interval(months=price.months)))} · {formats.money(price.net)}"


def _page(
    request: HttpRequest,
    form: RenewForm,
    *,
    account: Account,
    seen: Bought | None = None,
    is_outdated: bool = False,
) -> HttpResponse:
    context = {
        "account": account,
        "standing": standing_of(account_id=account.id),
        "form": form,
        "waiting": open_order_of(account_id=account.id),
        "seen": seen,
        "document": previewed([seen.document], currency=account.currency)[0] if seen else None,
        "also": seen.extension.due_minor if seen else 0,
        "is_outdated": is_outdated,
        "is_online": stripe.is_configured() and actor_of(request).may("invoices.pay"),
    }
    if not seen and (offered := term_prices(account=account)):
        context["beside"] = beside = billed_beside(offered[0], account=account)
        context["beside_names"] = [own_name(charge) for charge in beside.charges] if beside else []
    return render(request, "invoices/renew.html", context)


def _buy(request: HttpRequest, *, account: Account, months: int, at: datetime) -> HttpResponse:
    """Make the invoice once, then lead to the gateway's page; without one, to the invoice."""
    by, sent = actor_of(request), request.POST

    def act() -> str:
        made = buy_term(account_id=account.id, months=months, by=by, at=at, expected=sent["expected"])
        return reverse("invoices:own_invoice", args=[made.document.id])

    outcome = once_form(form="renew", form_key=sent.get(FORM_FIELD, ""), by=by, at=clock.now(), act=act)
    if not (stripe.is_configured() and by.may("invoices.pay")):
        return redirect(outcome.url)
    try:
        invoice_id: UUID = resolve(outcome.url).kwargs["invoice_id"]
        return redirect(open_payment_page(invoice_id=invoice_id, by=by, real_at=clock.now()))
    except (GatewayUnavailable, GatewayRefused) as refusal:
        toasts.warn(request, say(refusal))
        return redirect(outcome.url)
