"""Asking for support access, giving it, and saying why one acts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from provider.accounts.models import Account
from provider.look.fields import offer

_USUAL_HOURS = (1, 4, 24, 72, 168)


def hour_choices() -> list[tuple[int, str]]:
    """The lengths that are offered; the operation takes every hour from 1 to 168."""
    words = []
    for hours in _USUAL_HOURS:
        days = hours // 24
        if hours < 24:
            words.append((hours, ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}))
        else:
            words.append((hours, ngettext("%(count)d day", "%(count)d days", days) % {"count": days}))
    return words


class GrantForm(forms.Form):
    granted_to = forms.ChoiceField(label=_("Who may act for you"))
    hours = forms.TypedChoiceField(label=_("For how long"), coerce=int, choices=hour_choices, initial=24)

    def __init__(self, *args: Any, parties: Iterable[Account], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, granted_to=[(str(party.id), party.public_name) for party in parties])


class AskForm(forms.Form):
    reason = forms.CharField(
        label=_("Why"),
        max_length=400,
        help_text=_("The customer reads this sentence."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    hours = forms.TypedChoiceField(label=_("For how long"), coerce=int, choices=hour_choices, initial=24)


class ActForm(forms.Form):
    reason = forms.CharField(
        label=_("What for"),
        max_length=400,
        help_text=_("The customer reads this sentence, and it stands beside everything you do."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
