"""Words: what people write into free fields, kept but never with the secret of a card in it; and days in refusals."""

from __future__ import annotations

from typing import Final

from django.utils.functional import lazy
from django.utils.translation import gettext as _

from prepaid_cards.rules.codes import blotted
from provider.look import formats

day_in_words: Final = lazy(formats.day, str)  # in the language of whoever reads it


def without_codes(words: str) -> str:
    """What somebody wrote, with every secret of a card in it blotted out: none is ever kept in clear."""
    return blotted(words, mark=_("•••• (a code was removed)"))
