"""Words for the reseller's pages."""

from __future__ import annotations

from django import template

from provider.kernel.errors import Refusal
from provider.kernel.wording import say
from resellers.models import Paid

register = template.Library()


@register.simple_tag
def refusal(refused: Refusal) -> str:
    """Why something was not done, in the reader's language."""
    return say(refused)


@register.simple_tag
def way_of_paying(value: str) -> str:
    """How the customer paid, in the reader's language."""
    return str(Paid(value).label)
