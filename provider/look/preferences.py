"""Language and theme: kept in a cookie for everybody, and by whoever keeps users for those who signed in.

The look knows no users. A higher storey registers, in its AppConfig.ready, what is done when a reader chooses:

    preferences.on_change(remember)    # remember(request=, name="language" or "theme", value=)
"""

from __future__ import annotations

from typing import Final, Protocol

from django.conf import settings
from django.http import HttpRequest, HttpResponse

THEMES: Final = ("auto", "light", "dark")
THEME_COOKIE: Final = "theme"
_YEAR_SECONDS: Final = 365 * 24 * 3600


class Listener(Protocol):
    def __call__(self, *, request: HttpRequest, name: str, value: str) -> None: ...


_listeners: list[Listener] = []


def on_change(listener: Listener) -> None:
    """Call `listener` whenever a reader chooses a language or a theme."""
    if listener not in _listeners:
        _listeners.append(listener)


def choose(*, request: HttpRequest, answer: HttpResponse, name: str, value: str) -> None:
    """Keep the choice in a cookie on `answer` and tell the listeners."""
    cookie = settings.LANGUAGE_COOKIE_NAME if name == "language" else THEME_COOKIE
    answer.set_cookie(
        cookie,
        value,
        max_age=_YEAR_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
        httponly=True,
    )
    for listener in _listeners:
        listener(request=request, name=name, value=value)


def theme_of(request: HttpRequest) -> str:
    """The theme that the reader chose: the user's own, else the cookie's, else what the system says."""
    user = getattr(request, "user", None)
    chosen = getattr(user, "theme", "") if user is not None and user.is_authenticated else ""
    chosen = chosen or request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else "auto"
