"""What a plan and a meter are called."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from plans.models import Meter, Plan
from plans.operations.catalogue import MeterDetails, PlanDetails
from plans.rules.catalogue.words import AGGREGATE_NAMES
from provider.look.chosen import ChosenForm

_CODE = forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false", "class": "mono"})


class _Named(forms.Form):
    name = forms.CharField(label=_("Name in English"), max_length=80, required=False)
    name_hans = forms.CharField(label=_("Name in Simplified Chinese"), max_length=80, required=False)
    name_hant = forms.CharField(label=_("Name in Traditional Chinese"), max_length=80, required=False)

    def names(self) -> tuple[str, str, str]:
        """The three names."""
        given = self.cleaned_data
        return given["name"], given["name_hans"], given["name_hant"]


class PlanForm(_Named):
    """A plan: code at the beginning only."""

    code = forms.CharField(
        label=_("Code"), max_length=64, widget=_CODE, help_text=_("For machines, such as standard; it stays for good.")
    )
    summary = forms.CharField(
        label=_("One sentence in English"), max_length=200, required=False,
        help_text=_("Stands on the price page under the name."),
    )  # fmt: skip
    summary_hans = forms.CharField(label=_("One sentence in Simplified Chinese"), max_length=200, required=False)
    summary_hant = forms.CharField(label=_("One sentence in Traditional Chinese"), max_length=200, required=False)
    is_offered = forms.BooleanField(
        label=_("Offered to visitors on the price page and at sign-up"), required=False, initial=True
    )
    grants_crm = forms.BooleanField(
        label=_("Opens the CRM; without this it is an add-on to a plan that does"), required=False, initial=True
    )
    position = forms.IntegerField(
        label=_("Place in the list"),
        min_value=0,
        max_value=999,
        initial=100,
        help_text=_("0 comes first, 999 last."),
    )
    field_order = ("name", "name_hans", "name_hant", "code")

    def __init__(self, *args: Any, plan: Plan | None = None, **kwargs: Any) -> None:
        if plan is not None:
            kwargs["initial"] = {name: getattr(plan, name) for name in self.base_fields}
        super().__init__(*args, **kwargs)
        if plan is not None:
            del self.fields["code"]

    def details(self) -> PlanDetails:
        """What the operation takes."""
        given = self.cleaned_data
        return PlanDetails(
            names=self.names(),
            summaries=(given["summary"], given["summary_hans"], given["summary_hant"]),
            is_offered=given["is_offered"],
            grants_crm=given["grants_crm"],
            position=given["position"],
        )


class MeterForm(_Named):
    """A meter: what it counts is chosen once."""

    code = forms.CharField(
        label=_("Code"), max_length=64, widget=_CODE, help_text=_("What events name it by, such as sms.")
    )
    aggregate = forms.ChoiceField(
        label=_("How events become a number"), choices=[(code, _(name)) for code, name in AGGREGATE_NAMES.items()]
    )
    carries_over = forms.BooleanField(
        label=_("A level: it carries over to the next period, as seats and stored records do"), required=False
    )
    unit = forms.CharField(
        label=_("Unit"), max_length=40, required=False, help_text=_("Stands behind the number, such as parts.")
    )
    field_order = ("name", "name_hans", "name_hant", "code")

    def __init__(self, *args: Any, meter: Meter | None = None, is_used: bool = False, **kwargs: Any) -> None:
        if meter is not None:
            kwargs["initial"] = {name: getattr(meter, name) for name in self.base_fields}
        super().__init__(*args, **kwargs)
        self.meter = meter
        if meter is not None:
            for name in ("code", "aggregate", "carries_over") if is_used else ("code",):
                del self.fields[name]

    def details(self) -> MeterDetails:
        """What the operation takes."""
        given = self.cleaned_data
        before = self.meter
        return MeterDetails(
            code=before.code if before else given["code"],
            names=self.names(),
            aggregate=given["aggregate"] if "aggregate" in given or before is None else before.aggregate,
            carries_over=given["carries_over"] if "carries_over" in given or before is None else before.carries_over,
            unit=given["unit"],
        )


class DismissForm(ChosenForm):
    """Why events are put aside. Which ones was chosen on the page before."""

    reason = forms.CharField(
        label=_("Reason"), max_length=200, help_text=_("It stands in the history of each account concerned.")
    )

    def wish(self) -> dict[str, Any]:
        """What the operation takes."""
        return {"ids": self.cleaned_data["ids_chosen"], "reason": self.cleaned_data["reason"]}
