"""Who sends our invoices: seen and changed by the provider's owner."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from invoices.forms import SellerForm
from invoices.models import Seller
from invoices.operations.sellers import SellerDetails, set_up_seller
from invoices.queries.sellers import seller_of, series_of
from provider.kernel import clock
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import NotAllowed, Refusal
from provider.kernel.wording import say
from provider.look import toasts


@allow("seller.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def seller(request: HttpRequest) -> HttpResponse:
    """In whose name are invoices sent, and how are they numbered and taxed?"""
    by = actor_of(request)
    if by.portal != "provider" or by.account_id is None:
        raise NotAllowed()
    found = seller_of(by.account_id)
    form = SellerForm(request.POST if request.method == "POST" else None, initial=_initial(found))
    if request.method == "POST" and form.is_valid():
        try:
            set_up_seller(account_id=by.account_id, details=form.details(), by=by, at=clock.now())
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))
        else:
            toasts.done(request, _("Saved. The next documents say so; those that were made keep what they said."))
            return redirect("invoices:seller")
    series = series_of(found) if found else []
    return render(request, "invoices/seller.html", {"seller": found, "form": form, "series": series})


def _initial(found: Seller | None) -> dict[str, Any]:
    if found is None:
        return {"payment_days": 14, "tax_rate": 0}
    facts = {name: getattr(found, name) for name in SellerDetails.__dataclass_fields__}
    return facts | {"tax_rate": f"{found.tax_rate.normalize():f}"}
