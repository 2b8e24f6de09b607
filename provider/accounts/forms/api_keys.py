"""Making a key for machines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from provider.accounts.rules.scopes import Scope
from provider.look.fields import day_field, offer


class ApiKeyForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("What uses it, such as “Warehouse import”."))
    scopes = forms.MultipleChoiceField(label=_("What it may do"), widget=forms.CheckboxSelectMultiple)
    expires_on = day_field(
        label=_("Expires"),
        required=False,
        help_text=_("The last day on which it works. Leave it empty for a key that does not expire."),
    )

    def __init__(self, *args: Any, offered: Iterable[Scope], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, scopes=[(scope.name, f"{scope.name} · {gettext(scope.text)}") for scope in offered])
