"""What visitors may choose, and what it costs, in their language and currency."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe

from plans.queries.catalogue import offered_currencies, offers
from provider.accounts.queries import the_provider
from provider.kernel.doors import public

_BY_LANGUAGE = {"zh-hans": ("CNY",), "zh-hant": ("TWD", "HKD"), "en": ("USD", "HKD", "CNY")}


@public
@require_safe
def prices(request: HttpRequest) -> HttpResponse:
    """Which plans are there, and what do they cost?"""
    seller = the_provider()
    currencies = offered_currencies(seller_id=seller.id) if seller else []
    currency = _currency(request, currencies)
    found = offers(seller_id=seller.id, currency=currency) if seller and currency else []
    context = {"offers": found, "currency": currency, "currencies": currencies}
    return render(request, "plans/prices.html", context)


def _currency(request: HttpRequest, currencies: list[str]) -> str:
    """The one that was asked for, else the reader's usual one, else any in which something is sold."""
    account = getattr(request, "account", None)
    own = (account.currency,) if account is not None else ()
    usual = _BY_LANGUAGE.get(translation.get_language() or "en", ())
    for wanted in (request.GET.get("currency", ""), *own, *usual):
        if wanted in currencies:
            return str(wanted)
    return next(iter(currencies), "")
