"""How many points are exchanged, and at which rate points are."""

from __future__ import annotations

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from provider.accounts.rules.defaults import CURRENCIES
from provider.kernel.money import Money, exact_minor
from provider.look.fields import figures_typed, whole_number_typed

from .charges import plain_figures


class ExchangeForm(forms.Form):
    """How many points."""

    points = forms.IntegerField(label=_("Points"), min_value=1, max_value=2_000_000_000, widget=whole_number_typed())


class RateForm(forms.Form):
    """So many points for so much money."""

    currency = forms.ChoiceField(label=_("Currency"), choices=[(code, code) for code in CURRENCIES])
    points = forms.IntegerField(label=_("So many points"), min_value=1, max_value=1_000_000, initial=100)
    amount = forms.DecimalField(
        label=_("become so much money"), min_value=Decimal(0), max_digits=12,
        widget=figures_typed(),
        help_text=_("0 ends the offer: points stay and cannot be exchanged."),
    )  # fmt: skip
    reason = forms.CharField(label=_("Reason"), max_length=400, widget=forms.Textarea(attrs={"rows": 2}))

    def clean_amount(self) -> Decimal:
        """In plain figures."""
        plain_figures("amount", self)
        amount: Decimal = self.cleaned_data["amount"]
        return amount

    def clean(self) -> dict[str, object]:
        typed: dict[str, object] = super().clean() or {}
        amount, currency = typed.get("amount"), typed.get("currency")
        if isinstance(amount, Decimal) and isinstance(currency, str):
            try:
                typed["money"] = Money(exact_minor(amount=amount, currency=currency), currency)
            except ValueError:
                self.add_error("amount", _("This currency has fewer decimals. Write the amount without the last ones."))
        return typed
