"""The subscriber's page of what they subscribed: how it stands, what can be done, and how it came here."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from invoices.queries.balances import lots_of_account, usable
from invoices.queries.coupons import coupons_of_account, running
from invoices.queries.periods import time_line_shown
from plans.queries.standing import paid_terms_of, standing_of
from provider.accounts.queries import account_of
from provider.kernel import clock
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import NotAllowed

from .prices import agreed_for

_ROWS: Final = 24


@allow("invoices.view")
@require_safe
def own_subscription(request: HttpRequest) -> HttpResponse:
    """What do we have, until when, what comes next, and what can we change?"""
    if actor_of(request).portal != "subscriber":
        raise NotAllowed()
    account = account_of(request)
    at = clock.now_for(test_clock_at=account.test_clock_at)
    standing = standing_of(account_id=account.id, at=at)
    served = [standing.main, *standing.others] if standing.main else list(standing.others)
    ids = [one.row.id for one in served]
    agreed = agreed_for(served, account=account)
    context = {
        "account": account,
        "standing": standing,
        "served": [(one, agreed.get(one.row.id, [])) for one in served],
        **time_line_shown(
            subscription_ids=ids,
            account=account,
            before=request.GET.get("before", ""),
            next_href=reverse("invoices:own_next"),
        ),
        "invoice_page": "invoices:own_invoice",
        "coupons": list(running(coupons_of_account(account.id), at=at).order_by("applied_at", "id")[:_ROWS]),
        "lots": list(usable(lots_of_account(account.id), at=at).order_by("priority", "topped_up_at", "id")[:_ROWS]),
        "at": at,
        "terms": list(paid_terms_of(subscription_ids=ids)[:_ROWS]),
    }
    return render(request, "invoices/own_subscription.html", context)
