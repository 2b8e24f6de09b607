"""How long a password is at least, said in the reader's language."""

from __future__ import annotations

from django.contrib.auth.password_validation import MinimumLengthValidator
from django.utils.translation import ngettext


class LongEnough(MinimumLengthValidator):
    """Django's check with our sentence: its own has no Simplified Chinese."""

    def get_error_message(self) -> str:
        text = ngettext(
            "It is too short: at least %(count)s character, please.",
            "It is too short: at least %(count)s characters, please.",
            self.min_length,
        )
        return text % {"count": self.min_length}
