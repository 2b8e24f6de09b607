"""Prices agreed for one subscription: which hold, another one, and its end, each seen before it is done."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from invoices.errors import PreviewOutdated
from invoices.forms.prices import EndPriceForm, PriceForm
from invoices.operations.prices import agree_price, end_price
from invoices.queries.acting import access_customer, terms_of
from invoices.rules.changes import Foreseen
from plans.models import AgreedPrice, SubscriptionStatus
from plans.queries.catalogue import content_of
from plans.queries.prices import access_agreed_price, agreed_prices_of, billed_until, charge_at
from plans.queries.standing import Served, access_subscription
from plans.queries.terms import Sold
from plans.rules import agreed
from plans.rules.calendar import Interval
from plans.rules.catalogue import Charge, Version
from plans.rules.catalogue.naming import in_language
from provider.accounts.models import Account
from provider.kernel import clock
from provider.kernel.clock import local_day
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import NotFound, Refusal
from provider.kernel.money import Money
from provider.kernel.wording import say
from provider.look import formats, toasts
from provider.look.tables import Badge

from .shown import shown_change

EXPECTED: Final = "expected"


@dataclass(frozen=True, slots=True)
class ShownPrice:
    """An agreed price on its page."""

    row: AgreedPrice
    name: str
    charge: Charge | None  # with its amounts; None where the plan prices it another way now
    usual: Charge | None  # as the plan prices it
    interval: Interval  # of the plan
    days: str
    badge: Badge
    is_open: bool  # can be ended still


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A subscription whose prices are agreed."""

    account: Account
    served: Served
    terms: Sold
    content: Version
    today: date

    @property
    def charges(self) -> list[tuple[Charge, str]]:
        """What may cost something else here, with its name."""
        return [(one, self.name_of(one.code)) for one in self.content.charges if one.model != "one_time"]

    @property
    def can_agree(self) -> bool:
        """Whether anything is still to be billed."""
        return self.served.row.status != SubscriptionStatus.ENDED

    def name_of(self, code: str) -> str:
        """What a charge is called."""
        names = self.terms.charge_names.get(code, ("", "", ""))
        return in_language(names, get_language() or "en") or code


def _place(*, account_id: UUID, subscription_id: UUID) -> Place:
    account = access_customer(account_id)
    place = _place_of(access_subscription(account_id=account.id, subscription_id=subscription_id), account=account)
    if place is None:
        raise NotFound()
    return place


def _place_of(served: Served, *, account: Account) -> Place | None:
    terms = terms_of(served)
    if terms is None or served.version is None:
        return None
    at = clock.now_for(test_clock_at=account.test_clock_at)
    today = local_day(at=at, zone=ZoneInfo(served.row.time_zone))
    return Place(account=account, served=served, terms=terms, content=content_of(served.version), today=today)


def agreed_for(served: Sequence[Served], *, account: Account) -> dict[UUID, list[ShownPrice]]:
    """What was agreed for each of the account's subscriptions and holds now or will, for the account itself."""
    agreed, found = defaultdict[UUID, list[AgreedPrice]](list), dict[UUID, list[ShownPrice]]()
    for row in agreed_prices_of(*(one.row.id for one in served)):
        agreed[row.subscription_id].append(row)
    for one in served:
        place = _place_of(one, account=account) if agreed[one.row.id] else None
        if place is not None:
            shown = [_shown(row, place) for row in agreed[one.row.id] if row.end_on is None or row.end_on > place.today]
            found[one.row.id] = [price for price in shown if price.charge is not None]
    return found


@allow("accounts.manage")
@require_safe
def prices(request: HttpRequest, account_id: UUID, subscription_id: UUID) -> HttpResponse:
    """What does each charge cost this customer, by the plan and as it was agreed?"""
    place = _place(account_id=account_id, subscription_id=subscription_id)
    context = _context(place) | {"agreed": [_shown(one, place) for one in agreed_prices_of(subscription_id)]}
    return render(request, "invoices/prices.html", context)


def _context(place: Place) -> dict[str, Any]:
    return {
        "place": place,
        "account": place.account,
        "served": place.served,
        "currency": place.served.row.currency,
        "interval": place.content.interval,
    }


def _shown(row: AgreedPrice, place: Place) -> ShownPrice:
    usual = place.content.charge(row.charge_code) if row.plan_id == place.terms.plan_id else None
    charge = None
    if usual is not None and usual.model == row.charge_model:
        charge = charge_at(usual, currency=place.served.row.currency, amounts=agreed.read(row.amounts))
    is_over = row.end_on is not None and row.end_on <= place.today
    word = _("Over") if is_over else _("Holds") if row.start_on <= place.today else _("To come")
    kind = "" if is_over else "ok" if row.start_on <= place.today else "accent"
    return ShownPrice(
        row=row,
        name=place.name_of(row.charge_code),
        charge=charge,
        usual=usual,
        interval=place.content.interval,
        days=_days(row),
        badge=Badge(word, kind),
        is_open=not is_over and place.can_agree,
    )


def _days(row: AgreedPrice) -> str:
    if row.end_on is None:
        return _("from %(day)s on") % {"day": formats.day(row.start_on)}
    return formats.period(row.start_on, row.end_on)


@allow("accounts.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def price_new(request: HttpRequest, account_id: UUID, subscription_id: UUID, charge: str) -> HttpResponse:
    """What should this charge cost instead, from when to when, and what does that change?"""
    place = _place(account_id=account_id, subscription_id=subscription_id)
    found, shown = place.terms.charge(charge), place.content.charge(charge)
    if found is None or shown is None or found.model == "one_time" or not place.can_agree:
        raise NotFound()
    start_on = max(billed_until(subscription_id, charge=charge) or place.today, place.served.row.first_on)
    form = PriceForm(request.POST or None, charge=found, start_on=start_on)

    def act(**more: Any) -> Foreseen[AgreedPrice]:
        return agree_price(
            account_id=account_id, subscription_id=subscription_id, wish=form.wish(),
            reason=form.cleaned_data["reason"], by=actor_of(request),
            at=clock.now_for(test_clock_at=place.account.test_clock_at), **more,
        )  # fmt: skip

    title = _("Agree another price: %(charge)s") % {"charge": place.name_of(charge)}
    context = _context(place) | {"title": title, "charge": shown, "submit": _("Agree it")}
    return _two_steps(request, place, form=form, act=act, context=context, done=_("The price is agreed."))


@allow("accounts.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def price_end(request: HttpRequest, account_id: UUID, subscription_id: UUID, agreed_id: UUID) -> HttpResponse:
    """When does the plan's price hold again, and what does that change?"""
    place = _place(account_id=account_id, subscription_id=subscription_id)
    row = access_agreed_price(subscription_id=subscription_id, agreed_id=agreed_id)
    end_on = max(billed_until(subscription_id, charge=row.charge_code) or place.today, row.start_on)
    form = EndPriceForm(request.POST or None, last_on=end_on - timedelta(days=1))

    def act(**more: Any) -> Foreseen[AgreedPrice]:
        return end_price(
            account_id=account_id, subscription_id=subscription_id, agreed_id=agreed_id, end_on=form.end_on,
            reason=form.cleaned_data["reason"], by=actor_of(request),
            at=clock.now_for(test_clock_at=place.account.test_clock_at), **more,
        )  # fmt: skip

    title = _("End the agreed price: %(charge)s") % {"charge": place.name_of(row.charge_code)}
    context = _context(place) | {"title": title, "charge": _shown(row, place).charge, "submit": _("End it")}
    return _two_steps(request, place, form=form, act=act, context=context, done=_("The end of the price is set."))


def _two_steps(
    request: HttpRequest,
    place: Place,
    *,
    form: forms.Form,
    act: Callable[..., Foreseen[AgreedPrice]],
    context: dict[str, Any],
    done: str,
) -> HttpResponse:
    """First what it changes on the bills to come, then exactly that."""
    seen: Foreseen[AgreedPrice] | None = None
    if form.is_bound and form.is_valid() and "change" not in request.POST:
        try:
            if EXPECTED in request.POST:
                act(expected=request.POST[EXPECTED])
                toasts.done(request, done)
                return redirect("invoices:prices", account_id=place.account.id, subscription_id=place.served.row.id)
            seen = act(is_preview=True)
        except PreviewOutdated as outdated:
            toasts.warn(request, say(outdated))
            seen = act(is_preview=True)
        except Refusal as refusal:
            form.add_error(_field_of(refusal, form.fields), say(refusal))
    context |= {"form": form, "seen": seen}
    if seen is not None:
        assert seen.until is not None, "a price is looked at until its period is billed"
        last = local_day(at=seen.until, zone=ZoneInfo(place.served.row.time_zone))
        context |= {
            "changes": [
                shown_change(one, currency=seen.currency)
                for one in sorted(seen.changes, key=lambda one: (one.line.start, one.line.end))
            ],
            "difference": Money(seen.difference_minor, seen.currency),
            "until": formats.day(last),
            "kept": [(name, value) for name, value in form.data.items() if name in form.fields],
        }
    return render(request, "invoices/price.html", context)


def _field_of(refusal: Refusal, fields: Sequence[str] | dict[str, Any]) -> str | None:
    name = {"end_on": "last_on"}.get(refusal.field, refusal.field)
    return name if name in fields else None
