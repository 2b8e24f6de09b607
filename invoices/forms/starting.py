"""What is chosen before a subscription begins: from when, until when, how many units, and how it is paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from plans.operations.subscriptions import NewSubscription
from plans.rules.words import WAYS_TO_PAY
from provider.kernel.clock import first_instant
from provider.look.fields import day_field, offer

from .acts import QuantityField

_UNITS: Final = "units_"


@dataclass(frozen=True, slots=True, kw_only=True)
class StartScene:
    """The plan that was chosen, and for whom."""

    version_id: UUID
    code: str  # of the subscription, within the account
    zone: ZoneInfo
    today: date
    is_main: bool
    charges: Sequence[tuple[str, str]]  # sold by number: code and name
    usual: dict[str, Decimal]  # how many of each are sold unless it is said


class StartForm(forms.Form):
    """When, how long, how many, paid how, and why."""

    when = forms.ChoiceField(label=gettext_lazy("From when on"), widget=forms.RadioSelect, initial="now")
    on = day_field(
        label=gettext_lazy("First day"),
        required=False,
        help_text=gettext_lazy("A day in the past is billed from then on, period by period."),
    )
    until = day_field(
        label=gettext_lazy("Last day"),
        required=False,
        help_text=gettext_lazy("Only if an end was agreed on; that day is still served."),
    )
    pays = forms.ChoiceField(
        label=gettext_lazy("How it is paid"),
        initial="on_terms",
        help_text=gettext_lazy("Invoices are taken from the bank card on file, where the account has one."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=400,
        help_text=gettext_lazy("It stands in the history; the customer may read it."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, scene: StartScene, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scene = scene
        offer(
            self,
            when=[("now", _("Now")), ("on", _("On a day that I choose"))],
            pays=[(value, _(word)) for value, word in WAYS_TO_PAY.items()],
        )
        for code, name in scene.charges:
            usual = f"{scene.usual.get(code, Decimal(0)).normalize():f}"
            self.fields[_UNITS + code] = QuantityField(label=name, initial=usual)
        units = [_UNITS + code for code, _name in scene.charges]
        self.order_fields(["when", "on", *units, "pays", "until", "reason"])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("when") == "on" and not given.get("on") and "on" not in self.errors:
            self.add_error("on", _("Choose the day."))
        return given

    def wish(self) -> NewSubscription:
        """As the verb takes it, when the form is valid."""
        given, scene = self.cleaned_data, self.scene
        last: date | None = given["until"]
        return NewSubscription(
            version_id=scene.version_id,
            code=scene.code,
            pays=given["pays"],
            starts_at=self._starts_at(),
            ends_at=first_instant(day=last + timedelta(days=1), zone=scene.zone) if last else None,
            quantities={code: given[_UNITS + code] for code, _name in scene.charges},
        )

    def _starts_at(self) -> datetime | None:
        """The first instant of the day that was chosen; None is now, and so is today."""
        day: date | None = self.cleaned_data["on"] if self.cleaned_data["when"] == "on" else None
        if day is None or day == self.scene.today:
            return None
        return first_instant(day=day, zone=self.scene.zone)
