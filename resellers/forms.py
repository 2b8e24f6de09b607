"""What resellers type, and what operators type about them."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from provider.accounts.models import Account, Membership
from provider.kernel.errors import Refusal
from provider.kernel.money import exact_minor, to_decimal
from provider.kernel.wording import say
from provider.look.fields import day_field, figures_typed, offer
from provider.look.formats import currency as currency_name
from resellers.errors import BadCreditLimit, NotEnoughCash
from resellers.models import Agreement, Paid, Store
from resellers.operations.stores import StoreDetails
from resellers.rules.paying import ways_at
from resellers.rules.terms import MOST_PAYMENT_DAYS, Terms


class AgreementForm(forms.Form):
    """The terms of a reseller's next version."""

    from_day = day_field(
        label=_("First day"),
        help_text=_("Today: from now on. A later day: from its beginning in the reseller's time zone."),
    )
    currency = forms.ChoiceField(label=_("Currency"))
    discount_percent = forms.DecimalField(
        label=_("Discount, in percent"),
        min_value=Decimal(0),
        max_value=Decimal("99.99"),
        decimal_places=2,
        max_digits=5,
        help_text=_("Off the face value of every card that is sold."),
    )
    credit_limit = forms.DecimalField(
        label=_("Credit limit"),
        min_value=Decimal(0),
        max_digits=15,
        decimal_places=2,
        help_text=_("What may be owed at most; a sale that would go beyond it is refused."),
    )
    payment_days = forms.IntegerField(label=_("Days to pay"), min_value=0, max_value=MOST_PAYMENT_DAYS)
    note = forms.CharField(
        label=_("Note"), max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Colleagues and the reseller read it."),
    )  # fmt: skip

    def __init__(self, *args: Any, currencies: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(code, " · ".join(dict.fromkeys((currency_name(code), code)))) for code in currencies]
        offer(self, currency=choices)

    @staticmethod
    def initial_from(agreement: Agreement | None, *, currency: str) -> dict[str, Any]:
        """What is in force, so that only what changes is typed."""
        if agreement is None:
            return {"currency": currency, "payment_days": 30}
        limit = to_decimal(minor=agreement.credit_limit_minor, currency=agreement.currency)
        return {
            "currency": agreement.currency, "discount_percent": agreement.discount_percent, "credit_limit": limit,
            "payment_days": agreement.payment_days,
        }  # fmt: skip

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if "credit_limit" in typed and "currency" in typed:
            try:
                typed["credit_limit_minor"] = exact_minor(amount=typed["credit_limit"], currency=typed["currency"])
            except ValueError:
                self.add_error("credit_limit", say(BadCreditLimit()))
        return typed

    def terms(self) -> Terms:
        """The typed terms; call it when the form is valid."""
        typed = self.cleaned_data
        return Terms(
            currency=typed["currency"],
            discount_percent=typed["discount_percent"],
            credit_limit_minor=typed["credit_limit_minor"],
            payment_days=typed["payment_days"],
            note=typed["note"],
        )


class EndForm(forms.Form):
    reason = forms.CharField(max_length=400)


class StoreForm(forms.Form):
    """A store: what its sign and its receipts say."""

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("As it stands on the receipt."))
    address = forms.CharField(label=_("Address"), max_length=200, required=False)
    phone = forms.CharField(label=_("Telephone"), max_length=32, required=False)

    def details(self) -> StoreDetails:
        """The typed details; call it when the form is valid."""
        return StoreDetails(**{name: self.cleaned_data[name] for name in ("name", "address", "phone")})


class NewStoreForm(StoreForm):
    code = forms.CharField(
        label=_("Code"), max_length=8, help_text=_("One to eight capitals and digits, such as SH1. It never changes.")
    )
    field_order = ["code", "name", "address", "phone"]


class StaffForm(forms.Form):
    """Who sells in a store."""

    people = forms.MultipleChoiceField(
        label=_("Who works here"), required=False, widget=forms.CheckboxSelectMultiple
    )  # fmt: skip

    def __init__(self, *args: Any, team: Iterable[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(member.user_id), member.user.name) for member in team]
        offer(self, people=choices)


def ways_of(shop: Account) -> list[tuple[str, Any]]:
    """The ways to pay that a shop's till offers, with their names."""
    names = dict(Paid.choices)
    return [(way, names[way]) for way in ways_at(country=shop.country, currency=shop.currency)]


def put(refusal: Refusal, *, form: forms.Form) -> None:
    """Show a refusal at its field, or above the form."""
    form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))


class PayForm(forms.Form):
    """How the customer pays. The key makes a second press of the button the same sale."""

    paid_by = forms.ChoiceField(label=_("How the customer pays"), widget=forms.RadioSelect)
    given = forms.DecimalField(
        label=_("Cash given"), required=False, min_value=Decimal(0), max_digits=12, decimal_places=2,
        widget=figures_typed(),
    )  # fmt: skip
    reference = forms.CharField(label=_("Own reference"), required=False, max_length=60)
    request_key = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, *args: Any, currency: str, ways: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency
        offer(self, paid_by=ways)
        if self.initial.get("paid_by") not in dict(ways):  # what another shop of the same person was paid by
            self.initial["paid_by"] = Paid.CASH

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        typed["given_minor"] = None
        if typed.get("given") is not None and typed.get("paid_by") == Paid.CASH:
            try:
                typed["given_minor"] = exact_minor(amount=typed["given"], currency=self.currency)
            except ValueError:
                self.add_error("given", say(NotEnoughCash()))
        return typed


class ReportedSaleForm(forms.Form):
    """Where the card was sold that the till forgot, and how it was paid."""

    store = forms.ChoiceField(label=_("Store"))
    paid_by = forms.ChoiceField(label=_("How it was paid"))

    def __init__(self, *args: Any, stores: Iterable[Store], ways: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, paid_by=ways, store=[(one.id, one.name) for one in stores])

    def clean_store(self) -> UUID:
        """The store's id."""
        return UUID(self.cleaned_data["store"])
