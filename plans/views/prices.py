"""What visitors may choose, and what it costs, in their language and currency."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe

from plans.queries.catalogue import offered_currencies, offers
from provider.accounts.queries import likely_place, the_provider
from provider.accounts.rules.defaults import ZONE_COOKIE, known_zone
from provider.kernel.doors import public


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
    """The one that was asked for, else that of the account or with which signing up would begin, else any."""
    account = getattr(request, "account", None)
    zone = known_zone(request.COOKIES.get(ZONE_COOKIE, ""))
    usual = account.currency if account else likely_place(zone=zone, language=translation.get_language() or "en")[1]
    for wanted in (request.GET.get("currency", ""), usual):
        if wanted in currencies:
            return str(wanted)
    return next(iter(currencies), "")
