"""What is typed about prepaid money: a top-up by hand, and why one is taken back."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from invoices.queries.balances import BY_HAND, GIFT
from provider.kernel.clock import first_instant
from provider.kernel.money import Money, exact_minor
from provider.look.fields import day_field, figures_typed, whole_number_typed

from .charges import plain_figures
from .lines import LinesForm, reason_field

_ROWS: Final = (
    ("kind", "", ""), ("amount", "", ""), ("reference", "kind", BY_HAND), ("last_on", "", ""), ("on", "", ""),
    ("plans", "on", "some"), ("charges", "on", "some"), ("meters", "on", "some"), ("name", "", ""),
    ("priority", "", ""), ("reason", "", ""),
)  # fmt: skip


class TopUpForm(LinesForm):
    """Prepaid money: how much, where it is from, on what it is used, and how long."""

    ROWS = _ROWS

    kind = forms.ChoiceField(
        label=_("Where it is from"),
        choices=[(BY_HAND, _("Money that arrived")), (GIFT, _("We give it away"))],
        initial=BY_HAND,
        widget=forms.RadioSelect,
    )
    amount = forms.DecimalField(label=_("Amount"), max_digits=14, widget=figures_typed())
    reference = forms.CharField(
        label=_("Reference"),
        max_length=64,
        required=False,
        help_text=_("The bank’s own reference of the transfer: it keeps the same money from being added twice."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    last_on = day_field(
        required=False,
        label=_("Last day"),
        help_text=_("That day included; what is left then is lost. Leave it empty if there is no end."),
    )
    name = forms.CharField(
        label=_("Balance"), max_length=64, initial="main", help_text=_("The customer reads this name on the invoices.")
    )
    priority = forms.IntegerField(
        label=_("Order"),
        min_value=0,
        max_value=1000,
        initial=0,
        help_text=_("The lowest number is used first; of the same number the oldest."),
        widget=whole_number_typed(),
    )
    reason = reason_field()

    def __init__(self, *args: Any, currency: str, zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency, self.zone = currency, zone

    def clean_amount(self) -> Decimal:
        """In plain figures, above 0, and whole in the account's currency."""
        plain_figures("amount", self)
        amount: Decimal = self.cleaned_data["amount"]
        try:
            exact_minor(amount=amount, currency=self.currency)
        except ValueError:
            raise forms.ValidationError(_("This currency does not have so many decimal places.")) from None
        if amount <= 0:
            raise forms.ValidationError(_("Enter an amount above 0."))
        return amount

    def clean(self) -> dict[str, Any]:
        """Money that arrived has a reference."""
        given = super().clean()
        if given.get("kind") == BY_HAND and not given.get("reference", "").strip() and "reference" not in self.errors:
            self.add_error("reference", _("Enter the reference of the transfer."))
        return given

    @property
    def money(self) -> Money:
        """The amount in minor units."""
        return Money(exact_minor(amount=self.cleaned_data["amount"], currency=self.currency), self.currency)

    @property
    def expires_at(self) -> datetime | None:
        """The first instant without it."""
        last: date | None = self.cleaned_data["last_on"]
        return first_instant(day=last + timedelta(days=1), zone=self.zone) if last else None


class TakeBackForm(forms.Form):
    """Why what is left is taken back."""

    reason = reason_field()
