"""What people and accounts say of themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from provider.accounts.models import Account, Region, Theme, localised_region_name
from provider.look.fields import offer

from .fields import CountryField, CurrencyField, LanguageField, TimeZoneField, country_choices, currency_choices


class OwnSettingsForm(forms.Form):
    name = forms.CharField(
        label=pgettext_lazy("of a person", "Name"), max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )  # fmt: skip
    language = LanguageField()
    theme = forms.ChoiceField(
        label=_("Light or dark"),
        choices=[(Theme.AUTO, _("As the system")), (Theme.LIGHT, _("Light")), (Theme.DARK, _("Dark"))],
    )


_NONE: Final = ("", "—")


class AccountSettingsForm(forms.Form):
    name = forms.CharField(label=_("Account name"), max_length=200)
    company_name = forms.CharField(
        label=_("Company name"), max_length=200, required=False, help_text=_("As it should stand on invoices.")
    )
    email = forms.EmailField(label=_("E-mail address for invoices"), required=False)
    country = CountryField(required=False)
    address = forms.CharField(
        label=_("Address"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    tax_id = forms.CharField(
        label=_("Tax number"),
        max_length=32,
        required=False,
        help_text=_("Unified social credit code, unified business number, VAT number or the like."),
    )
    region = forms.ChoiceField(label=_("Region"), required=False)
    time_zone = TimeZoneField(help_text=_("Billing days begin and end at midnight here."))
    language = LanguageField(help_text=_("Invoices and letters to the account are written in it."))
    currency = CurrencyField()

    def __init__(
        self, *args: Any, account: Account, regions: list[Region], currencies: Sequence[str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        language = translation.get_language() or "en"
        known = {region.code: region for region in [*regions, *([account.region] if account.region else [])]}
        named = [(code, localised_region_name(region, language)) for code, region in sorted(known.items())]
        offer(self, region=[_NONE, *named], country=[_NONE, *country_choices()], currency=currency_choices(currencies))
        if account.currency_fixed_at is not None:
            self.fields["currency"].help_text = _("It stays, because the account has been billed in it.")


class BrandForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    accent = forms.CharField(
        label=_("Colour"),
        max_length=7,
        help_text=_("For buttons and links. White text must be readable on it: contrast 4.5 or more."),
        widget=forms.TextInput(attrs={"type": "color"}),
    )
    support_email = forms.EmailField(label=_("E-mail address of your support"), required=False)
    support_phone = forms.CharField(label=_("Telephone of your support"), max_length=32, required=False)
    logo = forms.FileField(
        label=_("Logo"),
        required=False,
        help_text=_("PNG, JPEG or WebP, at most 512 KB; square looks best."),
        widget=forms.ClearableFileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )
