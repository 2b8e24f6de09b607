"""Whom to invite to the CRM."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from provider.accounts.models import Language
from provider.accounts.rules.phones import Contact, parse_contact
from provider.kernel.errors import Refusal
from provider.kernel.wording import say


class InviteForm(forms.Form):
    """A colleague: their address, what they may do, and in which language they are written to."""

    contact = forms.CharField(
        label=_("E-mail address or mobile number"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
        help_text=_("Only whoever has this address can take the place. The link holds for seven days."),
    )
    role = forms.ChoiceField(
        label=_("Role"),
        choices=[
            ("member", _("Member: works in the CRM")),
            ("manager", _("Manager: the CRM, its settings and the team")),
        ],
    )
    language = forms.ChoiceField(label=_("Language of the invitation"), choices=Language.choices)

    def __init__(self, *args: Any, country: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.country = country

    def clean_contact(self) -> Contact:
        try:
            return parse_contact(self.cleaned_data["contact"], country=self.country)
        except Refusal as refusal:
            raise forms.ValidationError(say(refusal), code=refusal.code) from None
