"""Forms of the subscribers' front room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from provider.look.fields import offer


class BeginForm(forms.Form):
    """Which plan to begin with."""

    plan = forms.ChoiceField(
        label=_("Plan"),
        widget=forms.HiddenInput,
        error_messages={
            "required": _("Choose one of the plans."),
            "invalid_choice": _("This plan is not offered in your currency. Choose one of those shown."),
        },
    )

    def __init__(self, *args: Any, codes: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, plan=[(code, code) for code in codes])


class ErasureForm(forms.Form):
    """The owner asks to have the account erased: its name typed, so that nobody does it by a slip of the hand."""

    name = forms.CharField(label=_("Name of the account"), max_length=200, help_text=_("Exactly as it is shown above."))
    reason = forms.CharField(
        label=_("Reason"), max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("You need not give one."),
    )  # fmt: skip
    is_sure = forms.BooleanField(label=_("I know that nothing can be brought back, and give up what is left."))
