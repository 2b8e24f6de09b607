"""Who asks, in which account, in which language and zone: settled once a request."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from provider.kernel.actor import ANONYMOUS

from .models import User
from .queries import actor_in, chosen_membership

SESSION_MEMBERSHIP = "membership"


class ActorMiddleware:
    """Sets `request.actor`, `request.membership` and `request.account`, the language and the zone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.membership = request.account = None  # type: ignore[attr-defined]
        request.actor = ANONYMOUS  # type: ignore[attr-defined]
        if isinstance(request.user, User):
            self._recognise(request, user=request.user)
        try:
            return self.get_response(request)
        finally:
            timezone.deactivate()

    def _recognise(self, request: HttpRequest, *, user: User) -> None:
        membership = chosen_membership(user=user, membership_id=request.session.get(SESSION_MEMBERSHIP))
        request.membership = membership  # type: ignore[attr-defined]
        request.account = membership.account if membership else None  # type: ignore[attr-defined]
        request.actor = actor_in(  # type: ignore[attr-defined]
            membership=membership, user=user, address=request.META.get("REMOTE_ADDR", "")
        )
        translation.activate(user.language)
        request.LANGUAGE_CODE = translation.get_language()
        if membership:
            timezone.activate(ZoneInfo(membership.account.time_zone))
