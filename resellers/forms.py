"""What resellers type."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from provider.accounts.models import Language, Region, localised_region_name


class CustomerForm(forms.Form):
    """A new customer, and who is to own the account."""

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

    def __init__(self, *args: Any, regions: Iterable[Region], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = translation.get_language() or "en"
        choices = [(region.code, localised_region_name(region, language)) for region in regions]
        self.fields["region"].choices = choices  # type: ignore[attr-defined]
