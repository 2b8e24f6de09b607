"""A new promotion, and over which time it is rehearsed."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from prepaid_cards.errors import BadFace
from prepaid_cards.models import Audience, BonusKind, CardBatch, CardProduct
from prepaid_cards.operations.campaigns import CampaignWish
from prepaid_cards.queries.batches import resellers
from prepaid_cards.queries.campaigns import open_stores
from provider.accounts.models import Account
from provider.accounts.rules.defaults import CURRENCIES
from provider.kernel.clock import first_instant
from provider.kernel.money import exact_minor
from provider.kernel.wording import say
from provider.look.fields import day_field, offer_rows

from .fields import ProductsField, RegionsField, StoresField


class CampaignForm(forms.Form):
    """What is given, to whom, when, and how much of it."""

    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("Holders read it in their quote."))
    bonus_kind = forms.ChoiceField(label=_("Bonus"), choices=BonusKind.choices, initial=BonusKind.MONTHS)
    bonus_amount = forms.IntegerField(label=_("How many of them"), min_value=1, initial=1)
    first_day = day_field(label=_("First day"))
    last_day = day_field(
        label=_("Last day"),
        help_text=_("That day included, in our time zone."),
    )  # fmt: skip
    audience = forms.ChoiceField(label=_("For whom"), choices=Audience.choices, initial=Audience.ANYBODY)
    currency = forms.ChoiceField(label=_("Currency"), choices=[(code, code) for code in CURRENCIES])
    budget_count = forms.IntegerField(
        label=_("Budget: how often"), min_value=1, required=False, help_text=_("Empty: without a limit.")
    )
    budget = forms.DecimalField(
        label=_("Budget: amount"), min_value=Decimal(0), max_digits=14, required=False,
        help_text=_("What the bonuses are worth at the cards’ own prices. Empty: without a limit."),
    )  # fmt: skip
    point_cost_minor = forms.IntegerField(
        label=_("What a point costs us"), min_value=0, initial=1, required=False,
        help_text=_("In the smallest unit of the currency; counts against the budget."),
    )  # fmt: skip
    priority = forms.IntegerField(
        label=_("Rank"), min_value=1, max_value=999, initial=100,
        help_text=_("Of several promotions that fit, the one with the smaller number is given."),
    )  # fmt: skip
    is_combinable = forms.BooleanField(
        label=_("May be combined"), required=False,
        help_text=_("Promotions that may be combined are added to each other; others stand alone."),
    )  # fmt: skip
    products = ProductsField(
        label=_("Kinds of cards"), required=False,
        widget=forms.CheckboxSelectMultiple, help_text=_("None chosen: all."),
    )  # fmt: skip
    batches = forms.ModelMultipleChoiceField(
        label=_("Batches"), queryset=CardBatch.objects.none(), required=False, help_text=_("None chosen: all.")
    )  # fmt: skip
    sellers = forms.ModelMultipleChoiceField(
        label=_("Sold by"), queryset=Account.objects.none(), required=False, help_text=_("None chosen: all.")
    )  # fmt: skip
    stores = StoresField(
        label=_("Stores"), required=False, help_text=_("Where the card was sold. None chosen: all."),
    )  # fmt: skip
    regions = RegionsField(required=False, help_text=_("None chosen: everywhere."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(
            self,
            products=CardProduct.objects.exclude(status="draft").order_by("name"),
            batches=CardBatch.objects.exclude(status="void").order_by("-ordered_at"),
            stores=open_stores(),
            sellers=resellers(),
        )

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        typed["budget_minor"] = None
        if typed.get("budget") is not None and typed.get("currency"):
            try:
                typed["budget_minor"] = exact_minor(amount=typed["budget"], currency=typed["currency"])
            except ValueError:
                self.add_error("budget", say(BadFace()))
        return typed

    def wish(self, *, zone: ZoneInfo) -> CampaignWish:
        """What was typed, as the operation takes it."""
        typed = self.cleaned_data
        names = ("name", "bonus_kind", "bonus_amount", "audience", "currency", "budget_count", "budget_minor")
        return CampaignWish(
            **{name: typed[name] for name in names},
            starts_at=first_instant(day=typed["first_day"], zone=zone),
            ends_at=first_instant(day=typed["last_day"] + timedelta(days=1), zone=zone),
            point_cost_minor=1 if typed["point_cost_minor"] is None else typed["point_cost_minor"],
            priority=typed["priority"],
            is_combinable=typed["is_combinable"],
            product_ids=[one.id for one in typed["products"]],
            batch_ids=[one.id for one in typed["batches"]],
            seller_ids=[one.id for one in typed["sellers"]],
            store_ids=[one.id for one in typed["stores"]],
            region_codes=[one.code for one in typed["regions"]],
        )
