"""Companies, people and deals as they are typed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm_tenant.models import Salesperson, Stage, Tier
from crm_tenant.operations.customers import CompanyDetails, PersonDetails
from crm_tenant.rules.contacts import amount_of, currency_code
from crm_tenant.rules.contacts import emails as clean_emails
from crm_tenant.rules.contacts import phones as clean_phones
from crm_tenant.rules.texts import lines_of
from provider.kernel.errors import Refusal
from provider.kernel.wording import say
from provider.look.fields import day_field, offer


class SeveralField(forms.CharField):
    """Several entries in one line, parted by commas."""

    def __init__(self, *, judge: Any, **kwargs: Any) -> None:
        self.judge = judge
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        try:
            found: list[str] = self.judge(lines_of(str(super().clean(value))))
        except Refusal as refusal:
            raise forms.ValidationError(say(refusal), code=refusal.code) from None
        return found


class OwnerField(forms.TypedChoiceField):
    """One of the workspace's sales people, or nobody."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(coerce=UUID, empty_value=None, required=False, label=_("Owned by"), **kwargs)

    def offer(self, people: Iterable[Salesperson]) -> None:
        self.choices = [("", _("Nobody yet")), *((str(one.id), one.name) for one in people)]


def offer_owners(form: forms.Form, people: Iterable[Salesperson]) -> None:
    """Let the form's record belong to one of these."""
    owner = form.fields["owner"]
    assert isinstance(owner, OwnerField)
    owner.offer(people)


def _lines(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


def _suggested(kind: str) -> forms.TextInput:
    return forms.TextInput(attrs={"list": f"{kind}-names", "data-names": kind, "autocomplete": "off"})


class CustomerForm(forms.Form):
    """What companies and people share. `version` is what the form was opened on."""

    name = forms.CharField(label=_("Name"), max_length=200)
    phones = SeveralField(
        judge=clean_phones,
        label=_("Telephone"),
        required=False,
        help_text=_("Separate several with commas."),
        widget=forms.TextInput(attrs={"inputmode": "tel"}),
    )
    emails = SeveralField(
        judge=clean_emails,
        label=_("E-mail"),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "email", "autocapitalize": "none"}),
    )
    owner = OwnerField()
    address = forms.CharField(label=_("Address"), required=False, max_length=1000, widget=_lines(2))
    about = forms.CharField(label=_("Notes"), required=False, max_length=4000, widget=_lines(3))
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    is_sure = forms.BooleanField(required=False, label=_("It is another one: save it anyway"))

    def __init__(self, *args: Any, people: Iterable[Salesperson], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.alike: list[Any] = []  # records that may be the same one
        offer_owners(self, people)


class CompanyForm(CustomerForm):
    """A company."""

    parent_name = forms.CharField(
        label=_("Belongs to the company"), required=False, max_length=200, widget=_suggested("company")
    )
    tier = forms.ChoiceField(label=_("Kind of customer"), required=False, choices=[("", "—"), *Tier.choices])
    industry = forms.CharField(label=_("Industry"), required=False, max_length=80)
    website = forms.CharField(label=_("Website"), required=False, max_length=200)
    employee_count = forms.IntegerField(label=_("Employees"), required=False, min_value=0, max_value=10_000_000)

    field_order = ["name", "phones", "emails", "owner", "tier", "industry", "website", "employee_count", "address"]

    def details(self, *, parent_id: UUID | None) -> CompanyDetails:
        """What was typed, for the operation."""
        data = self.cleaned_data
        return CompanyDetails(
            name=data["name"], phones=data["phones"], emails=data["emails"], address=data["address"],
            about=data["about"], owner_id=data["owner"], parent_id=parent_id, tier=data["tier"],
            industry=data["industry"], website=data["website"], employee_count=data["employee_count"],
        )  # fmt: skip


class PersonForm(CustomerForm):
    """A person."""

    name = forms.CharField(label=pgettext_lazy("of a person", "Name"), max_length=200)
    company_name = forms.CharField(
        label=_("Company"), required=False, max_length=200, widget=_suggested("company"),
        help_text=_("A name that is not there yet makes a new company."),
    )  # fmt: skip
    title = forms.CharField(label=_("Position"), required=False, max_length=120)

    field_order = ["name", "company_name", "title", "phones", "emails", "owner", "address", "about"]

    def details(self, *, company_id: UUID | None) -> PersonDetails:
        """What was typed, for the operation."""
        data = self.cleaned_data
        return PersonDetails(
            name=data["name"], phones=data["phones"], emails=data["emails"], address=data["address"],
            about=data["about"], owner_id=data["owner"], company_id=company_id, title=data["title"],
        )  # fmt: skip


class DealForm(forms.Form):
    """A deal; the stage is asked for only when it is made."""

    name = forms.CharField(label=_("What is sold"), max_length=200)
    company_name = forms.CharField(
        label=_("Company"), required=False, max_length=200, widget=_suggested("company"),
        help_text=_("A name that is not there yet makes a new company."),
    )  # fmt: skip
    person_name = forms.CharField(label=_("Person"), required=False, max_length=200, widget=_suggested("person"))
    amount = forms.CharField(
        label=_("Amount"), required=False, max_length=24, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    currency = forms.CharField(label=_("Currency"), max_length=3, widget=forms.TextInput(attrs={"maxlength": "3"}))
    stage = forms.ChoiceField(label=_("Stage"))
    owner = OwnerField()
    expected_close_on = day_field(
        label=_("Expected to close"),
        required=False,
    )
    probability = forms.IntegerField(
        label=_("Chance in percent"), required=False, min_value=0, max_value=100,
        help_text=_("Empty: the usual one of the stage."),
    )  # fmt: skip
    about = forms.CharField(label=_("Notes"), required=False, max_length=4000, widget=_lines(3))
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, people: Iterable[Salesperson], stages: Iterable[Stage] | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        offer_owners(self, people)
        if stages is None:
            del self.fields["stage"]
            return
        offer(self, stage=[(str(stage.id), stage.name) for stage in stages if stage.category == "open"])

    def clean_currency(self) -> str:
        return _judged(currency_code, self.cleaned_data["currency"])

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if "currency" in data and "amount" in data:
            try:
                data["amount_minor"] = amount_of(data["amount"], currency=data["currency"])
            except Refusal as refusal:
                self.add_error("amount", say(refusal))
        return data


def _judged(judge: Any, text: str) -> str:
    try:
        return str(judge(text))
    except Refusal as refusal:
        raise forms.ValidationError(say(refusal), code=refusal.code) from None
