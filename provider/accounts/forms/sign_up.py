"""Signing up, and taking a place as somebody new."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from provider.accounts.models import Region
from provider.accounts.queries import likely_place
from provider.look.fields import offer

from .entrance import PasswordMixin
from .fields import ContactField, CurrencyField, LanguageField, TimeZoneField, region_choices
from .visitor import country_of, zone_of


class _TermsMixin(forms.Form):
    terms = forms.BooleanField(
        label=_("I accept the terms and have read the privacy notice"),
        error_messages={"required": _("Read and accept the terms and the privacy notice to go on.")},
    )


class SignUpForm(PasswordMixin, _TermsMixin):
    """One page: who you are, how to reach you, a password; the rest has sensible values that can be changed."""

    name = forms.CharField(
        label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True})
    )
    company_name = forms.CharField(
        label=_("Company"),
        max_length=200,
        required=False,
        help_text=_("Leave it empty if you work for yourself."),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    region = forms.ChoiceField(
        label=_("Region"), required=False, help_text=_("Where your customers’ data is kept. It can be moved later.")
    )
    language = LanguageField()
    time_zone = TimeZoneField()
    currency = CurrencyField()
    plan = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)  # what was chosen before
    next = forms.CharField(required=False, max_length=500, widget=forms.HiddenInput)  # where to go afterwards
    website = forms.CharField(required=False, widget=forms.HiddenInput)  # only a program fills it in

    field_order = [
        "name",
        "contact",
        "password",
        "company_name",
        "region",
        "language",
        "time_zone",
        "currency",
        "terms",
    ]

    def __init__(self, *args: Any, request: HttpRequest, regions: list[Region], **kwargs: Any) -> None:
        kwargs["initial"] = self._guesses(request) | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.fields["contact"] = ContactField(country=country_of(request))
        offer(self, region=region_choices(regions))
        if not regions:
            del self.fields["region"]
        self.order_fields(self.field_order)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        contact = cleaned.get("contact")
        if contact is not None:
            self.check_password(email=contact.email, phone=contact.phone, name=cleaned.get("name", ""))
        return cleaned

    def is_filled_by_a_program(self) -> bool:
        """The hidden field that no person sees has something in it."""
        return bool(self.cleaned_data.get("website"))

    @staticmethod
    def _guesses(request: HttpRequest) -> dict[str, str]:
        language, zone = translation.get_language() or "en", zone_of(request)
        region, currency = likely_place(zone=zone, language=language)
        return {
            "region": region.code if region else "",
            "language": language,
            "time_zone": zone or (region.time_zone if region else "Asia/Shanghai"),
            "currency": currency,
        }


class SignUpCodeForm(forms.Form):
    code = forms.CharField(
        label=_("One-time code"),
        max_length=16,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}),
    )


class JoinForm(PasswordMixin, _TermsMixin):
    """Taking a place as somebody new; the address is the invited one."""

    name = forms.CharField(
        label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True})
    )
    field_order = ("name", "password", "terms")

    def __init__(self, *args: Any, email: str | None, phone: str | None, **kwargs: Any) -> None:
        self.email, self.phone = email, phone
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self.check_password(email=self.email, phone=self.phone, name=cleaned.get("name", ""))
        return cleaned
