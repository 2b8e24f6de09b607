"""The question of every report of a day: as of its end, in one currency."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from provider.kernel.errors import DayAhead
from provider.kernel.wording import say


class AsOfForm(forms.Form):
    """As of the end of which day, today where none is given, and in which of `currencies`."""

    on = forms.DateField(
        label=_("As of the end of"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )  # fmt: skip
    currency = forms.ChoiceField(label=_("Currency"), required=False)

    def __init__(self, *args: Any, today: date, currencies: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        currency = self.fields["currency"]
        assert isinstance(currency, forms.ChoiceField)
        currency.choices = [(code, code) for code in currencies]

    def clean_on(self) -> date:
        """The day asked for, else today."""
        day: date | None = self.cleaned_data.get("on")
        if day is not None and day > self.today:
            raise forms.ValidationError(say(DayAhead()))
        return day or self.today
