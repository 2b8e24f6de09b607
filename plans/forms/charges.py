"""One charge of a draft: the fields of its model, and its amounts in each currency of the version."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from plans.rules.calendar import Interval
from plans.rules.catalogue import Charge, Price, Version
from plans.rules.catalogue.members import MOST_PHASES, MOST_TIERS, OWN, PLAIN, SHARED
from plans.rules.catalogue.words import OF_SALES, REVENUE_SHARE, model_of
from plans.rules.literals import MODELS, one_of
from plans.rules.rating import Tier
from plans.rules.service import Phase
from plans.rules.terms import MeterTerms
from provider.look.fields import offer

from .fields import AmountField
from .terms import interval_choices, interval_key, interval_of_key

ZERO: Final = Decimal(0)
SPARE_TIERS: Final = 2
INTRODUCTIONS: Final = MOST_PHASES - 1
_TIER: Final = re.compile(r"tier_([0-9]{1,3})_")
_METERED: Final = ("graduated", "volume", "package", "percentage", REVENUE_SHARE)
_SHARES: Final = ("percentage", REVENUE_SHARE)
# What each model asks for: once for all currencies, and in each currency.
_SHARED: Final = {**SHARED, REVENUE_SHARE: ("rate",)}
_OWN: Final = {**OWN, REVENUE_SHARE: ("free_total",)}
_LABELS: Final = {
    "price": _("Price, %(currency)s"),
    "fixed": _("Fixed part of an event, %(currency)s"),
    "free_total": _("Free value, %(currency)s"),
    "min_per_event": _("Least per event, %(currency)s"),
    "max_per_event": _("Most per event, %(currency)s"),
    "minimum": _("At least per period, %(currency)s"),
    "size": _("Units in a package"),
    "free_units": _("Free units"),
    "rate": _("Share in percent"),
    "free_events": _("Free events"),
}
_NEEDED: Final = frozenset({"price", "size", "rate"})


class ChargeForm(forms.Form):
    """The charge that is edited; `content` is the draft, `model` what kind of price it is."""

    name = forms.CharField(label=_("Name in English"), max_length=80)
    name_hans = forms.CharField(label=_("Name in Simplified Chinese"), max_length=80, required=False)
    name_hant = forms.CharField(label=_("Name in Traditional Chinese"), max_length=80, required=False)
    code = forms.CharField(
        label=_("Code"), max_length=64, help_text=_("For machines; the same in every version of the plan."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false", "class": "mono"}),
    )  # fmt: skip
    meter = forms.ChoiceField(label=_("Meter"), required=False)
    quantity = AmountField(
        label=_("Units sold with it"), required=False, help_text=_("Where nothing is metered: how many at the start.")
    )
    timing = forms.ChoiceField(
        label=_("Billed"),
        choices=[("in_advance", _("in advance")), ("in_arrears", _("in arrears"))],
        widget=forms.RadioSelect,
    )
    is_prorated = forms.BooleanField(label=_("By the day: part of a period costs a part of the price"), required=False)
    is_free_in_trial = forms.BooleanField(
        label=_("Free in the trial"), required=False, help_text=_("The basic price, with the code “base”, always is.")
    )
    interval = forms.ChoiceField(label=_("Its own interval"), required=False)
    tax_rate = AmountField(label=_("Its own tax rate in percent"), required=False, help_text=_("Empty: the seller’s."))

    def __init__(
        self,
        *args: Any,
        model: str,
        content: Version,
        meters: Mapping[str, tuple[str, MeterTerms]],
        charge: Charge | None = None,
        spare: int = SPARE_TIERS,
        **kwargs: Any,
    ) -> None:
        self.model, self.content, self.meters, self.charge = model, content, meters, charge
        kwargs["initial"] = _initial_of(charge, currencies=content.currencies) if charge else _usual(model)
        super().__init__(*args, **kwargs)
        self.tier_count = self._tiers_to_show(spare)
        self._drop_unfit()
        self._add_amounts()

    # --- Fields ---

    def _drop_unfit(self) -> None:
        if self.model in PLAIN:
            del self.fields["meter"]
        if self.model != "per_unit":
            del self.fields["quantity"]
        if self.model == "one_time" or self.model in _SHARES:
            del self.fields["is_prorated"]
        if self.model == REVENUE_SHARE:  # of what is won in the CRM, when the period is over
            del self.fields["meter"], self.fields["timing"]
        if self.model == "one_time":
            del self.fields["interval"], self.fields["timing"], self.fields["is_free_in_trial"]
        if "meter" in self.fields:
            choices = [(code, name) for code, (name, _terms) in self.meters.items()]
            nothing = [] if self.model in _METERED else [("", _("nothing: units are sold"))]
            offer(self, meter=[*nothing, *choices])
            self.fields["meter"].required = self.model in _METERED
        if "interval" in self.fields:
            own = self.charge.interval if self.charge else None
            offer(self, interval=[("", _("that of the plan")), *interval_choices(besides=own)])

    def _add_amounts(self) -> None:
        for name in _SHARED.get(self.model, ()):
            self._amount(name, name, label=_LABELS[name])
        for currency in self.content.currencies:
            for name in _OWN.get(self.model, ()):
                self._amount(f"{name}_{currency}", name, label=_LABELS[name] % {"currency": currency})
            if self.model not in PLAIN:
                self._amount(f"minimum_{currency}", "minimum", label=_LABELS["minimum"] % {"currency": currency})
        if self.model in ("graduated", "volume"):
            self._add_tiers()
        if self.model == "flat":
            self._add_introductions()

    def _amount(self, field: str, name: str, *, label: Any) -> None:
        if name == "free_events":
            self.fields[field] = forms.IntegerField(label=label, required=False, min_value=0, max_value=10**9)
        else:
            self.fields[field] = AmountField(label=label, required=name in _NEEDED)

    def _tiers_to_show(self, spare: int) -> int:
        if self.model not in ("graduated", "volume"):
            return 0
        sent = max((int(found[1]) + 1 for name in self.data if (found := _TIER.match(name))), default=0)
        there = max((len(price.tiers) for price in self.charge.prices.values()), default=0) if self.charge else 1
        return min(sent + spare - SPARE_TIERS if sent else there + spare, MOST_TIERS)

    def _add_tiers(self) -> None:
        for place in range(self.tier_count):
            number = {"tier": place + 1}
            self.fields[f"tier_{place}_up_to"] = AmountField(label=_("Tier %(tier)s: up to") % number, required=False)
            for currency in self.content.currencies:
                facts = number | {"currency": currency}
                self.fields[f"tier_{place}_unit_{currency}"] = AmountField(
                    label=_("Tier %(tier)s: each, %(currency)s") % facts, required=False
                )
                self.fields[f"tier_{place}_flat_{currency}"] = AmountField(
                    label=_("Tier %(tier)s: once, %(currency)s") % facts, required=False
                )

    def _add_introductions(self) -> None:
        for place in range(INTRODUCTIONS):
            number = {"place": place + 1}
            self.fields[f"intro_{place}_length"] = forms.IntegerField(
                label=_("Introductory price %(place)s lasts") % number, required=False, min_value=1, max_value=999
            )
            self.fields[f"intro_{place}_unit"] = forms.ChoiceField(
                label=_("Introductory price %(place)s is counted in") % number,
                choices=[("months", _("months")), ("days", _("days"))], required=False,
            )  # fmt: skip
            for currency in self.content.currencies:
                self.fields[f"intro_{place}_price_{currency}"] = AmountField(
                    label=_("Introductory price %(place)s, %(currency)s") % (number | {"currency": currency}),
                    required=False,
                )

    # --- For the template ---

    def tier_rows(self) -> Iterator[tuple[BoundField, list[tuple[BoundField, BoundField]]]]:
        """Per tier: where it ends, and per currency the price of each unit and what is due once."""
        for place in range(self.tier_count):
            pairs = [
                (self[f"tier_{place}_unit_{currency}"], self[f"tier_{place}_flat_{currency}"])
                for currency in self.content.currencies
            ]
            yield self[f"tier_{place}_up_to"], pairs

    def intro_rows(self) -> Iterator[tuple[BoundField, BoundField, list[BoundField]]]:
        """Per introductory price: how long, in what, and per currency how much."""
        for place in range(INTRODUCTIONS if self.model == "flat" else 0):
            prices = [self[f"intro_{place}_price_{currency}"] for currency in self.content.currencies]
            yield self[f"intro_{place}_length"], self[f"intro_{place}_unit"], prices

    @property
    def has_introduction(self) -> bool:
        """Whether introductory prices are there, or were typed."""
        return any(length.value() for length, _unit, _prices in self.intro_rows())

    def plain_fields(self) -> list[BoundField]:
        """What stands in one column, one below the other."""
        return [field for field in self.visible_fields() if not field.name.startswith(("tier_", "intro_", "name"))]

    def name_fields(self) -> list[BoundField]:
        """The three names."""
        return [self[name] for name in ("name", "name_hans", "name_hant")]

    # --- Value ---

    def value(self) -> Charge:
        """The charge as it was filled in."""
        given = self.cleaned_data
        meter = given.get("meter") or ""
        is_share = self.model == REVENUE_SHARE
        return Charge(
            code=given["code"],
            names=(given["name"], given["name_hans"], given["name_hant"]),
            model="percentage" if is_share else one_of(MODELS, self.model),
            meter=OF_SALES if is_share else self.meters[meter][1] if meter else None,
            timing="in_arrears" if is_share else given.get("timing") or "in_advance",
            is_prorated=bool(given.get("is_prorated")),
            is_free_in_trial=bool(given.get("is_free_in_trial")),
            interval=self._interval(),
            quantity=None if meter else given.get("quantity"),
            tax_rate=given["tax_rate"],
            prices={currency: self._price(currency) for currency in self.content.currencies},
        )

    def _interval(self) -> Interval | None:
        key = self.cleaned_data.get("interval") or ""
        return interval_of_key(key) if key else None

    def _price(self, currency: str) -> Price:
        given = self.cleaned_data
        own = {name: given.get(f"{name}_{currency}") for name in (*_OWN.get(self.model, ()), "minimum")}
        shared = {name: given.get(name) for name in _SHARED.get(self.model, ())}
        amounts = {name: amount for name, amount in (own | shared).items() if amount is not None}
        return Price(tiers=self._tiers(currency), phases=self._phases(currency), **amounts)

    def _tiers(self, currency: str) -> tuple[Tier, ...]:
        given = self.cleaned_data
        rows = [
            (
                given.get(f"tier_{place}_up_to"),
                given.get(f"tier_{place}_unit_{currency}"),
                given.get(f"tier_{place}_flat_{currency}"),
            )
            for place in range(self.tier_count)
        ]
        filled = [row for row in rows if any(part is not None for part in row)]
        return tuple(Tier(up_to=up_to, unit=unit or ZERO, flat=flat or ZERO) for up_to, unit, flat in filled)

    def _phases(self, currency: str) -> tuple[Phase, ...]:
        given = self.cleaned_data
        phases = []
        for place in range(INTRODUCTIONS if self.model == "flat" else 0):
            count, price = given.get(f"intro_{place}_length"), given.get(f"intro_{place}_price_{currency}")
            if count is not None or price is not None:
                unit = given.get(f"intro_{place}_unit") or "months"
                phases.append(Phase(price=price or ZERO, **{unit: count or 0}))
        return (*phases, Phase(price=given.get(f"price_{currency}") or ZERO)) if phases else ()


_CODES: Final = {"flat": "base", "one_time": "setup", REVENUE_SHARE: "share"}


def _usual(model: str) -> dict[str, Any]:
    is_plain = model in PLAIN
    return {
        "timing": "in_advance" if is_plain else "in_arrears",
        "is_prorated": model in ("flat", "per_unit", "graduated"),
        "code": _CODES.get(model, ""),
    }


def _initial_of(charge: Charge, *, currencies: Sequence[str]) -> dict[str, Any]:
    """What it says now; where old prices count otherwise in each currency, as the first currency counts."""
    plain: dict[str, Any] = {
        "code": charge.code,
        "name": charge.names[0],
        "name_hans": charge.names[1],
        "name_hant": charge.names[2],
        "meter": charge.meter_name,
        "quantity": charge.quantity,
        "timing": charge.timing,
        "is_prorated": charge.is_prorated,
        "is_free_in_trial": charge.is_free_in_trial,
        "interval": interval_key(charge.interval) if charge.interval else "",
        "tax_rate": charge.tax_rate,
    }
    for currency in reversed(currencies):
        if currency in charge.prices:
            plain |= _initial_amounts(charge.prices[currency], model=model_of(charge), currency=currency)
    return plain


def _initial_amounts(price: Price, *, model: str, currency: str) -> dict[str, Any]:
    plain: dict[str, Any] = {name: getattr(price, name) for name in _SHARED.get(model, ())}
    plain |= {f"{name}_{currency}": getattr(price, name) for name in (*_OWN.get(model, ()), "minimum")}
    if price.phases:
        plain[f"price_{currency}"] = price.phases[-1].price
    for place, phase in enumerate(price.phases[:-1]):
        plain |= {
            f"intro_{place}_length": phase.months or phase.days,
            f"intro_{place}_unit": "months" if phase.months else "days",
            f"intro_{place}_price_{currency}": phase.price,
        }
    for place, tier in enumerate(price.tiers):
        plain |= {
            f"tier_{place}_up_to": tier.up_to,
            f"tier_{place}_unit_{currency}": tier.unit,
            f"tier_{place}_flat_{currency}": tier.flat,
        }
    return plain
