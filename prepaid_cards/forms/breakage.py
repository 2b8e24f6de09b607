"""A new policy of breakage."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from prepaid_cards.models import BreakageMethod, CardProduct
from prepaid_cards.rules.breakage import MOST_MONTHS, Method, Policy
from provider.look.fields import day_field, offer_rows

from .fields import ProductField


class PolicyForm(forms.Form):
    """For which cards, how, and from when."""

    product = ProductField(
        label=_("Kind of card"), required=False,
        empty_label=_("All without a policy of their own"),
    )  # fmt: skip
    method = forms.ChoiceField(label=_("Way"), choices=BreakageMethod.choices, initial=BreakageMethod.PROPORTIONAL)
    expected_percent = forms.DecimalField(
        label=_("Expected share in percent"), min_value=Decimal(0), max_value=Decimal("99.99"), max_digits=5,
        decimal_places=2, required=False,
        help_text=_("Of the sold cards that will never be redeemed; only for the way in proportion."),
    )  # fmt: skip
    remote_months = forms.IntegerField(
        label=_("Months since the sale"), min_value=0, max_value=MOST_MONTHS, required=False,
        help_text=_("After which a redemption is remote; only for that way. A card whose last day is over is remote."),
    )  # fmt: skip
    starts_on = day_field(
        label=_("From the month of"),
        help_text=_("Counted from the first of that month."),
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Reason"), max_length=400, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("On which experience it rests; auditors read it."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(self, product=CardProduct.objects.exclude(status="draft").order_by("name"))

    def policy(self) -> Policy:
        """What was typed, as the rules take it."""
        typed = self.cleaned_data
        return Policy(
            method=cast(Method, typed["method"]),
            expected_percent=typed["expected_percent"] or Decimal(0),
            remote_months=typed["remote_months"] or 0,
        )
