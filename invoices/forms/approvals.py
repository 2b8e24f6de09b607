"""Which invoices wait, and what is decided about those that do."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from invoices.models import ApprovalKind
from invoices.operations.approvals import NewRule
from provider.kernel.money import Money, exact_minor
from provider.look.chosen import ChosenForm
from provider.look.fields import figures_typed, whole_number_typed

from .charges import plain_figures

KINDS = [
    (ApprovalKind.FIRST, _("The first invoice of an account")),
    (ApprovalKind.ABOVE, _("A total above an amount")),
    (ApprovalKind.CHANGED, _("A total that differs from last time")),
]


class SetAsideForm(ChosenForm):
    """Why they are not sent."""

    reason = forms.CharField(
        label=_("Reason"), max_length=300, help_text=_("It stands in the history of each account concerned.")
    )


class ApprovalRuleForm(forms.Form):
    """Which invoices wait from now on."""

    kind = forms.ChoiceField(label=_("Which invoices"), choices=KINDS)
    amount = forms.DecimalField(
        label=_("Above which amount, with tax"),
        required=False,
        max_digits=14,
        widget=figures_typed(),
        help_text=_("For totals above an amount."),
    )
    currency = forms.RegexField(
        label=_("Currency"), regex="^[A-Za-z]{3}$", required=False, help_text=_("Three letters, such as CNY or TWD.")
    )
    percent = forms.IntegerField(
        label=_("By more than so many percent"),
        required=False,
        widget=whole_number_typed(),
        help_text=_("For totals that differ from last time: up or down."),
    )

    def clean_amount(self) -> Decimal | None:
        plain_figures("amount", self)
        amount: Decimal | None = self.cleaned_data["amount"]
        return amount

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("amount") is not None and given.get("currency"):
            try:
                exact_minor(amount=given["amount"], currency=given["currency"])
            except ValueError:
                self.add_error("amount", _("This currency does not have so many decimal places."))
        return given

    def rule(self) -> NewRule:
        """What was typed."""
        given = self.cleaned_data
        above = None
        if given["amount"] is not None and given["currency"]:
            above = Money(exact_minor(amount=given["amount"], currency=given["currency"]), given["currency"])
        return NewRule(kind=given["kind"], above=above, percent=given["percent"])
