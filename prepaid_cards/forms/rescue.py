"""What the holder of a card that is not taken can say."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from prepaid_cards.models import ReportKind
from provider.look.fields import day_field

_TYPED = {"autocomplete": "off", "spellcheck": "false"}


class UnreadableForm(forms.Form):
    """The serial, and the code with a mark for each symbol that is gone."""

    serial = forms.CharField(
        label=_("Serial"), max_length=40, help_text=_("14 digits, printed in clear on the card."),
        widget=forms.TextInput(attrs=_TYPED | {"inputmode": "numeric", "class": "mono"}),
    )  # fmt: skip
    code = forms.CharField(
        label=_("Code, with ? for what cannot be read"), max_length=80,
        help_text=_("16 symbols in four groups, such as 7KQM-4T?D-9HRN-2W?C. At most three may be missing."),
        widget=forms.TextInput(attrs=_TYPED | {"autocapitalize": "characters", "class": "mono"}),
    )  # fmt: skip


class ReportForm(forms.Form):
    """Which card, what is wrong with it, and where it was bought."""

    kind = forms.ChoiceField(label=_("What is wrong?"), choices=ReportKind.choices, widget=forms.RadioSelect)
    serial = forms.CharField(
        label=_("Serial"), max_length=40, help_text=_("14 digits, printed in clear on the card."),
        widget=forms.TextInput(attrs=_TYPED | {"inputmode": "numeric", "class": "mono"}),
    )  # fmt: skip
    receipt = forms.CharField(
        label=_("Number of the receipt"), max_length=60, required=False,
        help_text=_("It helps the shop or us find the sale."),
    )  # fmt: skip
    bought_on = day_field(
        label=_("Bought on"),
        required=False,
    )
    words = forms.CharField(
        label=_("What else we should know"), max_length=400, required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Never write the code here. We will never ask for it."),
    )  # fmt: skip
