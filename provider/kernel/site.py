"""The complete addresses of our pages, for what is read elsewhere: letters, documents, answers of the API."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse


def link_to(name: str, **kwargs: str) -> str:
    """The complete address of the page called `name`."""
    return f"{settings.SITE_URL}{reverse(name, kwargs=kwargs or None)}"
