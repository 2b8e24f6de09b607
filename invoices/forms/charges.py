"""What is charged by hand."""

from __future__ import annotations

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from invoices.operations.extras import NewLine
from provider.look.fields import day_field, figures_typed


def plain_figures(field: str, form: forms.Form) -> None:
    """Nobody means 1e3 when they charge a customer."""
    if "e" in str(form.data.get(field, "")).lower():
        raise forms.ValidationError(_("Write the amount in plain figures, such as 318.00."))


class ChargeForm(forms.Form):
    """A line by hand."""

    description = forms.CharField(
        label=_("What for"),
        max_length=300,
        help_text=_("As it is to stand on the invoice, such as “Training on site”."),
    )
    units = forms.DecimalField(label=_("Units"), initial=1, widget=figures_typed())
    unit_price = forms.DecimalField(
        label=_("Price of a unit"),
        widget=figures_typed(),
        help_text=_("Before tax, unless prices include it."),
    )
    tax_rate = forms.DecimalField(
        label=_("Tax in per cent"),
        required=False,
        widget=figures_typed(),
        help_text=_("Leave it empty for the tax that this account usually pays."),
    )
    first_on = day_field(
        label=_("First day of the service"),
        required=False,
    )
    last_on = day_field(
        label=_("Last day of the service"),
        required=False,
        help_text=_("The days of the service, if it has any. They stand on the invoice."),
    )
    reason = forms.CharField(
        label=_("Note for colleagues"), max_length=300, required=False, help_text=_("The customer does not see it.")
    )

    def clean_units(self) -> Decimal:
        plain_figures("units", self)
        units: Decimal = self.cleaned_data["units"]
        return units

    def clean_unit_price(self) -> Decimal:
        plain_figures("unit_price", self)
        price: Decimal = self.cleaned_data["unit_price"]
        return price

    def line(self) -> NewLine:
        """What was typed."""
        return NewLine(**self.cleaned_data)
