"""What was agreed for one subscription instead of the plan's price."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from invoices.operations.prices import PriceWish
from plans.rules.agreed import Amounts, amounts_of
from plans.rules.terms import Charge
from provider.look import formats
from provider.look.fields import day_field

from .acts import QuantityField
from .lines import reason_field

_PRICES: Final = {
    "flat": gettext_lazy("Price of a period"),
    "per_unit": gettext_lazy("Price of a unit"),
    "package": gettext_lazy("Price of a package"),
}
_OF_PERCENTAGE: Final = {
    "rate": gettext_lazy("Share in percent"),
    "fixed": gettext_lazy("Fixed part of each event"),
    "min_per_event": gettext_lazy("Least per event"),
    "max_per_event": gettext_lazy("Most per event"),
}
_HUNDRED: Final = Decimal(100)
_MOST: Final = 1_000_000_000


def _reason_field() -> forms.CharField:
    return reason_field(max_length=400, help_text=_("It stands in the history; the customer may read it."))


class PriceForm(forms.Form):
    """Other amounts of the same charge, from a day on, perhaps to a last day."""

    def __init__(self, *args: Any, charge: Charge, start_on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.charge = charge
        for name, label, amount in _amounts(charge):
            plain = None if amount is None else f"{amount.normalize():f}"
            is_needed = name in ("price", "rate") or name.startswith("unit_")
            self.fields[name] = QuantityField(most=_MOST, label=label, initial=plain, required=is_needed)
        self.fields["start_on"] = day_field(
            label=_("From this day on"),
            initial=start_on,
            help_text=_("The first day that is not billed yet, or later."),
        )
        self.fields["last_on"] = day_field(
            label=_("Last day"), required=False, help_text=_("That day included. Leave it empty if there is no end.")
        )
        self.fields["reason"] = _reason_field()

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        first, last = given.get("start_on"), given.get("last_on")
        if first and last and last < first:
            self.add_error("last_on", _("The last day comes before the first. Choose a later one, or leave it empty."))
        return given

    def wish(self) -> PriceWish:
        """What was typed."""
        given = self.cleaned_data
        last: date | None = given["last_on"]
        return PriceWish(
            charge=self.charge.code,
            amounts=self._typed(given),
            start_on=given["start_on"],
            end_on=last + timedelta(days=1) if last else None,
        )

    def _typed(self, given: dict[str, Any]) -> Amounts:
        if self.charge.percentage is not None:
            shares = {name: given[name] for name in _OF_PERCENTAGE if name != "rate"}
            return Amounts(rate=given["rate"] / _HUNDRED, **shares | {"fixed": given["fixed"] or Decimal(0)})
        count = len(self.charge.tiers)
        if count:
            pairs = ((given[f"unit_{n}"], given[f"flat_{n}"] or Decimal(0)) for n in range(count))
            return Amounts(tiers=tuple(pairs))
        return Amounts(price=given["price"])


def _amounts(charge: Charge) -> Iterator[tuple[str, Any, Decimal | None]]:
    """Each amount of the charge: its field, what it is called, and what the plan says."""
    known = amounts_of(charge)
    if charge.percentage is not None:
        for name, label in _OF_PERCENTAGE.items():
            amount = getattr(known, name)
            yield name, label, amount * _HUNDRED if name == "rate" else amount or None
    elif charge.tiers:
        for number, (tier, (unit, flat)) in enumerate(zip(charge.tiers, known.tiers, strict=True)):
            upto = {"number": formats.number(tier.up_to.normalize())} if tier.up_to is not None else None
            said = _("Up to %(number)s units: price of a unit") % upto if upto else _("Beyond that: price of a unit")
            once = _("Up to %(number)s units: once") % upto if upto else _("Beyond that: once")
            yield f"unit_{number}", said, unit
            yield f"flat_{number}", once, flat or None
    else:
        yield "price", _PRICES.get(charge.model, _PRICES["per_unit"]), known.price


class EndPriceForm(forms.Form):
    """The last day on which an agreed price holds."""

    def __init__(self, *args: Any, last_on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["last_on"] = day_field(
            label=_("Last day"),
            initial=last_on,
            help_text=_(
                "That day included; from the next day on the plan’s price holds. Billed days stay as they are."
            ),
        )
        self.fields["reason"] = _reason_field()

    @property
    def end_on(self) -> date:
        """The first day of the plan's price."""
        last: date = self.cleaned_data["last_on"]
        return last + timedelta(days=1)
