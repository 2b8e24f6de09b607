"""Who stands on the head of an invoice."""

from __future__ import annotations

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from invoices.operations.sellers import SellerDetails
from provider.kernel.clock import zone_names
from provider.look import formats
from provider.look.fields import figures_typed


def countries() -> list[tuple[str, str]]:
    """Countries and regions by their name in the reader's language."""
    return [("", "—"), *sorted(formats.countries().items(), key=lambda one: one[1])]


def zones() -> list[tuple[str, str]]:
    """Every zone by name."""
    return [(name, name.replace("_", " ")) for name in sorted(zone_names())]


class SellerForm(forms.Form):
    """Name, address, tax and numbers of whoever sends invoices."""

    legal_name = forms.CharField(label=_("Name"), max_length=200, help_text=_("As it stands in the register."))
    address = forms.CharField(label=_("Address"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    country = forms.ChoiceField(label=_("Country or region"), required=False, choices=countries)
    tax_id = forms.CharField(label=_("Tax number"), max_length=32, required=False)
    bank_details = forms.CharField(
        label=_("How to pay"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Bank and account number. It stands at the foot of every invoice of which something is due."),
    )
    number_prefix = forms.CharField(
        label=_("Prefix of numbers"),
        max_length=12,
        help_text=_("Invoices are numbered PREFIX-year-000001, without a gap. Documents that were made keep theirs."),
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=zones, help_text=_("The day of issue is a day of this zone.")
    )
    tax_rate = forms.DecimalField(
        label=_("Tax in per cent"), min_value=Decimal(0), max_value=Decimal(100), max_digits=7, decimal_places=4,
        widget=figures_typed(),
        help_text=_("Where neither the plan nor the customer has a rate of its own."),
    )  # fmt: skip
    is_tax_inclusive = forms.BooleanField(label=_("Prices include the tax"), required=False)
    payment_days = forms.IntegerField(label=_("Days to pay"), min_value=0, max_value=365)

    def details(self) -> SellerDetails:
        """What was typed."""
        return SellerDetails(**self.cleaned_data)
