"""What a browser tells of its reader without being asked: untrusted hints, turned into values that we know."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext

from provider.accounts.models import Account
from provider.accounts.rules.defaults import ZONE_COOKIE, guess_country, known_zone
from provider.accounts.rules.devices import device_name


def zone_of(request: HttpRequest) -> str:
    """The browser's time zone if it is one that we know, else ''."""
    return known_zone(request.COOKIES.get(ZONE_COOKIE, ""))


def country_of(request: HttpRequest | None) -> str:
    """The country whose way of writing numbers the reader uses: their account's, else a guess."""
    if request is None:
        return guess_country(time_zone="", language="")
    account: Account | None = getattr(request, "account", None)
    if account is not None and account.country:
        return account.country
    return guess_country(time_zone=zone_of(request), language=translation.get_language() or "")


def device_of(request: HttpRequest) -> str:
    """The reader's browser and system in a few words."""
    return device_name(request.headers.get("User-Agent", "")) or gettext("an unknown device")
