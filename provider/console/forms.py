"""What operators type: new accounts, corrections with their reason, regions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from provider.accounts.forms.opening import OpenForm
from provider.accounts.models import Account, Language, Portal
from provider.accounts.operations.regions import RegionDetails
from provider.kernel import clock
from provider.look.fields import offer

_REASON_HELP = _("It stands in the history; the customer may read it.")


def _reason() -> forms.CharField:
    return forms.CharField(
        label=_("Reason"), max_length=400, help_text=_REASON_HELP, widget=forms.Textarea(attrs={"rows": 2})
    )


class ReasonForm(forms.Form):
    """Why something is done by hand."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=400,
        help_text=_("Colleagues read it in the history."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class DeclineForm(forms.Form):
    """Why a customer's request is declined."""

    reason = _reason()


class OpenAccountForm(OpenForm):
    """A new customer or reseller, and who is to own it."""

    portal = forms.ChoiceField(
        label=_("Kind of account"),
        choices=[(Portal.SUBSCRIBER, _("Customer")), (Portal.RESELLER, _("Reseller"))],
        widget=forms.RadioSelect,
        initial=Portal.SUBSCRIBER,
    )
    parent = forms.ChoiceField(
        label=_("Comes through"), required=False, help_text=_("The reseller who looks after it, if one does.")
    )
    field_order = ["portal", "name", "company_name", "parent"]

    def __init__(self, *args: Any, resellers: Iterable[Account], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        through = [("", _("Nobody: directly ours")), *((str(account.id), account.name) for account in resellers)]
        offer(self, parent=through)


class CorrectEmailForm(forms.Form):
    email = forms.EmailField(label=_("Right e-mail address"))
    reason = _reason()


class CorrectAccountForm(forms.Form):
    """What staff may put right on a customer's behalf; zone, currency and country are the customer's own to change."""

    name = forms.CharField(label=_("Account name"), max_length=200)
    company_name = forms.CharField(label=_("Company name"), max_length=200, required=False)
    email = forms.EmailField(label=_("E-mail address for invoices"), required=False)
    address = forms.CharField(
        label=_("Address"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    tax_id = forms.CharField(label=_("Tax number"), max_length=32, required=False)
    language = forms.ChoiceField(label=_("Language"), choices=Language.choices)
    reason = _reason()


class RegionForm(forms.Form):
    code = forms.SlugField(label=_("Region code"), max_length=32, help_text=_("Small letters; it never changes."))
    name = forms.CharField(label=_("Name in English"), max_length=80)
    name_hans = forms.CharField(label=_("Name in Simplified Chinese"), max_length=80)
    name_hant = forms.CharField(label=_("Name in Traditional Chinese"), max_length=80)
    country = forms.RegexField(
        r"^[A-Z]{2}$", label=_("Country"), help_text=_("Two capitals, such as CN."), max_length=2
    )
    time_zone = forms.ChoiceField(label=_("Time zone"))
    currency = forms.RegexField(
        r"^[A-Z]{3}$", label=_("Currency"), help_text=_("Three capitals, such as CNY."), max_length=3
    )
    cell = forms.ChoiceField(label=_("Database"), help_text=_("Where the workspaces of this region live."))

    def __init__(self, *args: Any, cells: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, time_zone=[(n, n) for n in sorted(clock.zone_names())])
        offer(self, cell=[(cell, cell) for cell in cells])

    def details(self) -> RegionDetails:
        """The typed region; call it when the form is valid."""
        return RegionDetails(**self.cleaned_data)


class AdvanceClockForm(forms.Form):
    """How far a test clock shall go on. The time itself is sent, so that a page left open does not go farther."""

    to = forms.TypedChoiceField(
        label=_("Time"),
        coerce=datetime.fromisoformat,
        error_messages={
            "required": _("Choose how far the clock shall go."),
            "invalid_choice": _("The clock has gone on in the meantime. Choose again."),
        },
    )

    def __init__(self, *args: Any, steps: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, to=[(step.to.isoformat(), step.name) for step in steps])
