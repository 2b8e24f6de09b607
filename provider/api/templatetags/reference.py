"""Words of the OpenAPI document, in the reader's language."""

from __future__ import annotations

import re
from typing import Final

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

register = template.Library()
_CODE: Final = re.compile(r"`([^`]+)`")


@register.filter
def worded(text: str) -> SafeString:
    """A text of the document translated, with what stands in backticks set as code."""
    if not text:
        return SafeString("")
    return mark_safe(_CODE.sub(r"<code>\1</code>", escape(gettext(text))))  # noqa: S308 - escaped before
