"""The next invoice as of now: a page with its lines, and a line of it for the time line."""

from __future__ import annotations

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from invoices.documents.previews import previewed
from invoices.operations.upcoming import next_invoice
from invoices.queries.acting import access_customer
from provider.accounts.models import Account
from provider.accounts.queries import account_of
from provider.kernel import clock
from provider.kernel.clock import local_day
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import NotAllowed, Refusal
from provider.kernel.wording import say
from provider.look import formats


@allow("invoices.view")
@require_safe
def own_next(request: HttpRequest) -> HttpResponse:
    """What will our next invoice be, as things stand?"""
    if actor_of(request).portal != "subscriber":
        raise NotAllowed()
    back = reverse("invoices:own_subscription")
    return _answer(request, account=account_of(request), back=back, address=reverse("invoices:own_next"))


@allow("accounts.view")
@require_safe
def operators_next(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """What will this customer's next invoice be, as things stand?"""
    account = access_customer(account_id)
    back = reverse("console:account_subscription", args=[account.id])
    address = reverse("invoices:operators_next", args=[account.id])
    return _answer(request, account=account, back=back, address=address, is_operator=True)


def _answer(
    request: HttpRequest, *, account: Account, back: str, address: str, is_operator: bool = False
) -> HttpResponse:
    context = _seen(request, account=account) | {
        "account": account,
        "back": back,
        "address": address,
        "is_operator": is_operator,
    }
    is_part = request.headers.get("HX-Request") == "true"
    return render(request, "invoices/parts/next.html" if is_part else "invoices/next.html", context)


def _seen(request: HttpRequest, *, account: Account) -> dict[str, Any]:
    at = clock.now_for(test_clock_at=account.test_clock_at)
    try:
        upcoming = next_invoice(account_id=account.id, by=actor_of(request), at=at)
    except Refusal as refusal:  # as it stands the account cannot be billed: whoever looks is told why
        return {"at": at, "trouble": say(refusal)}
    if upcoming is None:
        return {"at": at, "upcoming": None}
    (document,) = previewed([upcoming.document], currency=upcoming.currency)
    due_on = local_day(at=upcoming.due_at, zone=ZoneInfo(account.time_zone))
    days = {"due_on": due_on, "day": formats.day(due_on), "is_due": upcoming.due_at <= at}
    return {"at": at, "upcoming": upcoming, "document": document, **days}
