"""What is given back of an invoice, and how the money goes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from provider.kernel.money import Money, exact_minor, exponent_of
from provider.look.fields import figures_typed


class CreditForm(forms.Form):
    """What of an invoice is given back, and how. `lines` are (line id, what it is called, what is left of it)."""

    what = forms.ChoiceField(
        label=_("What is credited"),
        choices=[
            ("all", _("All that is left of the invoice")),
            ("amount", _("An amount, spread over its lines")),
            ("lines", _("Amounts by line")),
        ],
        initial="all",
        widget=forms.RadioSelect,
    )
    amount = forms.DecimalField(
        label=_("Amount"),
        required=False,
        widget=figures_typed(),
        help_text=_("Before discount and tax; both shrink in proportion. Only if an amount is spread."),
    )
    how = forms.ChoiceField(
        label=_("What happens with the credit"),
        choices=[
            ("settle", _("Taken off what is still open on this invoice; the rest is credit for later ones")),
            ("credit", _("Credit for later invoices")),
            ("refund", _("Paid back, as far as it was paid")),
        ],
        initial="settle",
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label=_("Reason"), max_length=300, help_text=_("It stands on the credit note."))

    def __init__(self, *args: Any, lines: list[tuple[int, str, Money]], currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency, self.lines = currency, lines
        for line_id, title, left in lines:
            self.fields[f"line_{line_id}"] = forms.DecimalField(
                label=title,
                required=False,
                widget=figures_typed(),
                help_text=_("At most %(amount)s. Only if amounts are given by line.") % {"amount": left.amount},
            )
        self.order_fields(["what", "amount", *(f"line_{line_id}" for line_id, _title, _left in lines), "how", "reason"])

    def clean(self) -> dict[str, Any]:
        """Every amount that is asked for is there, in plain figures, and whole in its currency."""
        given: dict[str, Any] = super().clean() or {}
        wanted = {"amount": ["amount"], "lines": [f"line_{line_id}" for line_id, _title, _left in self.lines]}
        names = wanted.get(given.get("what", ""), [])
        for name in names:
            self._check(name, given)
        if names and not any(given.get(name) for name in names) and not self.errors:
            self.add_error(names[0], _("Enter an amount above 0."))
        return given

    def _check(self, name: str, given: dict[str, Any]) -> None:
        if "e" in str(self.data.get(name, "")).lower():
            self.add_error(name, _("Write the amount in plain figures, such as 318.00."))
        elif given.get(name) is not None:
            if given[name] < 0:
                self.add_error(name, _("Enter an amount above 0."))
                return
            try:
                exact_minor(amount=given[name], currency=self.currency)
            except ValueError:
                text = _("%(currency)s has at most %(count)s decimal places.")
                self.add_error(name, text % {"currency": self.currency, "count": exponent_of(self.currency)})

    def minor(self, name: str) -> int:
        """A typed amount in minor units; 0 if none was typed."""
        typed = self.cleaned_data.get(name)
        return 0 if typed is None else exact_minor(amount=typed, currency=self.currency)

    def by_line(self) -> dict[int, int]:
        """The amounts by line."""
        found = {line_id: self.minor(f"line_{line_id}") for line_id, _title, _left in self.lines}
        return {line_id: minor for line_id, minor in found.items() if minor}


class RefundForm(forms.Form):
    """How money goes back."""

    method = forms.ChoiceField(
        label=_("How"),
        choices=[("card", _("To the card that paid")), ("bank", _("By bank transfer, done already"))],
        initial="bank",
        widget=forms.RadioSelect,
    )
    reference = forms.CharField(
        label=_("Reference"),
        max_length=120,
        required=False,
        help_text=_("The bank’s own reference of the transfer; not needed for a card."),
    )
