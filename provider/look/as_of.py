"""The question of every report of a day: as of its end, in one currency."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from provider.kernel.errors import DayAhead
from provider.kernel.wording import say
from provider.look.fields import day_field, offer


class AsOfForm(forms.Form):
    """As of the end of which day, today where none is given, and in which of `currencies`."""

    on = day_field(
        label=_("As of the end of"), required=False,
    )  # fmt: skip
    currency = forms.ChoiceField(label=_("Currency"), required=False)

    def __init__(self, *args: Any, today: date, currencies: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        offer(self, currency=[(code, code) for code in currencies])

    def clean_on(self) -> date:
        """The day asked for, else today."""
        day: date | None = self.cleaned_data.get("on")
        if day is not None and day > self.today:
            raise forms.ValidationError(say(DayAhead()))
        return day or self.today
