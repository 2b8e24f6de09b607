"""The welcome to strangers, the subscribers' home, and help."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from provider.accounts.models import Account, User
from provider.kernel import clock
from provider.kernel.actor import Actor
from provider.kernel.doors import actor_of, allow, public
from provider.kernel.errors import NotFound
from provider.portal.queries import Standing, standing, team_of_reader
from provider.portal.rules.help import TOPICS


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
    account: Account = request.account  # type: ignore[attr-defined]
    assert isinstance(request.user, User)
    state = standing(account=account, user=request.user, at=clock.now())
    steps = _steps(state, by=by)
    context = {
        "account": account,
        "state": state,
        "steps": steps,
        "open_count": sum(not step.is_done for step in steps),
        "team": team_of_reader(by) if by.may("team.view") else [],
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


@public
@require_safe
def help_index(request: HttpRequest) -> HttpResponse:
    """What can I read about?"""
    topics = [(topic, _(heading)) for topic, heading in TOPICS.items()]
    return render(request, "portal/help_index.html", {"topics": topics})


@public
@require_safe
def help_topic(request: HttpRequest, topic: str) -> HttpResponse:
    """How does this page work?"""
    if topic not in TOPICS:
        raise NotFound()
    context = {"heading": _(TOPICS[topic]), "text": f"portal/help/{topic}.html"}
    return render(request, "portal/help.html", context)
