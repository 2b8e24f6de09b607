"""What an account subscribed, paid and redeemed: three tabs of its page."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from invoices.queries.accounts import (
    credit_notes_of,
    credit_to_use,
    invoices_of,
    open_of,
    payments_of,
    points_of,
)
from invoices.queries.balances import lots_of_account
from invoices.queries.coupons import coupons_of_account
from invoices.queries.periods import time_line_shown
from plans.queries.standing import paid_terms_of, spells_of, standing_of, stretches_of
from prepaid_cards.queries.redemptions import redemptions_of
from prepaid_cards.rules.serials import shown
from provider.accounts.errors import ClockOnlyInTest
from provider.console import queries
from provider.console.forms import AdvanceClockForm
from provider.console.operations.clock import advance_clock
from provider.kernel import clock
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import Refusal
from provider.kernel.wording import say
from provider.look import formats, toasts

from .account import frame

_ROWS = 50


@allow("accounts.view")
@require_safe
def subscription(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """What does this account have, since when, until when, and what was billed for which days?"""
    account = queries.access_account(account_id)
    standing = standing_of(account_id=account.id, at=clock.now_for(test_clock_at=account.test_clock_at))
    served = [standing.main, *standing.others] if standing.main else list(standing.others)
    ids = [one.row.id for one in served if one]
    context = frame(account, by=actor_of(request), tab="console:account_subscription") | {
        "standing": standing,
        "served": served,
        "spells": list(spells_of(account_id=account.id)[:_ROWS]),
        "stretches": list(stretches_of(subscription_ids=ids)[:_ROWS]),
        "terms": list(paid_terms_of(subscription_ids=ids)[:_ROWS]),
        **time_line_shown(
            subscription_ids=ids,
            account=account,
            before=request.GET.get("before", ""),
            next_href=reverse("invoices:operators_next", args=[account.id]),
        ),
        "invoice_page": "invoices:invoice",
    }
    return render(request, "console/account_subscription.html", context)


@allow("usage.view")
@require_safe
def usage(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """What does this account use, and how much of it?"""
    account = queries.access_account(account_id)
    at = clock.now_for(test_clock_at=account.test_clock_at)
    context = frame(account, by=actor_of(request), tab="console:account_usage") | {"at": at}
    return render(request, "console/account_usage.html", context)


@allow("accounts.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def test_clock(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Which time is it for this test account, and how far shall it go on?"""
    account = queries.access_account(account_id)
    if not account.is_test:
        raise ClockOnlyInTest()
    now = clock.now_for(test_clock_at=account.test_clock_at)
    steps = queries.clock_steps(account=account, at=now)
    form = AdvanceClockForm(request.POST or None, steps=steps)
    if request.method == "POST" and form.is_valid():
        to = form.cleaned_data["to"]
        try:
            made = advance_clock(account_id=account.id, to=to, by=actor_of(request), at=clock.now())
        except Refusal as refusal:
            form.add_error(None, say(refusal))
        else:
            toasts.done(request, _clock_says(to, zone=account.time_zone, count=len(made)))
            return redirect("console:test_clock", account_id=account.id)
    context = frame(account, by=actor_of(request), tab="console:account_subscription") | {
        "form": form,
        "now": now,
        "steps": steps,
        "standing": standing_of(account_id=account.id),
    }
    return render(request, "console/test_clock.html", context)


def _clock_says(to: datetime, *, zone: str, count: int) -> str:
    documents = ngettext("%(count)s document was made.", "%(count)s documents were made.", count) % {"count": count}
    return _("It is %(time)s now.") % {"time": formats.instant(to, zone=ZoneInfo(zone))} + " " + documents


@allow("accounts.view")
@require_safe
def money(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """What was billed, what was paid, what is open?"""
    account = queries.access_account(account_id)
    at = clock.now_for(test_clock_at=account.test_clock_at)
    context = frame(account, by=actor_of(request), tab="console:account_money") | {
        "open_sums": open_of(account_id=account.id),
        "credit": credit_to_use(account_id=account.id, at=at),
        "points": points_of(account_id=account.id),
        "invoices": list(invoices_of(account_id=account.id)[:_ROWS]),
        "payments": list(payments_of(account_id=account.id)[:_ROWS]),
        "credit_notes": list(credit_notes_of(account_id=account.id)[:_ROWS]),
        "coupons": list(coupons_of_account(account.id).order_by("-applied_at", "-id")[:_ROWS]),
        "lots": list(lots_of_account(account.id).order_by("priority", "topped_up_at", "id")[:_ROWS]),
        "at": at,
        "most": _ROWS,
    }
    return render(request, "console/account_money.html", context)


@allow("accounts.view")
@require_safe
def cards(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Which renewal cards were redeemed here, and what did each do?"""
    account = queries.access_account(account_id)
    context = frame(account, by=actor_of(request), tab="console:account_cards") | {
        "redemptions": [(one, shown(one.card.serial)) for one in redemptions_of(account_id=account.id)[:_ROWS]],
    }
    return render(request, "console/account_cards.html", context)
