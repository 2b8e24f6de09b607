"""The welcome to strangers, the subscribers' home, and help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from invoices.queries.accounts import credit_to_use, open_invoices_of, points_of, to_settle
from invoices.queries.coupons import coupons_of_account, running
from plans.queries.limits import MeterUse, uses_of
from plans.queries.standing import standing_of
from prepaid_cards.operations.words import without_codes
from provider.accounts.models import User
from provider.accounts.operations.erasure import ask_erasure, withdraw_erasure
from provider.accounts.queries import account_of, erasure_open_of
from provider.accounts.rules.erasure import KEPT, PARTS
from provider.kernel import clock
from provider.kernel.actor import Actor
from provider.kernel.doors import View, actor_of, allow, public
from provider.kernel.errors import NotFound, Refusal
from provider.kernel.wording import say
from provider.look import formats, toasts
from provider.portal.forms import BeginForm, ErasureForm
from provider.portal.operations.beginning import begin
from provider.portal.queries import Standing, standing, team_of_reader
from provider.portal.queries.beginning import has_main_subscription, offers_for, priced
from provider.portal.rules.help import OF_PORTAL, TOPICS

OPEN_INVOICES: Final = 5


@dataclass(frozen=True, slots=True)
class Step:
    """Something that is worth doing next."""

    text: str
    href: str
    is_done: bool


@public
@require_safe
def welcome(request: HttpRequest) -> HttpResponse:
    """What is this, and how does one begin?"""
    if actor_of(request).kind != "anonymous":
        return redirect("front_door")
    return render(request, "portal/welcome.html", {"is_demo": settings.DEMO_SIGN_IN})


@allow("portal.view")
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """How does my account stand, and what is worth doing next?"""
    by = actor_of(request)
    account = account_of(request)
    assert isinstance(request.user, User)
    at = clock.now_for(test_clock_at=account.test_clock_at)
    state = standing(account=account, user=request.user, at=clock.now())
    steps = _steps(state, by=by)
    context = {
        "account": account,
        "state": state,
        "steps": steps,
        "open_count": sum(not step.is_done for step in steps),
        "team": team_of_reader(by) if by.may("team.view") else [],
        "service": standing_of(account_id=account.id, at=at),
        "credit": credit_to_use(account_id=account.id, at=at) if by.may("invoices.view") else [],
        "points": points_of(account_id=account.id) if by.may("invoices.view") else 0,
        "running_coupons": running(coupons_of_account(account.id), at=at).count() if by.may("invoices.view") else 0,
        "open_invoices": list(open_invoices_of(account_id=account.id)[:OPEN_INVOICES]),
        "now": at,
    }
    return render(request, "portal/home.html", context)


def _steps(state: Standing, *, by: Actor) -> list[Step]:
    steps = [Step(_("Add a second way to prove that it is you"), "/auth/second-factor/", state.has_second_factor)]
    if by.may("account_settings.change"):
        steps.insert(0, Step(_("Complete the address for your invoices"), "/settings/account/", state.has_address))
    if by.may("team.manage"):
        has_company = state.member_count > 1 or state.invited_count > 0
        steps.append(Step(_("Invite a colleague"), "/team/invite/", has_company))
    return steps


@dataclass(frozen=True, slots=True)
class UseShown:
    """One thing that is counted, how near its limit it is, and what to do about it."""

    use: MeterUse
    kind: str
    hint: str


@allow("portal.view")
@require_safe
def use(request: HttpRequest) -> HttpResponse:
    """How much do we use of what we may?"""
    account = account_of(request)
    at = clock.now_for(test_clock_at=account.test_clock_at)
    uses = [_shown(one) for one in uses_of(account=account, at=at)]
    context = {
        "uses": uses,
        "is_near": any(one.kind for one in uses),
        "may_change": actor_of(request).may("subscription.manage"),
        "change_href": _change_href(uses),
    }
    is_part = request.headers.get("HX-Request") == "true"
    return render(request, "portal/parts/use.html" if is_part else "portal/use.html", context)


def _change_href(uses: Sequence[UseShown]) -> str:
    """Where the plan is changed whose limit is the nearest."""
    near = [one for one in uses if one.kind] or uses
    return reverse("invoices:own_act", args=[near[0].use.subscription.pk, "plan"]) if near else ""


def _shown(use: MeterUse) -> UseShown:
    if use.limit == 1 and use.used == 1:  # a plan for one person is full from the first day, and nothing is wrong
        return UseShown(use, "", _("This plan is for one. A larger plan takes more."))
    if use.has_reached(100):
        return UseShown(use, "bad", _full(use))
    if use.has_reached(80):
        left = (use.limit or 0) - use.used
        return UseShown(use, "warn", _("%(left)s left. Choose a larger plan in time.") % {"left": _number(left)})
    return UseShown(use, "", _calm(use))


def _full(use: MeterUse) -> str:
    if use.stops:
        return _("The limit is reached: no more can be added. Take some away, or choose a larger plan.")
    return _("The plan’s limit is reached. Everything goes on working; choose a larger plan.")


def _calm(use: MeterUse) -> str:
    if use.limit is not None:
        return ""
    if use.included is None:
        return _("No limit; each one is charged at its price.")
    beyond = use.used - use.included
    if beyond <= 0:
        return _("%(included)s are included.") % {"included": _number(use.included)}
    facts = {"included": _number(use.included), "beyond": _number(beyond)}
    return _("%(included)s are included, %(beyond)s are charged.") % facts


def _number(value: Decimal) -> str:
    return formats.number(value.normalize() if value else Decimal(0))


@allow("subscription.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def begin_page(request: HttpRequest) -> HttpResponse:
    """Which plan shall it be?"""
    account = account_of(request)
    if has_main_subscription(account_id=account.id):
        return redirect("portal:home")
    offered = offers_for(account)
    form = BeginForm(request.POST or None, codes=[offer.plan.code for offer in offered])
    if request.method == "POST" and form.is_valid():
        at = clock.now_for(test_clock_at=account.test_clock_at)
        try:
            begin(account_id=account.id, plan_code=form.cleaned_data["plan"], by=actor_of(request), at=at)
        except Refusal as refusal:
            form.add_error(None, say(refusal))
        else:
            toasts.done(request, _("Your CRM is open."), href="/crm/")
            return redirect("portal:home")
    prices = [priced(offer, currency=account.currency) for offer in offered]
    return render(request, "portal/begin.html", {"form": form, "offers": prices})


@public
@require_safe
def help_index(request: HttpRequest) -> HttpResponse:
    """What can I read about?"""
    by = actor_of(request)
    topics = [(topic, _(TOPICS[topic])) for topic in OF_PORTAL.get(by.portal or "", OF_PORTAL[""])]
    return render(request, "portal/help_index.html", {"topics": topics})


@public
@require_safe
def help_topic(request: HttpRequest, topic: str) -> HttpResponse:
    """How does this page work?"""
    if topic not in TOPICS:
        raise NotFound()
    context = {"heading": _(TOPICS[topic]), "text": f"portal/help/{topic}.html"}
    return render(request, "portal/help.html", context)


def _fresh(view: View) -> View:
    """Only for somebody who has proved in the last ten minutes who they are."""
    wrapped: View = reauthentication_required(app="allauth.account", allow_get=True)(view)
    return wrapped


@allow("account.erase")
@_fresh
@require_http_methods(["GET", "HEAD", "POST"])
def erasure(request: HttpRequest) -> HttpResponse:
    """What goes and what stays if we have everything erased, and how does our request stand?"""
    account = account_of(request)
    left = to_settle(account_id=account.id)
    form = ErasureForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            ask_erasure(
                account_id=account.id,
                name_typed=form.cleaned_data["name"],
                reason=without_codes(form.cleaned_data["reason"]),
                language=translation.get_language() or account.language,
                gives_up=[*(formats.money(one) for one in left.credit), *([str(left.points)] if left.points else [])],
                is_confirmed=form.cleaned_data["is_sure"],
                is_blocked=left.is_blocked,
                by=actor_of(request),
                at=clock.now(),
            )
        except Refusal as refusal:
            form.add_error(refusal.field or None, say(refusal))
        else:
            toasts.done(request, _("Your request has reached us. Nothing is erased before the waiting time is over."))
            return redirect("portal:erasure")
    context = {
        "account": account,
        "form": form,
        "left": left,
        "asked": erasure_open_of(account.id),
        "goes": [_(text) for text in PARTS.values()],
        "stays": [_(text) for text in KEPT],
        "days": settings.ERASURE_WAITS_DAYS,
    }
    return render(request, "portal/erasure.html", context)


@allow("account.erase")
@require_POST
def erasure_withdraw(request: HttpRequest) -> HttpResponse:
    """Keep everything after all."""
    withdraw_erasure(account_id=account_of(request).id, by=actor_of(request), at=clock.now())
    toasts.done(request, _("The request is withdrawn. Everything stays as it is."))
    return redirect("portal:erasure")
