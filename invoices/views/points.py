"""Points for prepaid money: the holder sees what they come to and exchanges them; operators set the rate."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from invoices.forms.points import ExchangeForm, RateForm
from invoices.operations.points import exchange_points, set_rate
from invoices.queries.points import exchanges_of, offer_to, promise, rates
from provider.accounts.queries import account_of
from provider.kernel import clock
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import FactsChanged, NotAllowed, Refusal
from provider.kernel.idempotency import FORM_FIELD, once_form
from provider.kernel.ids import id_in
from provider.kernel.money import Money
from provider.kernel.wording import say
from provider.look import formats, toasts

_LATELY = 20


@allow("invoices.view")
@require_http_methods(["GET", "HEAD", "POST"])
def own_points(request: HttpRequest) -> HttpResponse:
    """How many points do we have, and what would they come to?"""
    account, by = account_of(request), actor_of(request)
    at = clock.now_for(test_clock_at=account.test_clock_at)
    offer = offer_to(account_id=account.id, currency=account.currency, at=at)
    sent = request.POST if request.method == "POST" else request.GET
    if request.method == "POST" and not by.may("invoices.pay"):
        raise NotAllowed()
    form = ExchangeForm(sent if "points" in sent else None, initial={"points": offer.most or None})
    preview = None
    if form.is_bound and form.is_valid():
        try:
            preview = promise(offer, points=form.cleaned_data["points"], currency=account.currency)
            if request.method == "POST":
                return _exchange(request, points=form.cleaned_data["points"])
        except FactsChanged as refusal:
            toasts.warn(request, say(refusal))
            return redirect(f"{reverse('invoices:own_points')}?points={form.cleaned_data['points']}")
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))
            preview = None
    context = {
        "offer": offer,
        "step": Money(offer.rate.amount_minor, account.currency) if offer.rate else None,
        "form": form,
        "preview": preview,
        "may_exchange": by.may("invoices.pay") and offer.most > 0,
        "exchanges": [
            {"one": one, "money": Money(one.amount_minor, one.currency)} for one in exchanges_of(account.id)[:_LATELY]
        ],
    }
    return render(request, "invoices/own_points.html", context)


def _exchange(request: HttpRequest, *, points: int) -> HttpResponse:
    account, by = account_of(request), actor_of(request)
    rate_id = id_in(request.POST.get("rate", ""))
    if rate_id is None:
        raise FactsChanged()

    def act() -> str:
        at = clock.now_for(test_clock_at=account.test_clock_at)
        made = exchange_points(account_id=account.id, points=points, rate_id=rate_id, by=by, at=at)
        money = formats.money(Money(made.amount_minor, made.currency))
        toasts.done(request, _("Exchanged. %(money)s are on your balance.") % {"money": money})
        return reverse("invoices:own_points")

    key = request.POST.get(FORM_FIELD, "")
    return redirect(once_form(form="points", form_key=key, by=by, at=clock.now(), act=act).url)


@allow("ledger.view")
@require_http_methods(["GET", "HEAD", "POST"])
def point_rates(request: HttpRequest) -> HttpResponse:
    """At which rate do points become money, and which rates were there?"""
    by, form = actor_of(request), RateForm(request.POST or None)
    may_set = by.may("payments.record")
    if request.method == "POST" and not may_set:
        raise NotAllowed()
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            set_rate(
                currency=typed["currency"], points=typed["points"], amount=typed["money"], reason=typed["reason"],
                by=by, at=clock.now(),
            )  # fmt: skip
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))
        else:
            toasts.done(request, _("The rate holds from now on."))
            return redirect("invoices:point_rates")
    seen: set[str] = set()
    lines = []
    for one in rates()[:100]:
        lines.append(
            {"rate": one, "money": Money(one.amount_minor, one.currency), "is_now": one.currency not in seen}
        )  # fmt: skip
        seen.add(one.currency)
    context = {"form": form, "may_set": may_set, "lines": lines}
    return render(request, "invoices/point_rates.html", context)
