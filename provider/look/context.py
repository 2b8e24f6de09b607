"""What every page is given: its shell, theme, language, brand, and the menus that higher storeys fill."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest

from provider.kernel.doors import actor_of

from . import formats, preferences, requests
from .brand import accent_style

BARE: Final = "look/bare.html"
_SHELLS: Final = {
    "provider": "console/shell.html",
    "reseller": "resellers/shell.html",
    "subscriber": "portal/shell.html",
}
_CRM_SHELL: Final = "crm_tenant/shell.html"
# The first that exists is shown: accounts brings its own, with the reader's places and the banner of acting for others.
ACCOUNT_MENU: Final = ("accounts/parts/menu.html", "look/parts/menu.html")
BANNERS: Final = ("accounts/parts/banner.html", "look/parts/nothing.html")
BELL: Final = ("messages/parts/bell.html", "look/parts/nothing.html")


def look(request: HttpRequest) -> dict[str, Any]:
    """The context processor."""
    brand = brand_of(request)
    return {
        "shell": shell_for(request),
        "theme": preferences.theme_of(request),
        "html_lang": formats.language_tag(),
        "languages": languages(),
        "brand": brand,
        "brand_style": accent_style(accent=brand.accent, accent_dark=brand.accent_dark) if brand else "",
        "account_menu": ACCOUNT_MENU,
        "banners": BANNERS,
        "bell": BELL,
        "request_id": requests.request_id(),
    }


def languages() -> list[tuple[str, str, str]]:
    """Each language: its code, its tag for HTML, its name in itself."""
    return [(code, formats.language_tag(code), str(name)) for code, name in settings.LANGUAGES]


def shell_for(request: HttpRequest) -> str:
    """The frame of the page: the actor's portal's, the CRM's on its pages, one centred card for strangers."""
    actor = actor_of(request)
    if actor.kind == "anonymous" or not actor.portal:
        return BARE
    if actor.portal == "subscriber" and request.path.startswith("/crm/"):
        return _CRM_SHELL
    return _SHELLS.get(actor.portal, BARE)


def brand_of(request: HttpRequest) -> Any:
    """The brand in whose name the page speaks: one set on the request, else the account's, else none (our own)."""
    account = getattr(request, "account", None)
    return getattr(request, "brand", None) or getattr(account, "brand", None)
