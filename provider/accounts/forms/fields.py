"""Fields that several forms share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from provider.accounts.errors import UnknownTimeZone
from provider.accounts.models import Language, Region, localised_region_name
from provider.accounts.queries import currencies_offered
from provider.accounts.rules.defaults import FIRST_COUNTRIES
from provider.accounts.rules.phones import Contact, parse_contact, parse_phone
from provider.kernel import clock
from provider.kernel.errors import Refusal
from provider.kernel.wording import say
from provider.look import formats


def region_choices(regions: Iterable[Region]) -> list[tuple[str, str]]:
    """The regions by their names in the reader's language."""
    language = translation.get_language() or "en"
    return [(region.code, localised_region_name(region, language)) for region in regions]


class PhoneField(forms.CharField):
    """A mobile number in any usual spelling, kept as E.164."""

    def __init__(self, *, country: str, **kwargs: Any) -> None:
        self.country = country
        kwargs.setdefault("label", _("Mobile number"))
        kwargs.setdefault(
            "widget",
            forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel", "maxlength": "32"}),
        )
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        text = str(super().clean(value))
        if text in self.empty_values:
            return text
        try:
            return parse_phone(text, country=self.country)
        except Refusal as refusal:
            raise forms.ValidationError(say(refusal), code=refusal.code) from None


class ContactField(forms.CharField):
    """An e-mail address or a mobile number, whichever somebody has."""

    def __init__(self, *, country: str, **kwargs: Any) -> None:
        self.country = country
        kwargs.setdefault("label", _("E-mail address or mobile number"))
        kwargs.setdefault(
            "widget", forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "maxlength": "254"})
        )
        super().__init__(**kwargs)

    def clean(self, value: Any) -> Contact | None:
        text = str(super().clean(value))
        if text in self.empty_values:
            return None
        try:
            return parse_contact(text, country=self.country)
        except Refusal as refusal:
            raise forms.ValidationError(say(refusal), code=refusal.code) from None


class LanguageField(forms.ChoiceField):
    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Language"))
        kwargs.setdefault("initial", get_language)
        super().__init__(choices=Language.choices, **kwargs)


class TimeZoneField(forms.CharField):
    """A time zone by name; the list helps, the operation decides."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Time zone"))
        kwargs.setdefault("widget", forms.Select(choices=zone_choices()))
        super().__init__(max_length=64, **kwargs)

    def clean(self, value: Any) -> str:
        zone = str(super().clean(value))
        if zone and zone not in clock.zone_names():
            raise forms.ValidationError(say(UnknownTimeZone(zone=zone)), code=UnknownTimeZone.code)
        return zone


class CurrencyField(forms.ChoiceField):
    """A currency in which something is sold; a form may narrow or widen it by `currency_choices`."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Currency"))
        kwargs.setdefault(
            "error_messages",
            {"invalid_choice": _("Nothing is sold in this currency. Choose one of those shown.")},
        )
        super().__init__(choices=lambda: currency_choices(currencies_offered()), **kwargs)


class CountryField(forms.ChoiceField):
    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Country or region"))
        super().__init__(choices=country_choices, **kwargs)


def zone_choices() -> list[tuple[str, str]]:
    """Every zone by name, those near our readers first."""
    near = ["Asia/Shanghai", "Asia/Taipei", "Asia/Hong_Kong", "Asia/Macau", "Asia/Singapore", "Asia/Kuala_Lumpur"]
    rest = sorted(clock.zone_names() - set(near))
    return [(name, name.replace("_", " ")) for name in [*near, *rest]]


def currency_choices(codes: Iterable[str]) -> list[tuple[str, str]]:
    """These currencies, with their names in the reader's language."""
    names = formats.locale_of().currencies
    return [(code, f"{code} · {names.get(code, code)}") for code in codes]


def country_choices() -> list[tuple[str, str]]:
    """Every country by its name in the reader's language, those of our readers first."""
    names = formats.countries()
    rest = sorted((name, code) for code, name in names.items() if code not in FIRST_COUNTRIES)
    return [(code, names[code]) for code in FIRST_COUNTRIES] + [(code, name) for name, code in rest]
