"""What django-allauth tells, and what the look is told by readers, kept as ours."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.signals import email_changed
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from django.http import HttpRequest

from provider.kernel import clock
from provider.kernel.doors import actor_of
from provider.look import preferences

from .models import User
from .operations.users import change_own_settings, note_email_changed


def connect() -> None:
    """Called once, when the application starts."""
    email_changed.connect(_on_email_changed, dispatch_uid="accounts")
    authenticator_added.connect(_on_authenticator_added, dispatch_uid="accounts")
    preferences.on_change(remember_preference)


def remember_preference(*, request: HttpRequest, name: str, value: str) -> None:
    """Keep the language or the theme that a signed-in reader chose."""
    if isinstance(request.user, User):
        change_own_settings(user_id=request.user.id, by=actor_of(request), at=clock.now(), **{name: value})


def _on_email_changed(
    *, request: HttpRequest, user: User, from_email_address: Any, to_email_address: Any, **kwargs: Any
) -> None:
    before = from_email_address.email if from_email_address else ""
    note_email_changed(
        user_id=user.id, before=before, after=to_email_address.email, by=actor_of(request), at=clock.now()
    )


def _on_authenticator_added(*, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    """Setting a second factor up proves it: the session need not ask for it once more."""
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        record_authentication(request, user, method="mfa", type=authenticator.type, id=authenticator.pk)
