"""What is chosen before a subscription is changed; each form gives the words of its verb."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from plans.rules.access import MOST_DAYS_EXTENDED
from provider.kernel.clock import first_instant
from provider.look import formats
from provider.look.fields import day_field

USUAL_DAYS_EXTENDED: Final = 14
MOST_UNITS: Final = 1_000_000
UNUSED: Final = [
    ("credit", gettext_lazy("Keep it as credit for the next invoices")),
    ("refund", gettext_lazy("Pay it back")),
    ("none", gettext_lazy("Give nothing back")),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a form needs to know of the subscription that it is about."""

    is_operator: bool
    zone: ZoneInfo
    period_end: date | None = None  # the first day after the period that runs
    today: date | None = None
    access_end: date | None = None  # the first day after the trial or the grace that runs
    paid_until: datetime | None = None  # of prepaid terms that are not over
    plans: Sequence[tuple[str, str]] = ()  # versions by id, as the reader calls them
    charges: Sequence[tuple[str, str]] = ()  # sold by number, by code
    quantities: dict[str, Decimal] | None = None  # as they are now


def _last_day(end: date) -> str:
    return formats.day(end - timedelta(days=1))


class QuantityField(forms.DecimalField):
    """A number of units, or a price, in plain figures."""

    def __init__(self, *, most: int = MOST_UNITS, **kwargs: Any) -> None:
        attrs = {"inputmode": "decimal", "autocomplete": "off", "class": "num"}
        super().__init__(
            min_value=0,
            max_value=most,
            max_digits=20,
            decimal_places=8,
            widget=forms.TextInput(attrs=attrs),
            error_messages={"invalid": gettext_lazy("Write a number in plain figures, such as 12.")},
            **kwargs,
        )

    def to_python(self, value: Any) -> Any:
        if "e" in str(value or "").lower():
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class ActForm(forms.Form):
    """Nothing to choose: pause, resume and the like. Operators say why."""

    asks: ClassVar[tuple[str, ...]] = ()  # the fields of its verb that are sent as they are

    def __init__(self, *args: Any, scene: Scene, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scene = scene
        self.set_up()
        if scene.is_operator:
            self.fields["reason"] = forms.CharField(
                label=_("Reason"),
                max_length=400,
                help_text=_("It stands in the history; the customer may read it."),
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    def set_up(self) -> None:
        """Fill the choices from the scene."""

    def facts(self) -> dict[str, Any]:
        """What the verb is called with, beside the subscription; when the form is valid."""
        return {name: self.cleaned_data[name] for name in self.asks}

    def offer(self, name: str, choices: Sequence[tuple[str, Any]]) -> None:
        """What may be chosen in a field; the first is chosen unless the reader does."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(choices)
        if choices:
            field.initial = choices[0][0]


class LaterForm(ActForm):
    """An act that happens now, at an end that comes by itself, or on a day that an operator names."""

    when = forms.ChoiceField(label=gettext_lazy("Takes effect"), widget=forms.RadioSelect)
    on = day_field(
        label=gettext_lazy("On this day"),
        required=False,
    )
    field_order = ["version", "when", "on", "unused", "reason"]

    def set_up(self) -> None:
        self.offer("when", self.times())
        if not self.scene.is_operator:
            del self.fields["on"]

    def times(self) -> list[tuple[str, str]]:
        """When it may happen."""
        scene, found = self.scene, [("now", _("Now"))]
        if scene.paid_until is not None:
            day = _last_day(scene.paid_until.astimezone(scene.zone).date())
            found.append(("paid_end", _("When the paid time ends, after %(day)s") % {"day": day}))
        elif scene.period_end is not None:
            day = _last_day(scene.period_end)
            found.append(("period_end", _("When the period ends, after %(day)s") % {"day": day}))
        if scene.is_operator:
            found.append(("on", _("On a day that I choose")))
        return found

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("when") == "on" and not given.get("on") and "on" not in self.errors:
            self.add_error("on", _("Choose the day."))
        return given

    def instant(self) -> str | datetime:
        """When, as the verbs take it."""
        chosen: str = self.cleaned_data["when"]
        if chosen == "on":
            return first_instant(day=self.day_from(self.cleaned_data["on"]), zone=self.scene.zone)
        if chosen == "paid_end":
            assert self.scene.paid_until is not None
            return self.scene.paid_until
        return chosen

    def day_from(self, day: date) -> date:
        """The day with which it takes effect."""
        return day

    def facts(self) -> dict[str, Any]:
        return super().facts() | {"when": self.instant()}


class UnusedForm(LaterForm):
    """What becomes of time that was billed and is not used: operators choose, subscribers keep it as credit."""

    unused = forms.ChoiceField(
        label=gettext_lazy("Time that was billed and is not used"), choices=UNUSED, initial="credit"
    )

    def set_up(self) -> None:
        super().set_up()
        if not self.scene.is_operator:
            del self.fields["unused"]

    def facts(self) -> dict[str, Any]:
        return super().facts() | {"unused": self.cleaned_data.get("unused", "credit")}


class PlanForm(UnusedForm):
    """Which other plan, from when on."""

    version = forms.ChoiceField(
        label=gettext_lazy("Change to"),
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": gettext_lazy("This plan is not for sale here. Choose one of those shown.")},
    )

    def set_up(self) -> None:
        super().set_up()
        self.offer("version", self.scene.plans)
        self.order_fields(self.field_order)

    def facts(self) -> dict[str, Any]:
        return super().facts() | {"version_id": UUID(self.cleaned_data["version"])}


class CancelForm(UnusedForm):
    """When it ends."""

    def set_up(self) -> None:
        super().set_up()
        self.offer("when", self.times()[1:] + self.times()[:1])  # the gentle way first
        if "on" in self.fields:
            self.fields["on"].label = _("Last day that is served")

    def day_from(self, day: date) -> date:
        return day + timedelta(days=1)


class QuantityForm(ActForm):
    """How many units of a charge."""

    charge = forms.ChoiceField(label=gettext_lazy("Of what"))
    quantity = QuantityField(label=gettext_lazy("New number"))
    when = forms.ChoiceField(label=gettext_lazy("Takes effect"), widget=forms.RadioSelect)
    asks = ("charge", "quantity", "when")

    def set_up(self) -> None:
        self.offer("charge", self.scene.charges)
        if len(self.scene.charges) == 1:
            self.fields["charge"].widget = forms.HiddenInput()
            self.fields["quantity"].label = self.scene.charges[0][1]
        now = self.scene.quantities or {}
        self.fields["quantity"].initial = next((f"{units.normalize():f}" for units in now.values()), "")
        end = _last_day(self.scene.period_end) if self.scene.period_end else ""
        self.offer("when", [("now", _("Now")), ("period_end", _("When the period ends, after %(day)s") % {"day": end})])


class AnchorForm(ActForm):
    """On which day of the month periods begin."""

    day = forms.IntegerField(
        label=gettext_lazy("Day of the month"),
        min_value=1,
        max_value=31,
        help_text=gettext_lazy("In a month without this day, the last one takes its place."),
    )
    when = forms.ChoiceField(label=gettext_lazy("Takes effect"), widget=forms.RadioSelect)
    asks = ("day", "when")

    def set_up(self) -> None:
        end = _last_day(self.scene.period_end) if self.scene.period_end else ""
        self.offer("when", [("period_end", _("When the period ends, after %(day)s") % {"day": end}), ("now", _("Now"))])


class ExtendForm(ActForm):
    """Until when a trial or a grace lasts instead."""

    last_day = day_field(
        label=gettext_lazy("New last day"),
    )
    asks = ("last_day",)

    def set_up(self) -> None:
        end, today = self.scene.access_end, self.scene.today
        if end is None or today is None:
            return
        field, most = self.fields["last_day"], today + timedelta(days=MOST_DAYS_EXTENDED)
        field.initial = min(end + timedelta(days=USUAL_DAYS_EXTENDED - 1), most)
        field.help_text = _("It lasts until %(last)s now. It can be extended until %(most)s.") % {
            "last": _last_day(end), "most": formats.day(most)
        }  # fmt: skip
        field.widget.attrs |= {"min": end.isoformat(), "max": most.isoformat()}
