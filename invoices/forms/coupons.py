"""What is typed about coupons: a new one, and its grant to an account."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from invoices.rules.offers import CouponTerms
from provider.kernel.clock import first_instant
from provider.kernel.money import Money, exact_minor
from provider.look.fields import day_field, figures_typed, offer, whole_number_typed

from .charges import plain_figures
from .lines import Choices, LinesForm, reason_field

MOST_TIMES: Final = 10_000
# Field, and the choice with which it is there.
_ROWS: Final = (
    ("code", "", ""), ("kind", "", ""), ("percent", "kind", "percent"), ("amount", "kind", "amount"),
    ("currency", "kind", "amount"), ("lasts", "", ""), ("times", "lasts", "times"), ("on", "", ""),
    ("plans", "on", "some"), ("charges", "on", "some"), ("meters", "on", "some"), ("first_on", "", ""),
    ("last_on", "", ""),
)  # fmt: skip


class CouponForm(LinesForm):
    """A coupon: a percentage or an amount, on how many invoices, on which lines, and when it is given."""

    code = forms.CharField(
        label=_("Code"),
        max_length=64,
        validators=[
            RegexValidator(
                r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", _("Letters, digits, and “_”, “.” or “-”; the first is no sign.")
            )
        ],
        help_text=_("Its name for good, such as SPRING-20. It stands on the invoices."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    kind = forms.ChoiceField(
        label=_("What it takes off"),
        choices=[("percent", _("A percentage")), ("amount", _("An amount"))],
        initial="percent",
        widget=forms.RadioSelect,
    )
    percent = forms.DecimalField(
        label=_("Percentage"), required=False, max_digits=7, decimal_places=4, widget=figures_typed()
    )
    amount = forms.DecimalField(
        label=_("Amount off each invoice, before tax"),
        required=False,
        max_digits=14,
        widget=figures_typed(),
        help_text=_("Never more than the invoice comes to; what an invoice leaves of it is not carried over."),
    )
    currency = forms.ChoiceField(label=_("Currency"), required=False, help_text=_("Of the accounts that can have it."))
    lasts = forms.ChoiceField(
        label=_("How long it lasts"),
        choices=[
            ("once", _("On the next invoice")),
            ("times", _("On the next few invoices")),
            ("forever", _("On every invoice, until it is ended")),
        ],
        initial="once",
        widget=forms.RadioSelect,
    )
    times = forms.IntegerField(
        label=_("On how many invoices"),
        required=False,
        min_value=1,
        max_value=MOST_TIMES,
        widget=whole_number_typed(),
    )
    first_on = day_field(required=False, label=_("Given from"), help_text=_("Leave it empty to give it from now on."))
    last_on = day_field(
        required=False,
        label=_("Given until"),
        help_text=_("That day included. Who has it by then keeps it. Leave it empty if there is no end."),
    )

    ROWS = _ROWS

    def __init__(self, *args: Any, currencies: Sequence[str], zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone
        offer(self, currency=[(code, code) for code in currencies])

    def clean(self) -> dict[str, Any]:
        """What was chosen is there, and in figures that fit."""
        given = super().clean() or {}
        if given.get("kind") == "percent":
            self._check_percent(given)
        elif given.get("kind") == "amount":
            self._check_amount(given)
        if given.get("lasts") == "times" and not given.get("times") and "times" not in self.errors:
            self.add_error("times", _("Enter the number of invoices."))
        first, last = given.get("first_on"), given.get("last_on")
        if first and last and last < first:
            self.add_error("last_on", _("The last day comes before the first. Choose a later one, or leave it empty."))
        return given

    def _check_percent(self, given: dict[str, Any]) -> None:
        percent = given.get("percent")
        if "percent" not in self.errors and (percent is None or not 0 < percent <= 100):
            self.add_error("percent", _("Enter a percentage above 0 and up to 100."))

    def _check_amount(self, given: dict[str, Any]) -> None:
        amount, currency = given.get("amount"), given.get("currency")
        if not currency:
            self.add_error("currency", _("Choose the currency."))
        elif "amount" not in self.errors and (amount is None or amount <= 0):
            self.add_error("amount", _("Enter an amount above 0."))
        elif amount is not None:
            try:
                plain_figures("amount", self)
                exact_minor(amount=amount, currency=currency)
            except forms.ValidationError as trouble:
                self.add_error("amount", trouble)
            except ValueError:
                self.add_error("amount", _("This currency does not have so many decimal places."))

    def terms(self) -> CouponTerms:
        """What was typed, as far as it holds."""
        given = {name: value for name, value in self.cleaned_data.items() if name not in self.errors}
        is_percent, times = given.get("kind") == "percent", {"once": 1, "times": given.get("times")}
        amount, currency = given.get("amount"), given.get("currency")
        off = None
        if not is_percent and amount is not None and currency:
            off = Money(exact_minor(amount=amount, currency=currency), currency)
        last: date | None = given.get("last_on")
        return CouponTerms(
            code=given.get("code", ""),
            percent=given.get("percent") if is_percent else None,
            amount=off,
            times=times.get(given.get("lasts", "")),
            only=self.only(),
            starts_at=self._instant(given.get("first_on")),
            expires_at=self._instant(last + timedelta(days=1) if last else None),
        )

    def _instant(self, day: date | None) -> datetime | None:
        return first_instant(day=day, zone=self.zone) if day else None


class GiveCouponForm(forms.Form):
    """Which coupon an account gets, until when, and why."""

    coupon = forms.ChoiceField(label=_("Coupon"))
    last_on = day_field(
        required=False,
        label=_("Last day"),
        help_text=_("Invoices that become due later do without it. Leave it empty to let it run as the coupon says."),
    )
    reason = reason_field()

    def __init__(self, *args: Any, coupons: Choices, zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone
        offer(self, coupon=[("", _("Choose a coupon")), *coupons])  # never another one than was meant

    @property
    def ends_at(self) -> datetime | None:
        """The first instant without it."""
        last: date | None = self.cleaned_data["last_on"]
        return first_instant(day=last + timedelta(days=1), zone=self.zone) if last else None
