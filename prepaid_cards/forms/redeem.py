"""The secret as it is typed, and the confirmation of a quote."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class CodeForm(forms.Form):
    """Sixteen symbols in four groups; the page's script gives each group a field of its own."""

    refused = _("The card was not redeemed.")  # in place of “Nothing was saved yet”

    code = forms.CharField(
        label=_("Code, 16 symbols"), max_length=80,
        help_text=_("Under the silver layer. Capitals and spaces do not matter."),
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "inputmode": "text",
                "data-code": "", "class": "code-one",
            }
        ),
        error_messages={"required": _("Type the code of your card.")},
    )  # fmt: skip


class ConfirmForm(forms.Form):
    """What was shown, handed back."""

    ticket = forms.CharField(max_length=200)
    digest = forms.RegexField(r"^[0-9a-f]{64}$")
