"""As of which day, of which cards, and by what."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from prepaid_cards.errors import ReportDayAhead
from provider.kernel.wording import say


class LiabilityForm(forms.Form):
    """The question that a report of liability answers."""

    BY = (("product", _("Kind of card")), ("batch", _("Batch")), ("seller", _("Seller")))
    on = forms.DateField(
        label=_("As of the end of"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )  # fmt: skip
    currency = forms.ChoiceField(label=_("Currency"), required=False)
    by = forms.ChoiceField(label=_("By"), choices=BY, required=False)
    product = forms.UUIDField(required=False, widget=forms.HiddenInput)
    batch = forms.UUIDField(required=False, widget=forms.HiddenInput)
    seller = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, today: date, currencies: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["currency"].choices = [(code, code) for code in currencies]  # type: ignore[attr-defined]

    def clean_on(self) -> date:
        """The day asked for, else today."""
        day: date | None = self.cleaned_data.get("on")
        if day is not None and day > self.today:
            raise forms.ValidationError(say(ReportDayAhead()))
        return day or self.today
