"""Cards that will never be redeemed: by which policy they are earned, what a month releases by it."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from prepaid_cards.forms.breakage import PolicyForm
from prepaid_cards.models import BreakageMethod, BreakagePolicy, BreakageRelease
from prepaid_cards.operations.breakage import decide_policy
from prepaid_cards.operations.zones import provider_zone
from prepaid_cards.queries import breakage as queries
from prepaid_cards.queries.breakage import PoolPlan
from prepaid_cards.rules.serials import shown
from provider.kernel import clock
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import Refusal
from provider.kernel.money import Money
from provider.kernel.wording import say
from provider.look import formats, toasts

_REOPENED_SHOWN = 20


def words_of(policy: BreakagePolicy) -> str:
    """A policy in one line."""
    if policy.method == BreakageMethod.PROPORTIONAL:
        return _("%(percent)s%% expected, in proportion to redemptions") % {
            "percent": formats.number(policy.expected_percent.normalize())
        }
    if policy.method == BreakageMethod.REMOTE:
        count = policy.remote_months
        return ngettext("%(count)s month after the sale", "%(count)s months after the sale", count) % {
            "count": formats.number(count)
        }
    return str(BreakageMethod.NONE.label)


@allow("cards.view")
@require_safe
def breakage(request: HttpRequest) -> HttpResponse:
    """Which policies hold, what would the running month release, and what did closed ones?"""
    zone, at = provider_zone(), clock.now()
    month = queries.month_of(at=at, zone=zone)
    plans = queries.plan_of(month=month, zone=zone)
    context = {
        "month": month,
        "policies": [{"policy": one, "words": words_of(one)} for one in queries.policies()],
        "plans": [_planned(plan) for plan in plans],
        "planned": [amount for plan in plans if (amount := plan.amount)],
        "months": [{"month": one, "amounts": queries.released_by_currency(one)} for one in queries.months()[:24]],
        "reopened": [_reopened(one) for one in queries.reopened(limit=_REOPENED_SHOWN)],
        "is_late": _is_late(month),
    }
    return render(request, "prepaid_cards/breakage.html", context)


def _is_late(month: date) -> bool:
    """Whether months before the last one wait, as after a stop of the clockwork."""
    first = queries.first_open_month()
    return first is not None and (month - first).days > 62


def _planned(plan: PoolPlan) -> dict[str, Any]:
    return {"plan": plan, "words": words_of(plan.policy)}


def _reopened(one: Any) -> dict[str, Any]:
    return {
        "serial": one.card.serial,
        "shown": shown(one.card.serial),
        "account": one.redemption.account,
        "at": one.reopened_at,
        "amount": Money(one.minor, one.card.batch.currency),
    }


@allow("breakage.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def policy_new(request: HttpRequest) -> HttpResponse:
    """How should breakage be earned, of which cards, from when?"""
    first = queries.first_open_month() or queries.month_of(at=clock.now(), zone=provider_zone())
    form = PolicyForm(request.POST or None, initial={"starts_on": first})
    if request.method == "POST" and form.is_valid():
        product = form.cleaned_data["product"]
        try:
            decide_policy(
                policy=form.policy(), product_id=product.id if product else None,
                starts_on=form.cleaned_data["starts_on"], reason=form.cleaned_data["reason"], by=actor_of(request),
                at=clock.now(),
            )  # fmt: skip
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))
        else:
            toasts.done(request, _("The policy is decided. Below stands what this month would release by it."))
            return redirect("prepaid_cards:breakage")
    return render(request, "prepaid_cards/breakage_policy_new.html", {"form": form})


@allow("cards.view")
@require_safe
def month(request: HttpRequest, breakage_month_id: UUID) -> HttpResponse:
    """What did this month release, and from which figures?"""
    found = queries.access_month(breakage_month_id)
    context = {
        "month": found,
        "amounts": queries.released_by_currency(found),
        "releases": [_released(one) for one in queries.releases_of(found)],
    }
    return render(request, "prepaid_cards/breakage_month.html", context)


def _released(one: BreakageRelease) -> dict[str, Any]:
    return {"release": one, "amount": Money(one.minor, one.currency), "words": words_of(one.policy)}
