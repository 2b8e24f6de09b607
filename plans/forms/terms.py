"""The terms of a draft: everything but its charges."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from plans.rules.calendar import Interval
from plans.rules.catalogue import Entitlement, Version
from plans.rules.catalogue.words import FEATURES, length
from provider.accounts.rules.defaults import CURRENCIES
from provider.look.fields import offer
from provider.look.formats import sentence

from .fields import AmountField

USUAL_INTERVALS: Final = (
    Interval(months=1),
    Interval(months=3),
    Interval(months=6),
    Interval(months=12),
    Interval(days=7),
    Interval(days=30),
    Interval(months=18),
    Interval(months=24),
)


def interval_key(interval: Interval) -> str:
    """How an interval is written in a form: m12, d30."""
    return f"m{interval.months}" if interval.months else f"d{interval.days}"


def interval_of_key(key: str) -> Interval:
    """What `interval_key` wrote."""
    return Interval(months=int(key[1:])) if key[0] == "m" else Interval(days=int(key[1:]))


def interval_choices(*, besides: Interval | None) -> list[tuple[str, str]]:
    """The usual intervals and the one that is there."""
    intervals = list(USUAL_INTERVALS)
    if besides is not None and besides not in intervals:
        intervals.append(besides)
    return [(interval_key(one), sentence(length(one))) for one in intervals]


class TermsForm(forms.Form):
    """Interval, beginning, trial and grace, currencies, minimums and limits."""

    interval = forms.ChoiceField(label=_("A period lasts"))
    anchor = forms.ChoiceField(
        label=_("Periods begin"),
        choices=[
            ("anniversary", _("on the day on which the customer started")),
            ("calendar", _("with the calendar month, quarter or year")),
            ("day", _("on a fixed day of the month")),
        ],
        widget=forms.RadioSelect,
    )
    anchor_day = forms.IntegerField(label=_("The fixed day"), required=False, min_value=1, max_value=31)
    trial_days = forms.IntegerField(label=_("Trial days"), min_value=0, max_value=3650)
    grace_days = forms.IntegerField(
        label=_("Days of grace"), min_value=0, max_value=365,
        help_text=_("Served after the paid end, before the account goes dormant."),
    )  # fmt: skip
    late_usage_days = forms.IntegerField(
        label=_("Days that usage may be late"), min_value=0, max_value=365,
        help_text=_("Later usage is refused; usage in time is billed on the next invoice."),
    )  # fmt: skip
    bills_last_day = forms.BooleanField(label=_("The day of a cancellation is billed"), required=False)
    currencies = forms.MultipleChoiceField(
        label=_("Sold in"), choices=[(code, code) for code in CURRENCIES],
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    note = forms.CharField(
        label=_("Note for colleagues"), required=False, max_length=200, help_text=_("Why this version is made.")
    )

    def __init__(self, *args: Any, content: Version, usual_currency: str, note: str = "", **kwargs: Any) -> None:
        self.content = content
        kwargs["initial"] = _initial(content) | {"note": note}
        if not content.currencies:
            kwargs["initial"]["currencies"] = [usual_currency]
        super().__init__(*args, **kwargs)
        offer(self, interval=interval_choices(besides=content.interval))
        for currency in content.currencies:
            self.fields[f"minimum_{currency}"] = AmountField(
                label=_("Minimum per period, %(currency)s") % {"currency": currency}, required=False
            )
        for feature, name in FEATURES.items():
            self.fields[f"limit_{feature}"] = forms.IntegerField(
                label=_("Limit: %(feature)s") % {"feature": _(name)}, required=False, min_value=0, max_value=10**12,
                help_text=_("Empty: without limit."),
            )  # fmt: skip
            self.fields[f"stops_{feature}"] = forms.BooleanField(
                label=_("Stop at the limit. Otherwise service goes on, with a notice at 80 and 100 percent"),
                required=False,
            )

    def content_with(self, before: Version) -> Version:
        """The version with these terms."""
        given = self.cleaned_data
        chosen = {currency: given.get(f"minimum_{currency}") for currency in given["currencies"]}
        return replace(
            before,
            interval=interval_of_key(given["interval"]),
            anchor=given["anchor"],
            anchor_day=given["anchor_day"],
            trial_days=given["trial_days"],
            grace_days=given["grace_days"],
            late_usage_days=given["late_usage_days"],
            bills_last_day=given["bills_last_day"],
            currencies=tuple(currency for currency in CURRENCIES if currency in given["currencies"]),
            minimums={currency: amount for currency, amount in chosen.items() if amount},
            entitlements=self._entitlements(before),
        )

    def _entitlements(self, before: Version) -> dict[str, Entitlement]:
        given = self.cleaned_data
        kept = {feature: allowed for feature, allowed in before.entitlements.items() if feature not in FEATURES}
        limits = {
            feature: Entitlement(limit=given[f"limit_{feature}"], stops_at_limit=given[f"stops_{feature}"])
            for feature in FEATURES
            if given[f"limit_{feature}"] is not None
        }
        return kept | limits


def _initial(content: Version) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "interval": interval_key(content.interval),
        "anchor": content.anchor,
        "anchor_day": content.anchor_day,
        "trial_days": content.trial_days,
        "grace_days": content.grace_days,
        "late_usage_days": content.late_usage_days,
        "bills_last_day": content.bills_last_day,
        "currencies": list(content.currencies),
    }
    plain |= {f"minimum_{currency}": amount for currency, amount in content.minimums.items()}
    for feature, allowed in content.entitlements.items():
        plain |= {f"limit_{feature}": allowed.limit, f"stops_{feature}": allowed.stops_at_limit}
    return plain
