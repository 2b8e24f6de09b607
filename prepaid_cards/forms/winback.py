"""The letter to accounts that sleep."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from prepaid_cards.models import Campaign
from provider.look.fields import offer_rows


class OfferForm(forms.Form):
    """Which promotion, and a few words of our own."""

    campaign = forms.ModelChoiceField(
        label=_("Promotion"), queryset=Campaign.objects.none(), required=False, empty_label=_("None"),
        help_text=_("Of those that run now and are open to whoever comes back."),
    )  # fmt: skip
    note = forms.CharField(
        label=_("A few words"), max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("They stand in the letter as you write them, below what it says in each reader’s language."),
    )  # fmt: skip

    def __init__(self, *args: Any, campaigns: QuerySet[Campaign], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(self, campaign=campaigns)
