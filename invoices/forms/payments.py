"""What finance and operators type about invoices."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from provider.kernel.money import Money, exact_minor, exponent_of
from provider.look.fields import day_field, figures_typed

METHODS = [("bank", _("Bank transfer")), ("cash", _("Cash"))]


class RecordPaymentForm(forms.Form):
    """Money that arrived outside of the gateway."""

    amount = forms.DecimalField(
        label=_("Amount that arrived"),
        max_digits=14,
        widget=figures_typed(),
        help_text=_("More than is open stays on the account as unassigned money; less leaves the rest open."),
    )
    received_on = day_field(
        label=_("Arrived on"),
    )
    method = forms.ChoiceField(label=_("How"), choices=METHODS, initial="bank")
    reference = forms.CharField(
        label=_("Reference"),
        max_length=120,
        help_text=_("The bank’s own reference of the transfer: it keeps the same money from being recorded twice."),
    )
    reason = forms.CharField(
        label=_("Note"), max_length=300, help_text=_("Colleagues read it in the history, such as “statement 42”.")
    )

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency
        amount = self.fields["amount"]
        assert isinstance(amount, forms.DecimalField)
        amount.decimal_places = exponent_of(currency)

    def clean_amount(self) -> Decimal:
        """No scientific notation, no part of the smallest unit."""
        typed = self.data.get("amount", "")
        amount: Decimal = self.cleaned_data["amount"]
        if "e" in str(typed).lower():
            raise forms.ValidationError(_("Write the amount in plain figures, such as 318.00."))
        try:
            exact_minor(amount=amount, currency=self.currency)
        except ValueError:
            text = _("%(currency)s has at most %(count)s decimal places.")
            facts = {"currency": self.currency, "count": exponent_of(self.currency)}
            raise forms.ValidationError(text, params=facts) from None
        return amount

    def money(self) -> Money:
        """The amount in minor units."""
        minor = exact_minor(amount=self.cleaned_data["amount"], currency=self.currency)
        return Money(minor, self.currency)
