"""The till: one field for scanner, camera and keys, the receipt that grows below it, and the money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from prepaid_cards.errors import CardsOfTwoCurrencies
from prepaid_cards.rules.serials import normalise, shown
from provider.accounts.models import Account
from provider.accounts.queries import account_of
from provider.kernel import clock
from provider.kernel.clock import local_day
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import Refusal
from provider.kernel.idempotency import new_form_key
from provider.kernel.money import Money
from provider.kernel.wording import say
from resellers.errors import BasketTooLarge
from resellers.forms import PayForm, ways_of
from resellers.models import Paid, Store
from resellers.operations.sales import Basket, sell
from resellers.queries.counter import Counter, Offer, read_counter
from resellers.queries.sales import last_sale, takings
from resellers.queries.shelf import shelf_of
from resellers.queries.stores import stores_for
from resellers.rules.counter import MOST_CARDS

_WAY: Final = "till_paid_by"
_STORE: Final = "till_store"


@dataclass(kw_only=True)
class Lying:
    """What lies on the counter, and what was refused just now."""

    offers: list[Offer] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    is_there_already: str = ""

    @property
    def total(self) -> Money | None:
        """What the customer pays."""
        if not self.offers:
            return None
        return Money(sum(offer.face.minor for offer in self.offers), self.offers[0].face.currency)


def now_of(account: Account) -> datetime:
    """The present instant for this reseller."""
    return clock.now_for(test_clock_at=account.test_clock_at)


@allow("till.use")
@require_safe
def till(request: HttpRequest) -> HttpResponse:
    """Which card goes over the counter?"""
    return _page(request, lying=Lying(), form=_form(request))


@allow("till.use")
@require_POST
def till_scan(request: HttpRequest) -> HttpResponse:
    """Put a card on the counter, or take one off; nothing is sold yet."""
    account = account_of(request)
    kept = [one for one in _serials(request) if one != normalise(request.POST.get("drop", ""))]
    if request.POST.get("clear"):
        kept = []
    typed = request.POST.get("typed", "").strip()[:60]
    lying = _lie(typed, kept=kept, reseller_id=account.id)
    form = _form(request)
    if request.headers.get("HX-Request"):
        return render(request, "resellers/parts/basket.html", _basket(lying, form=form, request=request))
    return _page(request, lying=lying, form=form)


@allow("till.use")
@require_POST
def till_pay(request: HttpRequest) -> HttpResponse:
    """Take the money: all cards are sold, or none."""
    account = account_of(request)
    serials = _serials(request)
    form = PayForm(request.POST, currency=request.POST.get("currency", account.currency), ways=ways_of(account))
    store = _store(request)
    if store is not None and form.is_valid():
        try:
            sale = sell(
                reseller_id=account.id, store_id=store.id, basket=_paid(form, serials=serials),
                request_key=form.cleaned_data["request_key"], by=actor_of(request), at=now_of(account),
            )  # fmt: skip
        except Refusal as refusal:
            at_field = refusal.field in form.fields
            form.add_error(refusal.field if at_field else None, say(refusal))
        else:
            request.session[_WAY] = sale.paid_by
            return redirect("resellers:sale", sale_id=sale.id)
    lying = _lie("", kept=serials, reseller_id=account.id)
    return _page(request, lying=lying, form=form)


def _paid(form: PayForm, *, serials: list[str]) -> Basket:
    typed = form.cleaned_data
    return Basket(
        serials=serials, paid_by=typed["paid_by"], given_minor=typed["given_minor"], reference=typed["reference"]
    )  # fmt: skip


def _serials(request: HttpRequest) -> list[str]:
    """What lies on the counter, the last scanned first, each once."""
    return list(dict.fromkeys(normalise(one)[:40] for one in request.POST.getlist("serials") if one.strip()))


def _lie(typed: str, *, kept: Sequence[str], reseller_id: UUID) -> Lying:
    """What lies there once the typed card is judged; a refused card is named and not put down."""
    is_there = bool(typed) and normalise(typed) in kept
    wanted = list(kept) if is_there or not typed else [typed, *kept]
    if len(wanted) > MOST_CARDS:
        counter = read_counter(serials=kept, reseller_id=reseller_id)
        return Lying(offers=counter.offers, refusals=[BasketTooLarge(most=MOST_CARDS)])
    counter = read_counter(serials=wanted, reseller_id=reseller_id)
    offers, refusals = _one_currency(counter)
    return Lying(offers=offers, refusals=refusals, is_there_already=shown(normalise(typed)) if is_there else "")


def _one_currency(counter: Counter) -> tuple[list[Offer], list[Refusal]]:
    """A receipt has one currency: that of the card that was put down first."""
    if not counter.offers:
        return [], counter.refusals
    currency = counter.offers[-1].face.currency
    offers = [offer for offer in counter.offers if offer.face.currency == currency]
    stray = [CardsOfTwoCurrencies()] if len(offers) < len(counter.offers) else []
    return offers, [*counter.refusals, *stray]


def _form(request: HttpRequest) -> PayForm:
    """What was chosen already stays chosen from scan to scan."""
    account = account_of(request)
    way = request.session.get(_WAY, Paid.CASH)
    chosen = {name: request.POST.get(name, "") for name in ("given", "reference")}
    chosen["paid_by"] = request.POST.get("paid_by") or way
    chosen["request_key"] = request.POST.get("request_key") or new_form_key()
    return PayForm(initial=chosen, currency=account.currency, ways=ways_of(account))


def _store(request: HttpRequest) -> Store | None:
    """The store whose till this is: the chosen one, the one of last time, or the first of the actor's."""
    account = account_of(request)
    stores = {str(store.id): store for store in stores_for(by=actor_of(request), reseller_id=account.id)}
    wanted = request.POST.get("store") or request.GET.get("store") or request.session.get(_STORE, "")
    store = stores.get(wanted) or next(iter(stores.values()), None)
    if store is not None and request.session.get(_STORE) != str(store.id):
        request.session[_STORE] = str(store.id)
    return store


def _basket(lying: Lying, *, form: PayForm, request: HttpRequest) -> dict[str, Any]:
    return {"lying": lying, "total": lying.total, "form": form, "store": _store(request)}


def _page(request: HttpRequest, *, lying: Lying, form: PayForm) -> HttpResponse:
    account = account_of(request)
    by, at = actor_of(request), now_of(account)
    store = _store(request)
    context = _basket(lying, form=form, request=request) | {
        "stores": stores_for(by=by, reseller_id=account.id),
        "shelf": shelf_of(reseller_id=account.id, at=at)[:6],
    }
    if store is not None:
        day = local_day(at=at, zone=ZoneInfo(account.time_zone))
        context["today"] = takings(reseller_id=account.id, day=day, store_id=store.id, user_id=by.user_id)
        context["last"] = last_sale(by=by, store_id=store.id, at=at)
        context["ways"] = dict(Paid.choices)
    return render(request, "resellers/till.html", context)
