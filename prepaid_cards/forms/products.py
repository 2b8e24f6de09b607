"""A new kind of card."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from plans.rules.catalogue.naming import Names
from prepaid_cards.errors import BadFace
from prepaid_cards.models import CardProduct, GrantKind, RedeemBy, TaxClass
from prepaid_cards.operations.products import MOST_SEATS, ProductWish
from prepaid_cards.queries.batches import plans_with_versions
from provider.accounts.models import Brand
from provider.accounts.rules.defaults import CURRENCIES
from provider.kernel.money import Money, exact_minor
from provider.kernel.wording import say
from provider.look.fields import day_field, offer_rows

from .fields import PlanField, RegionsField

_TIME: Final = (GrantKind.TERM, GrantKind.BUNDLE)
# The fields that count with some answers only: of which field, and with which of its values.
_FITS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "plan": ("kind", _TIME),
    "months": ("kind", _TIME),
    "days": ("kind", _TIME),
    "seats": ("kind", _TIME),
    "top_up": ("kind", (GrantKind.TOP_UP,)),
    "points": ("kind", (GrantKind.POINTS,)),
    "redeem_by_on": ("redeem_by", (RedeemBy.FIXED,)),
    "redeem_by_years": ("redeem_by", (RedeemBy.YEARS,)),
}


class NamesForm(forms.Form):
    """What a card is called, in each language."""

    name = forms.CharField(
        label=_("Name in English"), max_length=120, help_text=_("Printed on the card: 12 months of Standard.")
    )
    name_hans = forms.CharField(label=_("Name in Simplified Chinese"), max_length=120, required=False)
    name_hant = forms.CharField(label=_("Name in Traditional Chinese"), max_length=120, required=False)

    def names(self) -> Names:
        """The three names."""
        typed = self.cleaned_data
        return typed["name"], typed["name_hans"], typed["name_hant"]


class ProductForm(NamesForm):
    """What a card grants, what it costs, until when and where it is taken."""

    kind = forms.ChoiceField(label=_("What it grants"), choices=GrantKind.choices, initial=GrantKind.TERM)
    plan = PlanField(
        label=_("Plan"), required=False,
        help_text=_("For time; with a published version."),
    )  # fmt: skip
    months = forms.IntegerField(label=_("Months"), min_value=0, max_value=120, required=False)
    days = forms.IntegerField(
        label=_("Days"), min_value=0, max_value=3650, required=False, help_text=_("Instead of months.")
    )
    seats = forms.IntegerField(
        label=_("Seats"), min_value=0, max_value=MOST_SEATS, required=False,
        help_text=_("So many seats are paid by the card while its time runs; more are charged as the plan says."),
    )  # fmt: skip
    top_up = forms.DecimalField(label=_("Amount of the top-up"), required=False, min_value=Decimal(0), max_digits=14)
    points = forms.IntegerField(label=_("Points"), min_value=0, max_value=10_000_000, required=False)
    face = forms.DecimalField(label=_("Face value"), min_value=Decimal(0), max_digits=14)
    currency = forms.ChoiceField(label=_("Currency"), choices=[(code, code) for code in CURRENCIES])
    tax_class = forms.ChoiceField(
        label=_("Tax"), choices=TaxClass.choices, initial=TaxClass.SINGLE_PURPOSE,
        help_text=_("A plan's card that is sold in one country is usually taxed when it is sold."),
    )  # fmt: skip
    tax_rate = forms.DecimalField(
        label=_("Tax rate"), min_value=Decimal(0), max_digits=7, decimal_places=4, initial=0,
        help_text=_("In percent, contained in the face value."),
    )  # fmt: skip
    redeem_by = forms.ChoiceField(label=_("Can be redeemed"), choices=RedeemBy.choices, initial=RedeemBy.NEVER)
    redeem_by_on = day_field(
        label=_("Last day"), required=False,
        help_text=_("That day included, in our time zone."),
    )  # fmt: skip
    redeem_by_years = forms.IntegerField(
        label=_("Years"), required=False, min_value=1, max_value=30,
        help_text=_("To the end of that year, counted from the sale."),
    )  # fmt: skip
    regions = RegionsField(required=False, help_text=_("None chosen: everywhere."))
    brands = forms.ModelMultipleChoiceField(
        label=_("Brands"), queryset=Brand.objects.none(), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: every brand."),
    )  # fmt: skip

    def __init__(self, *args: Any, product: CardProduct | None = None, **kwargs: Any) -> None:
        if product is not None:
            kwargs["initial"] = _typed_before(product)
        super().__init__(*args, **kwargs)
        offer_rows(self, plan=plans_with_versions(), brands=Brand.objects.order_by("name"))

    @property
    def rows(self) -> list[tuple[forms.BoundField, str, str]]:
        """The fields, and with which answers to which other one each of them counts."""
        found = []
        for field in self.visible_fields():
            when, fits = _FITS.get(field.name, ("", ()))
            found.append((field, when, " ".join(fits)))
        return found

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        for name, (when, fits) in _FITS.items():
            if typed.get(when) not in fits:  # whatever stands there was typed before another answer was chosen
                typed[name] = None
                self.errors.pop(name, None)
        for name in ("face", "top_up"):
            typed[f"{name}_minor"] = self._minor(name, typed=typed)
        return typed

    def _minor(self, name: str, *, typed: dict[str, Any]) -> int:
        amount, currency = typed.get(name), typed.get("currency")
        if not amount or not currency:
            return 0
        try:
            return exact_minor(amount=amount, currency=currency)
        except ValueError:
            self.add_error(name, say(BadFace()))
            return 0

    def wish(self) -> ProductWish:
        """What was typed, as the operation takes it; what does not belong to the kind is left out."""
        typed = self.cleaned_data
        return ProductWish(
            name=typed["name"],
            name_hans=typed["name_hans"],
            name_hant=typed["name_hant"],
            kind=typed["kind"],
            plan_id=typed["plan"].id if typed["plan"] else None,
            months=typed["months"] or 0,
            days=typed["days"] or 0,
            seats=typed["seats"] or 0,
            top_up_minor=typed["top_up_minor"],
            points=typed["points"] or 0,
            face_minor=typed["face_minor"],
            currency=typed["currency"],
            tax_class=typed["tax_class"],
            tax_rate=typed["tax_rate"],
            redeem_by=typed["redeem_by"],
            redeem_by_on=typed["redeem_by_on"],
            redeem_by_years=typed["redeem_by_years"],
            region_codes=[region.code for region in typed["regions"]],
            brand_ids=[brand.id for brand in typed["brands"]],
        )


def _typed_before(product: CardProduct) -> dict[str, Any]:
    """A draft as the form would have it."""
    given = {name: getattr(product, name) for name in ProductForm.base_fields if hasattr(product, name)}
    places = {"regions": product.regions.all(), "brands": product.brands.all(), "plan": product.plan_id}
    amounts = {
        name: Money(minor, product.currency).amount if minor else None
        for name, minor in (("face", product.face_minor), ("top_up", product.top_up_minor))
    }
    return given | places | amounts
