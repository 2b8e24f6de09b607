"""What accounts, roles and regions are called, for templates of every package."""

from __future__ import annotations

from django import template
from django.utils import translation
from django.utils.translation import gettext

from provider.accounts.models import Region, localised_region_name
from provider.accounts.rules.words import PORTAL_NAMES, ROLE_NAMES

register = template.Library()


@register.simple_tag
def portal_name(portal: str) -> str:
    """In which capacity somebody takes part, in the reader's language."""
    return gettext(PORTAL_NAMES.get(portal, portal))


@register.simple_tag
def role_name(role: str) -> str:
    """What a role is called, in the reader's language."""
    return gettext(ROLE_NAMES.get(role, role))


@register.simple_tag
def region_name(region: Region | None) -> str:
    """The region's name in the reader's language; a dash where there is none."""
    return localised_region_name(region, translation.get_language() or "en") if region else "—"
