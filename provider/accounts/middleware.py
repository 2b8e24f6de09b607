"""Who asks, in which account, in which language and zone: settled once a request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from allauth.account.internal.flows.login import get_authentication_records
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext

from provider.kernel import clock
from provider.kernel.actor import Actor
from provider.kernel.caller import address_of
from provider.kernel.doors import actor_of
from provider.look.requests import request_id

from .models import Account, Impersonation, Membership, Portal, User
from .operations.support import end_acting
from .operations.team import note_seen
from .queries import actor_acting, actor_in, chosen_membership, has_second_factor, running_act
from .rules import session

Answer = Callable[[HttpRequest], HttpResponse]

_SEEN_EVERY: Final = timedelta(minutes=5)

# What somebody who still has to prove a second factor may reach.
_OPEN_BEFORE_SECOND_FACTOR: Final = frozenset(
    {
        "account_logout", "account_login", "account_reauthenticate", "look:language", "look:theme", "places", "terms",
        "privacy", "demo_sign_in", "front_door", "health_live", "health_ready",
        "messages:mailbox", "messages:mailbox_body", "messages:unsubscribe",
    }
)  # fmt: skip


class ActorMiddleware:
    """Sets `request.actor`, `request.membership`, `request.account`, `request.acting`, the language and the zone.

    Membership and consent are read anew with each request, so what was taken away is gone with the next one.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asker: Any = request
        asker.membership = asker.account = asker.acting = asker.brand = None
        asker.actor = Actor(kind="anonymous", address=address_of(request), request_id=request_id())
        asker.lacks_second_factor = False
        if isinstance(request.user, User):
            self._recognise(request, user=request.user)
        try:
            return self.get_response(request)
        finally:
            timezone.deactivate()

    def _recognise(self, request: HttpRequest, *, user: User) -> None:
        self._speak(request, language=user.language)
        membership = chosen_membership(user=user, membership_id=request.session.get(session.MEMBERSHIP))
        if membership and membership.portal == Portal.PROVIDER and not has_passed_second_factor(request, user=user):
            request.lacks_second_factor = True  # type: ignore[attr-defined]
            membership = None
        self._enter(request, user=user, membership=membership)
        self._act_for(request, user=user)

    def _speak(self, request: HttpRequest, *, language: str) -> None:
        translation.activate(language)
        request.LANGUAGE_CODE = translation.get_language()

    def _enter(self, request: HttpRequest, *, user: User, membership: Membership | None) -> None:
        asker: Any = request
        asker.membership = membership
        asker.actor = actor_in(membership=membership, user=user, address=address_of(request), request_id=request_id())
        if membership:
            self._settle_in(request, account=membership.account)

    def _act_for(self, request: HttpRequest, *, user: User) -> None:
        act_id = request.session.get(session.ACTING)
        if act_id is None:
            return
        at = clock.now()
        act = running_act(impersonation_id=act_id, staff=user, at=at)
        if act is None or actor_of(request).account_id != act.staff_account_id:
            self._stop_acting(request, act_id=act_id, at=at)
            return
        asker: Any = request
        asker.acting = act
        asker.acting_minutes_left = _minutes_left(act, at=at)
        asker.actor = actor_acting(act, address=address_of(request), request_id=request_id())
        self._settle_in(request, account=act.account)

    def _settle_in(self, request: HttpRequest, *, account: Account) -> None:
        asker: Any = request
        asker.account = account
        asker.brand = account.brand or (account.parent.brand if account.parent else None)
        timezone.activate(ZoneInfo(account.time_zone))

    def _stop_acting(self, request: HttpRequest, *, act_id: str, at: datetime) -> None:
        del request.session[session.ACTING]
        end_acting(impersonation_id=UUID(act_id), by=actor_of(request), at=at)
        messages.warning(request, gettext("You no longer act for the customer: the time or the consent has ended."))


class SecondFactorMiddleware:
    """Whoever works for the provider proves a second factor before anything else; without one, they set it up first."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if not getattr(request, "lacks_second_factor", False) or self._is_open(request):
            return None
        assert isinstance(request.user, User)
        if has_second_factor(request.user):
            there = {"next": request.get_full_path()} if request.method == "GET" else {"next": "/"}
            return _go(request, f"{reverse('mfa_reauthenticate')}?{urlencode(there)}")
        return _go(request, reverse("mfa_index"))

    def _is_open(self, request: HttpRequest) -> bool:
        match = request.resolver_match
        name = match.view_name if match else ""
        return name.startswith("mfa_") or name in _OPEN_BEFORE_SECOND_FACTOR


class LastSeenMiddleware:
    """Keeps where and when a session was last used, every five minutes."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if isinstance(request.user, User) and request.session.session_key:
            self._note(request)
        return self.get_response(request)

    def _note(self, request: HttpRequest) -> None:
        at = clock.now()
        if at.timestamp() - float(request.session.get(session.SEEN_AT, 0)) < _SEEN_EVERY.total_seconds():
            return
        request.session[session.SEEN_AT] = at.timestamp()
        UserSession.objects.create_from_request(request)
        membership: Membership | None = getattr(request, "membership", None)
        if membership is not None:
            note_seen(membership_id=membership.id, at=at)


def has_passed_second_factor(request: HttpRequest, *, user: User) -> bool:
    """Whether this session was opened, or proved later, with a passkey or an authenticator."""
    if request.session.get(session.DEMO):
        return True
    return any(record.get("method") == "mfa" for record in get_authentication_records(request, user))


def _minutes_left(act: Impersonation, *, at: datetime) -> int:
    return max(1, -(-int((act.expires_at - at).total_seconds()) // 60))


def _go(request: HttpRequest, address: str) -> HttpResponse:
    """A redirect that htmx follows with the whole page."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)
