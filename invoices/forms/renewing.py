"""For how long an account is renewed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class RenewForm(forms.Form):
    """Which of the terms on offer."""

    months = forms.TypedChoiceField(
        label=_("For how long"),
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose for how long."),
            "invalid_choice": _("This plan is not sold for so many months. Choose one of those shown."),
        },
    )

    def __init__(self, *args: Any, terms: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["months"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(terms)
        if terms:
            field.initial = 12 if any(months == 12 for months, _ in terms) else terms[0][0]
