"""One card by its serial: where it is and what happened to it, from print to service."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from prepaid_cards.forms.batches import ReasonForm
from prepaid_cards.models import CardStatus, CardVerb, RedemptionStatus
from prepaid_cards.operations.goodwill import extend_by_goodwill, may_extend_by_goodwill
from prepaid_cards.operations.replacement import may_replace
from prepaid_cards.queries.batches import looks_like_code
from prepaid_cards.queries.cards import access_card_by_serial, card_history, redeemer_of, replacements_of
from prepaid_cards.queries.postings import entries_of_card
from prepaid_cards.rules import serials
from provider.kernel import clock
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import NotFound
from provider.kernel.money import Money
from provider.look import toasts
from provider.look.tables import Badge

_KINDS = {"active": "ok", "redeemed": "accent", "frozen": "warn", "void": "bad", "expired": "bad"}


def words_of(verb: str) -> str:
    """What happened, in the reader's language."""
    if verb == "handed_over":
        return _("Replaced: one card for another, the same sale")
    if verb == "redeemed":
        return str(CardStatus.REDEEMED.label)
    return str(RedemptionStatus.UNDONE.label if verb == "undone" else CardVerb(verb).label)


@allow("cards.view")
@require_safe
def serial_search(request: HttpRequest) -> HttpResponse:
    """Which card is this?"""
    typed = request.GET.get("q", "").strip()
    if not typed:
        return render(request, "prepaid_cards/serial_search.html", {"typed": ""})
    if looks_like_code(typed):  # a secret does not stay in an address
        toasts.warn(request, _("That is the card’s secret, not its serial. Never ask a holder for it."))
        return redirect("prepaid_cards:serial_search")
    try:
        card = access_card_by_serial(serial=typed)
    except NotFound:
        return render(request, "prepaid_cards/serial_search.html", {"typed": typed, "is_unknown": True}, status=404)
    return redirect("prepaid_cards:serial", serial=card.serial)


@allow("cards.view")
@require_safe
def serial(request: HttpRequest, serial: str) -> HttpResponse:
    """What happened to this card?"""
    card = access_card_by_serial(serial=serial)
    replaced, in_place = replacements_of(card)
    handed_over = {one.id for one in (replaced, in_place) if one}
    told = card_history(card)
    verbs = ["handed_over" if line.act_id in handed_over else line.verb for line in told]
    history = [
        {
            "at": line.at,
            "words": words_of(verb),
            "account": line.account,
            "user": line.user,
            "reason": line.reason,
            "end_was": line.end_was,
            "end_is": line.end_is,
        }
        for line, verb in zip(told, verbs, strict=True)
    ]
    context = {
        "card": card,
        "redeemer": redeemer_of(card),
        "shown_serial": serials.shown(card.serial),
        "state": Badge(card.get_status_display(), _KINDS.get(card.status, "")),
        "face": Money(card.batch.face_minor, card.batch.currency),
        "redeem_before": card.redeem_before or card.batch.redeem_before,
        "history": history,
        "entries": entries_of_card(card),
        "may_extend": may_extend_by_goodwill(card, at=clock.now()),
        "may_replace": may_replace(card, at=clock.now()),
        "replaced_by": replaced.new if replaced else None,
        "in_place_of": in_place.old if in_place else None,
        "replaced_by_shown": serials.shown(replaced.new.serial) if replaced else "",
        "in_place_of_shown": serials.shown(in_place.old.serial) if in_place else "",
    }
    return render(request, "prepaid_cards/serial.html", context)


@allow("cards.manage")
@require_POST
def serial_extend(request: HttpRequest, serial: str) -> HttpResponse:
    """Take an expired card for a little longer."""
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    card = extend_by_goodwill(serial=serial, reason=reason, by=actor_of(request), at=clock.now())
    toasts.done(request, _("Card %(serial)s is taken again.") % {"serial": serials.shown(card.serial)})
    return redirect("prepaid_cards:serial", serial=card.serial)
