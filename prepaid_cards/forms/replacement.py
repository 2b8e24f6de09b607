"""Why a card is replaced, and how the new code gets to its holder."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from .fields import ReasonField


class ReplaceForm(forms.Form):
    """The reason, and where the code goes."""

    reason = ReasonField(
        label=_("Reason"), widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It stands in the history of both cards, and the holder who reported the card reads it."),
    )  # fmt: skip
    email = forms.EmailField(
        label=_("E-mail address"), required=False,
        help_text=_("Where the code goes. Left empty, it is shown to you once."),
    )  # fmt: skip
    language = forms.ChoiceField(label=_("Language of the e-mail"), choices=settings.LANGUAGES)
