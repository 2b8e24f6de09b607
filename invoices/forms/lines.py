"""On which lines of an invoice something is used: all of them, or those of some plans, charges or meters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from provider.look.fields import offer

KINDS: Final = ("plans", "charges", "meters")
Choices = Sequence[tuple[str, str]]


def reason_field(**facts: Any) -> forms.CharField:
    """Why it was done, for the history."""
    usual: dict[str, Any] = {"max_length": 300, "help_text": _("It stands in the history of the account.")}
    return forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 2}), **usual | facts)


class LinesForm(forms.Form):
    """Something that may be limited to some lines. `ROWS`: each field, and the choice with which it is there."""

    ROWS: ClassVar[Sequence[tuple[str, str, str]]] = ()

    on = forms.ChoiceField(
        label=_("On which lines it is used"),
        choices=[("all", _("Everything on the invoice")), ("some", _("Only some lines"))],
        initial="all",
        widget=forms.RadioSelect,
    )
    plans = forms.MultipleChoiceField(label=_("Plans"), required=False, widget=forms.CheckboxSelectMultiple)
    charges = forms.MultipleChoiceField(label=_("Charges"), required=False, widget=forms.CheckboxSelectMultiple)
    meters = forms.MultipleChoiceField(label=_("Metered usage"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, lines: Mapping[str, Choices], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, **lines)

    @property
    def rows(self) -> Iterator[tuple[forms.BoundField, str, str]]:
        """Each field, and the choice with which it is there; what nothing can be chosen of is left out."""
        for name, when, fits in self.ROWS:
            field = self.fields[name]
            if not isinstance(field, forms.ChoiceField) or field.choices:
                yield self[name], when, fits

    def clean(self) -> dict[str, Any]:
        """Some lines are at least one."""
        given = super().clean() or {}
        if given.get("on") == "some" and not any(given.get(name) for name in KINDS):
            self.add_error("on", _("Choose the lines on which it is used, or everything."))
        return given

    def only(self) -> dict[str, list[str]]:
        """The lines by their codes; empty: everything."""
        if self.cleaned_data.get("on") != "some":
            return {}
        return {name: codes for name in KINDS if (codes := self.cleaned_data.get(name))}
