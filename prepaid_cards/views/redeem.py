"""The holder's pages: type the code, see what it does, confirm, and for a day undo."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from plans.queries import access_of
from plans.queries.entitlements import charges_beside_terms
from plans.templatetags.catalogue import own_name
from prepaid_cards.errors import CardExpired, CardUnsold, TicketExpired, TriesLocked
from prepaid_cards.forms.redeem import CodeForm, ConfirmForm
from prepaid_cards.models import Card, RedemptionStatus
from prepaid_cards.operations.redemption import (
    UNDO_FOR,
    open_card,
    promise,
    redeem,
    undo_redemption,
    why_it_stands,
    why_it_would_stand,
)
from prepaid_cards.operations.zones import provider_zone
from prepaid_cards.queries.redeeming import access_redemption, redemptions_of
from prepaid_cards.queries.tickets import card_of_ticket, signed_ticket
from prepaid_cards.rules.serials import normalise, shown
from prepaid_cards.rules.values import Value
from provider.accounts.models import Account
from provider.kernel import clock
from provider.kernel.doors import actor_of, allow, public
from provider.kernel.errors import FactsChanged, NotFound, Refusal
from provider.kernel.money import Money
from provider.kernel.wording import say
from provider.look import formats, toasts

_KEPT = "card_ticket"
PROVEN = "card_proven"  # in the session: of which serial the right secret was shown


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def redeem_open(request: HttpRequest) -> HttpResponse:
    """What is this card worth? For whoever holds one and has no account yet."""
    by, at = actor_of(request), clock.now()
    if by.may("cards.redeem"):
        return redirect("prepaid_cards:redeem")
    form, wrong, waits = CodeForm(request.POST or None), "", None
    if request.method == "POST" and form.is_valid():
        try:
            card = open_card(code_typed=form.cleaned_data["code"], account_id=None, by=by, at=at)
        except Refusal as refusal:
            wrong, waits = _remember(request, refusal), wait_of(refusal, zone=provider_zone())
            form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))
        else:
            request.session[_KEPT] = signed_ticket(card=card, at=at)
            return render(request, "prepaid_cards/redeem_ticket.html", _about(card))
    context = {"form": _forgotten(form), "wrong": wrong, "waits": waits}
    return render(request, "prepaid_cards/redeem_open.html", context)


@allow("cards.redeem")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def redeem_page(request: HttpRequest) -> HttpResponse:
    """What would this card do for us? Shown first; nothing is used yet."""
    account, by = account_in(request), actor_of(request)
    at = clock.now_for(test_clock_at=account.test_clock_at)
    kept = request.session.pop(_KEPT, None) if request.method != "POST" else None
    form, wrong, waits = CodeForm(request.POST or None), "", None
    try:
        if kept:
            return show_quote(request, card=card_of_ticket(kept, at=clock.now()), at=at)
        if request.method == "POST" and form.is_valid():
            card = open_card(code_typed=form.cleaned_data["code"], account_id=account.id, by=by, at=at)
            return show_quote(request, card=card, at=at)
    except Refusal as refusal:
        wrong, waits = _remember(request, refusal), wait_of(refusal, zone=ZoneInfo(account.time_zone))
        form = form if form.is_bound else CodeForm({"code": ""})
        form.is_valid()
        form.errors.pop("code", None)
        form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))
    context = {"form": _forgotten(form), "redemptions": _told(account, at=at), "wrong": wrong, "waits": waits}
    return render(request, "prepaid_cards/redeem.html", context)


@allow("cards.redeem")
@never_cache
@require_POST
def redeem_confirm(request: HttpRequest) -> HttpResponse:
    """Use the card, exactly as it was shown; where something moved meanwhile the new quote is shown."""
    account, by, form = account_in(request), actor_of(request), ConfirmForm(request.POST)
    at = clock.now_for(test_clock_at=account.test_clock_at)
    if not form.is_valid():
        raise TicketExpired()
    card = card_of_ticket(form.cleaned_data["ticket"], at=clock.now())
    try:
        made = redeem(
            card_id=card.id, account_id=account.id, expected=bytes.fromhex(form.cleaned_data["digest"]), by=by, at=at
        )
    except FactsChanged as refusal:
        toasts.warn(request, say(refusal))
        return show_quote(request, card=card, at=at)
    return redirect("prepaid_cards:redeemed", redemption_id=made.id)


@allow("cards.redeem")
@require_safe
def redeemed(request: HttpRequest, redemption_id: UUID) -> HttpResponse:
    """What did the card do?"""
    account = account_in(request)
    found = access_redemption(account_id=account.id, redemption_id=redemption_id)
    at = clock.now_for(test_clock_at=account.test_clock_at)
    paid_until = access_of(account_id=account.id).paid_until if found.ends_at else None
    context = {"line": _line(found, at=at), "redemption": found, "paid_until": paid_until}
    return render(request, "prepaid_cards/redeemed.html", context)


@allow("cards.redeem")
@require_POST
def redeem_undo(request: HttpRequest, redemption_id: UUID) -> HttpResponse:
    """Take it back within a day."""
    account = account_in(request)
    at = clock.now_for(test_clock_at=account.test_clock_at)
    undo_redemption(redemption_id=redemption_id, account_id=account.id, by=actor_of(request), at=at)
    toasts.done(request, _("Undone. The card can be used again."))
    return redirect("prepaid_cards:redeem")


def account_in(request: HttpRequest) -> Account:
    """The account at whose page the holder is."""
    account: Account | None = request.account  # type: ignore[attr-defined]
    if account is None:
        raise NotFound()
    return account


def show_quote(request: HttpRequest, *, card: Card, at: datetime) -> HttpResponse:
    """What the opened card would do for the account, to be confirmed."""
    promised = promise(card=card, account=account_in(request), at=at)
    told, value = promised.quote, promised.value
    bonuses = [{"name": one.name, "words": bonus_words(one)} for one in promised.bonuses]
    final = why_it_would_stand(card_id=card.id, account_id=account_in(request).id, at=at)
    common = _about(card) | {
        "bonuses": bonuses,
        "final": say(final) if final else "",
        "digest": promised.digest.hex(),
        "ticket": signed_ticket(card=card, at=clock.now()),
    }
    if value is not None:
        context = common | {
            "value": value,
            "before": _amount(value, value.before),
            "amount": _amount(value, value.amount + value.bonus),
            "after": _amount(value, value.after),
        }
        return render(request, "prepaid_cards/redeem_value_quote.html", context)
    assert told is not None
    context = common | {
        "quote": told,
        "old_last_day": told.old_end - timedelta(days=1) if told.old_end and told.kept_days else None,
        "new_last_day": told.ends_on - timedelta(days=1),
        "per_month": Money(told.per_month_minor, told.currency),
        "beside": [own_name(one) for one in charges_beside_terms(account_id=account_in(request).pk)],
        "share_kept": max(3, 100 * told.kept_days // (told.kept_days + told.term_days)) if told.kept_days else 0,
    }
    return render(request, "prepaid_cards/redeem_quote.html", context)


def wait_of(refusal: Refusal, *, zone: ZoneInfo) -> dict[str, Any] | None:
    """Until when whoever tried too often is to wait, on the reader's own clock, and which clock that is."""
    if not isinstance(refusal, TriesLocked):
        return None
    return {"until": refusal.facts["until"], "zone": zone.key, "place": formats.zone(zone.key)}


def _remember(request: HttpRequest, refusal: Refusal) -> str:
    """Which help fits the refusal; of which card the right secret was shown is kept for the report."""
    kinds = {CardUnsold: "unsold", CardExpired: "expired"}
    kind = kinds.get(type(refusal), "")
    if kind:
        request.session[PROVEN] = normalise(str(refusal.facts["serial"]))
    return kind or refusal.code


def _amount(value: Value, figure: int) -> str:
    """So much money or so many points, in the reader's words."""
    if value.unit == "money":
        return formats.money(Money(figure, value.currency))
    return ngettext("%(count)s point", "%(count)s points", figure) % {"count": formats.number(figure)}


def _about(card: Card) -> dict[str, Any]:
    batch = card.batch
    return {
        "product": batch.product,
        "serial": shown(card.serial),
        "face": Money(batch.face_minor, batch.currency),
        "redeem_before": card.redeem_before or batch.redeem_before,
    }


def _told(account: Account, *, at: datetime) -> list[dict[str, Any]]:
    return [_line(one, at=at) for one in redemptions_of(account.id)[:10]]


def _line(one: Any, *, at: datetime) -> dict[str, Any]:
    why = why_it_stands(one, at=at) if one.status == RedemptionStatus.DONE else None
    return {
        "redemption": one,
        "serial": shown(one.card.serial),
        "product": one.card.batch.product.own_name,
        "state": one.get_status_display(),
        "may_undo": one.status == RedemptionStatus.DONE and why is None,
        "stands": say(why) if why else "",
        "undo_until": one.at + UNDO_FOR,
        "gave": _gave(one),
        "seats": one.facts.get("quote", {}).get("seats", 0),
    }


def bonus_words(one: Any) -> str:
    """What a promotion adds, in the reader's words."""
    parts = []
    if one.months:
        parts.append(ngettext("%(count)s month more", "%(count)s months more", one.months) % {"count": one.months})
    if one.days:
        parts.append(ngettext("%(count)s day more", "%(count)s days more", one.days) % {"count": one.days})
    if one.points:
        figure = formats.number(one.points)
        parts.append(ngettext("%(count)s point more", "%(count)s points more", one.points) % {"count": figure})
    return formats.listed(parts) or _("more of what the card gives")


def _gave(one: Any) -> str:
    """What a card of money or points gave; nothing of a card of time."""
    if "value" not in one.facts:
        return ""
    value = Value(**one.facts["value"])
    return _amount(value, value.amount + value.bonus)


def _forgotten(form: CodeForm) -> CodeForm:
    """The form with its complaints and without the secret: no answer repeats one."""
    if form.is_bound:
        form.is_valid()
        form.data = {"code": ""}
    return form
