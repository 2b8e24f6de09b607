"""A refusal in the language of the reader who is being answered."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext

from .errors import Refusal


def say(refusal: Refusal) -> str:
    """The refusal's sentence in the active language, with its facts filled in."""
    facts = {name: str(fact) if isinstance(fact, Promise) else fact for name, fact in refusal.facts.items()}
    sentence = gettext(refusal.text)
    return sentence % facts if facts else sentence
