"""Over which month, and over whom, a version is replayed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from plans.operations.replays import Whom
from plans.rules.group import Group
from provider.kernel.ids import id_in
from provider.look.fields import offer, offer_ticked, ticked_field, whole_number_typed

Choices = Sequence[tuple[str, Any]]
ANY: Final = ("", _("Any"))


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupChoices:
    """Among what a group is chosen; `versions` are those of each plan."""

    versions: Mapping[str, Choices]
    regions: Choices
    currencies: Choices
    brands: Choices
    resellers: Choices


def _least(label: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, min_value=1, max_value=2_000_000_000, required=False, widget=whole_number_typed()
    )


class ReplayForm(forms.Form):
    """A month that is past, the plan whose subscribers are meant, and who of them."""

    month = forms.ChoiceField(label=_("Usage of"))
    of_plan = forms.ChoiceField(
        label=_("Subscribers of"), help_text=_("Whoever was on it in that month, with what they used and bought then.")
    )
    who = forms.ChoiceField(
        label=_("Who of them"),
        choices=[("everybody", _("Everybody")), ("group", _("A group that I choose"))],
        initial="everybody",
        widget=forms.RadioSelect,
    )
    accounts = forms.CharField(
        label=_("These accounts"), required=False, max_length=100_000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One in each line: an e-mail address, an id, or a name or a part of it."),
    )  # fmt: skip
    region = forms.ChoiceField(label=_("Region"), required=False)
    currency = forms.ChoiceField(label=_("Currency"), required=False)
    brand = forms.ChoiceField(label=_("Brand"), required=False)
    reseller = forms.ChoiceField(label=_("Comes through"), required=False)
    seats = _least(_("Seats, at least"))
    records = _least(_("Customer records, at least"))

    def __init__(self, *args: Any, months: Choices, plans: Choices, group: GroupChoices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, month=months, of_plan=plans, region=[ANY, *group.regions], currency=[ANY, *group.currencies])
        offer(self, brand=[ANY, *group.brands], reseller=[ANY, *group.resellers])
        self._versions = {plan: f"versions_{plan}" for plan, choices in group.versions.items() if choices}
        for plan, name in self._versions.items():
            self.fields[name] = ticked_field(
                label=_("Subscribers of these versions"), required=False,
                help_text=_("Whoever had one of them in that month. In brackets, how many have it today."),
            )  # fmt: skip
            offer_ticked(self, **{name: group.versions[plan]})

    @property
    def by_plan(self) -> list[tuple[forms.BoundField, str]]:
        """The fields of versions, each with the plan to which it belongs."""
        return [(self[name], plan) for plan, name in self._versions.items()]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        name = self._versions.get(given.get("of_plan", ""))
        if given.get("who") == "group" and name and name not in self.errors and not given.get(name):
            self.add_error(name, _("Tick at least one version."))
        return given

    def whom(self) -> Whom:
        """Whom the operation is to take."""
        given = self.cleaned_data
        month_on, of_plan_id = date.fromisoformat(given["month"]), UUID(given["of_plan"])
        if given["who"] == "everybody":
            return Whom(of_plan_id=of_plan_id, month_on=month_on)
        group = Group(
            version_ids=tuple(UUID(one) for one in given.get(self._versions.get(given["of_plan"], ""), ())),
            region=given["region"],
            currency=given["currency"],
            brand_id=id_in(given["brand"]),
            reseller_id=id_in(given["reseller"]),
            seats=given["seats"] or 0,
            records=given["records"] or 0,
        )
        return Whom(of_plan_id=of_plan_id, month_on=month_on, group=group, named=given["accounts"].splitlines())
