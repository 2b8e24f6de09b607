"""Forms of the subscribers' front room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class BeginForm(forms.Form):
    """Which plan to begin with."""

    plan = forms.ChoiceField(
        label=_("Plan"),
        widget=forms.HiddenInput,
        error_messages={
            "required": _("Choose one of the plans."),
            "invalid_choice": _("This plan is not offered in your currency. Choose one of those shown."),
        },
    )

    def __init__(self, *args: Any, codes: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["plan"].choices = [(code, code) for code in codes]  # type: ignore[attr-defined]
