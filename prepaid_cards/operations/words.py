"""What people write into free fields: kept, but never with the secret of a card in it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from prepaid_cards.rules.codes import blotted


def without_codes(words: str) -> str:
    """What somebody wrote, with every secret of a card in it blotted out: none is ever kept in clear."""
    return blotted(words, mark=_("•••• (a code was removed)"))
