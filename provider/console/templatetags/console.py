"""What only the console's pages draw."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from provider.console.queries.search import words_of
from provider.console.rules.marking import marked_parts

register = template.Library()


@register.filter
def marked(text: Any, words: str) -> SafeString:
    """The text with the parts marked that were looked for."""
    parts = marked_parts(str(text or ""), words=words_of(words.lower()))
    drawn = ((format_html("<mark>{}</mark>", part) if is_hit else part,) for part, is_hit in parts)
    return format_html_join("", "{}", drawn)
