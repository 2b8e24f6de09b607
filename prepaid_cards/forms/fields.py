"""Fields that several forms share.

Those that choose a model take no type argument when they run, so the type that the stubs ask for cannot be written.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from plans.models import Plan
from plans.templatetags.catalogue import own_name
from prepaid_cards.models import CardProduct, SellingPlace
from prepaid_cards.operations.words import without_codes
from provider.accounts.models import Region, localised_region_name
from provider.kernel.money import Money
from provider.look import formats


class PlanField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One of the plans, by their names in the reader's language."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Plan.objects.none(), empty_label=_("Choose a plan"), **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        return own_name(obj)


class ProductField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One of the kinds of cards, by its name and face value: names alone may be the same."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=CardProduct.objects.none(), **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        return _with_face(obj)


class ProductsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Any of the kinds of cards, by their names and face values."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=CardProduct.objects.none(), **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        return _with_face(obj)


def _with_face(product: CardProduct) -> str:
    return f"{product.own_name} · {formats.money(Money(product.face_minor, product.currency))}"


class StoresField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Any of the stores that sell, each with its reseller: names alone may be the same."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=SellingPlace.objects.none(), **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.seller.name} · {obj.name}"


class ReasonField(forms.CharField):
    """Why something is done to cards; the secret of one that is pasted into it is not kept."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=400, **kwargs)

    def clean(self, value: Any) -> Any:
        return without_codes(super().clean(value))[:400]


class RegionsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Any of the regions, by their names in the reader's language."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Regions"))
        kwargs.setdefault("widget", forms.CheckboxSelectMultiple)
        super().__init__(queryset=Region.objects.order_by("code"), **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        return localised_region_name(obj, translation.get_language() or "en")
