"""Whose subscribers move to a version and when; and why, when it is meant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from invoices.models import MoveWhen
from invoices.operations.moves import MoveWish
from provider.look.chosen import ChosenForm
from provider.look.fields import day_field, offer_ticked, ticked_field

from .acts import UNUSED

WHEN: Final = [
    (MoveWhen.PERIOD_END, _("When the period of each ends")),
    (MoveWhen.NOW, _("Now")),
    (MoveWhen.ON, _("On a day that I choose")),
]


class MoveForm(forms.Form):
    """Which older versions, and when."""

    from_ids = ticked_field(
        label=_("Subscribers of these versions"),
        help_text=_("You see everybody before anything is changed, and can leave some of them out."),
    )
    when = forms.ChoiceField(label=_("Takes effect"), widget=forms.RadioSelect, choices=WHEN, initial=WHEN[0][0])
    on = day_field(
        label=_("On this day"),
        required=False,
        help_text=_("From this day on, in the time zone of each."),
    )
    unused = forms.ChoiceField(label=_("Time that was billed and is not used"), choices=UNUSED, initial="credit")

    def __init__(self, *args: Any, versions: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_ticked(self, from_ids=versions)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("when") == MoveWhen.ON and not given.get("on") and "on" not in self.errors:
            self.add_error("on", _("Choose the day."))
        return given

    def wish(self, *, version_id: UUID) -> MoveWish:
        """What was chosen."""
        given = self.cleaned_data
        return MoveWish(
            version_id=version_id,
            from_ids=[UUID(one) for one in given["from_ids"]],
            when=given["when"],
            on=given["on"] if given["when"] == MoveWhen.ON else None,
            unused=given["unused"],
        )


class ConfirmMoveForm(ChosenForm):
    """Why they move; without ids everybody who can be moved is meant."""

    ids_chosen = forms.CharField(widget=forms.HiddenInput, required=False)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=400,
        help_text=_("It stands in the history of each; the customer may read it."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
