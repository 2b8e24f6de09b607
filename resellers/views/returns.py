"""Single cards of a receipt come back: chosen, previewed, taken, and on a receipt of their own."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from prepaid_cards.rules.serials import shown
from provider.accounts.queries import account_of
from provider.kernel import clock
from provider.kernel.actor import Actor
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import Refusal
from provider.kernel.money import Money
from provider.kernel.wording import say
from provider.look import toasts
from provider.look.tables import Badge
from resellers.models import Sale
from resellers.operations.returns import return_cards
from resellers.queries.returns import ReceiptLine, access_return, lines_of_return, receipt_lines
from resellers.queries.sales import access_sale
from resellers.rules.counter import UNDO_WITHIN
from resellers.rules.returns import CHECKED, REDEEMED, REPLACED, RETURNED, SOLD, is_theirs, preview_of

_WORDS = {
    RETURNED: (gettext_lazy("Returned"), "warn"),
    REDEEMED: (gettext_lazy("Redeemed"), "accent"),
    REPLACED: (gettext_lazy("Replaced by another card"), "accent"),
    CHECKED: (gettext_lazy("Being checked or withdrawn"), "bad"),
}


def told(line: ReceiptLine) -> dict[str, Any]:
    """A line for a page; what is simply sold has no badge."""
    badge = Badge(*_WORDS[line.state]) if line.state in _WORDS else None
    return {"line": line.line, "shown": line.shown, "badge": badge, "is_sold": line.state == SOLD}


def is_open(sale: Sale, *, by: Actor, at: datetime) -> bool:
    """Whether whoever looks could take something of it back now, were it neither redeemed nor replaced."""
    return is_theirs(sold_by=sale.user_id, by=by) and sale.undone_at is None and at < sale.at + UNDO_WITHIN


@allow("till.use")
@require_http_methods(["GET", "HEAD", "POST"])
def sale_return(request: HttpRequest, sale_id: UUID) -> HttpResponse:
    """Which cards come back, and how much is given back for them?"""
    account, by = account_of(request), actor_of(request)
    sale, at = access_sale(sale_id=sale_id, reseller_id=account.id), clock.now_for(test_clock_at=account.test_clock_at)
    if request.method == "POST":
        try:
            made = return_cards(
                reseller_id=account.id, sale_id=sale.id, serials=request.POST.getlist("serial"),
                reason=request.POST.get("reason", "")[:200], by=by, at=at,
            )  # fmt: skip
        except Refusal as refusal:
            toasts.refuse(request, say(refusal))
            return redirect("resellers:sale_return", sale_id=sale.id)
        toasts.done(request, _("Returned. The cards are on the shelf again; give the money back."))
        return redirect("resellers:sale_return_receipt", sale_id=sale.id, number=made.number)
    lines = receipt_lines(sale)
    chosen = set(request.GET.getlist("serial"))
    preview = preview_of([line.piece for line in lines], chosen=chosen)
    context = {
        "sale": sale,
        "lines": [told(line) | {"is_chosen": line.line.serial in chosen} for line in lines],
        "is_open": is_open(sale, by=by, at=at) and any(line.state == SOLD for line in lines),
        "undo_until": sale.at + UNDO_WITHIN,
        "preview": preview,
        "back": Money(preview.back_minor, sale.currency) if preview else None,
        "left": Money(preview.left_minor, sale.currency) if preview else None,
        "zone": account.time_zone,
    }
    return render(request, "resellers/sale_return.html", context)


@allow("till.use")
@require_safe
def sale_return_receipt(request: HttpRequest, sale_id: UUID, number: int) -> HttpResponse:
    """The receipt of what came back, to show or to print."""
    account = account_of(request)
    sale = access_sale(sale_id=sale_id, reseller_id=account.id)
    made = access_return(sale=sale, number=number)
    lines = [(line, shown(line.serial)) for line in lines_of_return(made)]
    context = {"sale": sale, "made": made, "lines": lines, "zone": account.time_zone}
    return render(request, "resellers/sale_return_receipt.html", context)
