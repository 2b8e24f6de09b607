"""Why an event is taken back."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class CorrectionForm(forms.Form):
    """The reason, and what the page had shown."""

    reason = forms.CharField(label=_("Reason"), max_length=200, help_text=_("It stands in the history of the account."))
    expected = forms.CharField(max_length=64, widget=forms.HiddenInput)
