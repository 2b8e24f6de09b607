"""What accounts, roles, regions, devices and numbers are called, for templates of every package."""

from __future__ import annotations

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from provider.accounts.models import Membership, Region, localised_region_name
from provider.accounts.rules.demo import to_try
from provider.accounts.rules.devices import device_name
from provider.accounts.rules.phones import shown_phone
from provider.accounts.rules.words import PORTAL_NAMES, ROLE_NAMES, ROLE_TEXTS

register = template.Library()


def portal_name(portal: str) -> str:
    """In which capacity somebody takes part, in the reader's language."""
    return gettext(PORTAL_NAMES.get(portal, portal))


def role_name(role: str) -> str:
    """What a role is called, in the reader's language."""
    return gettext(ROLE_NAMES.get(role, role))


# As a tag where it stands alone, as a filter inside of a sentence.
register.simple_tag(portal_name)
register.simple_tag(role_name)
register.filter("portal_name", portal_name)
register.filter("role_name", role_name)


@register.simple_tag
def role_text(portal: str, role: str) -> str:
    """What a role is for."""
    return gettext(ROLE_TEXTS[portal, role])


@register.simple_tag
def region_name(region: Region | None) -> str:
    """The region's name in the reader's language; a dash where there is none."""
    return localised_region_name(region, translation.get_language() or "en") if region else "—"


@register.filter
def device(user_agent: str) -> str:
    """A browser's long name of itself in a few words."""
    return device_name(user_agent) or gettext("Unknown device")


@register.filter
def phone(number: str) -> str:
    """A mobile number as people write it."""
    return shown_phone(number)


@register.simple_tag
def demo_sign_in_offered() -> bool:
    """Whether parts of the demo can be played here."""
    return bool(settings.DEMO_SIGN_IN)


@register.filter
def introduced(part: Membership) -> str:
    """Who somebody of the demo is and what to try as them, else what their role is for."""
    said = to_try(part.user.email or "")
    return gettext(said) if said else role_text(part.portal, part.role)


@register.simple_tag
def open_mailbox() -> str:
    """Where letters and SMS can be read that never leave this machine; nothing where they are really sent."""
    stays = settings.EMAIL_GATEWAY == "loopback" and not settings.IS_PRODUCTION
    return reverse("messages:mailbox") if stays else ""
