"""An account that somebody opens for somebody else. Forms of higher storeys build on it; they add what is theirs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from provider.accounts.models import Language, Region
from provider.accounts.operations.accounts import AccountDetails
from provider.accounts.queries import currencies_offered
from provider.accounts.rules.defaults import fitting_currency
from provider.accounts.rules.phones import Contact
from provider.look.fields import offer

from .fields import region_choices


class OpenForm(forms.Form):
    """A new account, and who is to own it."""

    name = forms.CharField(label=_("Account name"), max_length=200)
    company_name = forms.CharField(
        label=_("Company name"), max_length=200, required=False, help_text=_("Leave it empty for a single person.")
    )
    region = forms.ChoiceField(label=_("Region"), help_text=_("Time zone, currency and country follow from it."))
    language = forms.ChoiceField(label=_("Language"), choices=Language.choices)
    owner_email = forms.EmailField(
        label=_("E-mail address of the owner"),
        help_text=_("The invitation goes there; it is good once."),
    )

    def __init__(self, *args: Any, regions: list[Region], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.regions = {region.code: region for region in regions}
        offer(self, region=region_choices(regions))

    def details(self) -> AccountDetails:
        """The typed account, with what follows from its region; call it when the form is valid."""
        typed, region = self.cleaned_data, self.regions[self.cleaned_data["region"]]
        return AccountDetails(
            name=typed["name"],
            company_name=typed["company_name"],
            email=typed["owner_email"],
            language=typed["language"],
            region_code=region.code,
            country=region.country,
            time_zone=region.time_zone,
            currency=fitting_currency(region.currency, sold=currencies_offered()),
        )

    def owner(self) -> Contact:
        """Who is invited to own it; call it when the form is valid."""
        return Contact(email=self.cleaned_data["owner_email"])
