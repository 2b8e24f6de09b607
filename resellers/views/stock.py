"""The reseller's shelf: what is on it, what is on its way, and one card looked up."""

from __future__ import annotations

import re
from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from prepaid_cards.models import Card, ShipmentStatus
from prepaid_cards.queries.cards import Happening, access_card_by_serial, card_history
from prepaid_cards.rules.serials import serial_of, shown
from provider.accounts.queries import account_of
from provider.kernel import clock
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import NotFound, Refusal
from provider.kernel.money import Money
from provider.kernel.wording import say
from provider.look import toasts
from provider.look.tables import Badge
from resellers.models import SaleLine, StockTransfer
from resellers.operations.transfers import receive_stock
from resellers.queries.shelf import shelf_of
from resellers.queries.shipping import access_transfer, on_their_way, transfers_to

_LATELY: Final = 50
SHIPMENTS: Final = {
    ShipmentStatus.SENT: Badge(gettext_lazy("On its way"), "accent"),
    ShipmentStatus.RECEIVED: Badge(pgettext_lazy("cards", "Received"), "ok"),
    ShipmentStatus.CALLED_BACK: Badge(gettext_lazy("Called back")),
}
CARDS: Final = {
    "shipped": Badge(gettext_lazy("On its way"), "accent"),
    "received": Badge(gettext_lazy("For sale"), "ok"),
    "active": Badge(gettext_lazy("Sold"), "accent"),
    "redeemed": Badge(gettext_lazy("Redeemed")),
    "frozen": Badge(gettext_lazy("Being checked"), "warn"),
    "void": Badge(gettext_lazy("Void"), "bad"),
    "expired": Badge(gettext_lazy("Expired"), "bad"),
}
# What a shop may know of a card: its own part of the way, and that it was redeemed; never by whom.
_TOLD: Final = {
    "shipped": gettext_lazy("Sent to you"),
    "received": pgettext_lazy("cards", "Received"),
    "activated": gettext_lazy("Sold"),
    "reversed": gettext_lazy("Sale undone"),
    "frozen": gettext_lazy("Being checked"),
    "released": gettext_lazy("Checked and released"),
    "voided": gettext_lazy("Withdrawn for good"),
    "redeemed": gettext_lazy("Redeemed"),
    "undone": gettext_lazy("Redemption undone"),
    "expired": gettext_lazy("Expired"),
    "revived": gettext_lazy("Valid again"),
    "extended": gettext_lazy("Valid for longer"),
    "reassigned": gettext_lazy("Given to you from another shelf"),
}


@allow("till.use")
@require_safe
def stock_page(request: HttpRequest) -> HttpResponse:
    """What is on our shelf, and for how long will it do?"""
    account = account_of(request)
    lines = shelf_of(reseller_id=account.id, at=clock.now_for(test_clock_at=account.test_clock_at))
    context = {
        "lines": lines,
        "on_shelf": sum(line.on_shelf for line in lines),
        "low_count": sum(line.is_low for line in lines),
        "coming": list(on_their_way(account.id)[:_LATELY]),
    }
    return render(request, "resellers/stock.html", context)


@allow("till.use")
@require_safe
def card_page(request: HttpRequest) -> HttpResponse:
    """How does this card stand?"""
    account = account_of(request)
    typed = request.GET.get("serial", "").strip()[:60]
    context: dict[str, object] = {"typed": typed, "card": None, "zone": account.time_zone}
    if typed:
        try:
            card = access_card_by_serial(serial=typed, seller_id=account.id)
        except NotFound:
            context["is_unknown"] = True
        else:
            line = SaleLine.objects.filter(card=card, undone_at=None, sale__reseller=account)
            context |= {
                "card": card,
                "shown": shown(card.serial),
                "state": CARDS[card.status],
                "face": Money(card.batch.face_minor, card.batch.currency),
                "line": line.select_related("sale__store").first(),
                "history": [(step, _TOLD[step.verb]) for step in _own_part(card, account_id=account.id)],
            }
    return render(request, "resellers/card.html", context)


def _own_part(card: Card, *, account_id: UUID) -> list[Happening]:
    """The steps of a card's way that this shop may know."""
    open_to_all = {"redeemed", "undone"}
    return [
        step
        for step in card_history(card)
        if step.verb in _TOLD and (step.verb in open_to_all or step.account is None or step.account.id == account_id)
    ]


@allow("till.use")
@require_safe
def shipment_list(request: HttpRequest) -> HttpResponse:
    """What has been sent to us?"""
    account = account_of(request)
    rows = transfers_to(account.id)[:_LATELY]
    context = {"transfers": [(row, SHIPMENTS[ShipmentStatus(row.shipment.status)]) for row in rows]}
    return render(request, "resellers/shipments.html", context)


@allow("till.use")
@require_safe
def shipment_page(request: HttpRequest, transfer_id: UUID) -> HttpResponse:
    """What is in this shipment, and is it all there?"""
    account = account_of(request)
    return _shipment(request, transfer=access_transfer(transfer_id=transfer_id, reseller_id=account.id))


@allow("till.use")
@require_POST
def shipment_receive(request: HttpRequest, transfer_id: UUID) -> HttpResponse:
    """Put it on the shelf, without what is named as missing."""
    account = account_of(request)
    transfer = access_transfer(transfer_id=transfer_id, reseller_id=account.id)
    typed = request.POST.get("missing", "")[:20_000]
    missing = [part for part in re.split(r"[\r\n,;，；、]+", typed) if part.strip()]
    try:
        done = receive_stock(
            reseller_id=account.id, transfer_id=transfer.id, missing=missing, by=actor_of(request),
            at=clock.now_for(test_clock_at=account.test_clock_at),
        )  # fmt: skip
    except Refusal as refusal:
        return _shipment(request, transfer=transfer, fault=say(refusal), typed=typed)
    put = done.count - (done.missing_count or 0)
    toasts.done(request, _("%(count)s cards are on the shelf.") % {"count": put})
    return redirect("resellers:shipment", transfer_id=done.id)


def _shipment(request: HttpRequest, *, transfer: StockTransfer, fault: str = "", typed: str = "") -> HttpResponse:
    shipment = transfer.shipment
    prefix = shipment.batch.prefix
    context = {
        "transfer": transfer,
        "state": SHIPMENTS[ShipmentStatus(shipment.status)],
        "first": shown(serial_of(prefix=prefix, counter=shipment.first)),
        "last": shown(serial_of(prefix=prefix, counter=shipment.last)),
        "face": Money(transfer.face_minor, transfer.currency),
        "missing": [shown(lost.serial) for lost in transfer.missing.order_by("id")],
        "is_open": shipment.status == ShipmentStatus.SENT,
        "fault": fault,
        "typed": typed,
    }
    return render(request, "resellers/shipment.html", context)
