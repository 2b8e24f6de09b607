"""Orders of cards, and acts on ranges of them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from prepaid_cards.errors import RangeSpansBatches, SerialMistyped
from prepaid_cards.models import BatchKind, CardProduct, ExportLayout, ExportMethod, ProductStatus
from prepaid_cards.operations.batches import LARGEST_BATCH
from prepaid_cards.queries.batches import resellers
from prepaid_cards.rules.ranges import OfAnotherBatch, counter_in
from prepaid_cards.rules.serials import BadSerial
from provider.accounts.models import Account
from provider.kernel.wording import say
from provider.look.fields import day_field, offer_rows

from .fields import ProductField, ReasonField


class OrderForm(forms.Form):
    """How many cards of what."""

    product = ProductField(label=_("Card"), empty_label=_("Choose a card"))
    count = forms.IntegerField(
        label=_("How many"), min_value=1, max_value=LARGEST_BATCH,
        help_text=_("Above a set number another operator approves."),
    )  # fmt: skip
    kind = forms.ChoiceField(
        label=_("Kind"), choices=BatchKind.choices, initial=BatchKind.PRINTED, widget=forms.RadioSelect,
        help_text=_("Electronic cards come into being one by one, when a shop asks for them."),
    )  # fmt: skip
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = CardProduct.objects.filter(status=ProductStatus.OFFERED).order_by("name")
        offer_rows(self, product=offered)


class ReasonForm(forms.Form):
    """Why; the secret of a card that was pasted into it is not kept."""

    reason = ReasonField()


class ShipForm(forms.Form):
    """Which cards go to whom."""

    to_account = forms.ModelChoiceField(
        label=_("Reseller"), queryset=Account.objects.none(), empty_label=_("Choose a reseller")
    )
    first = forms.IntegerField(label=_("From card"), min_value=1)
    last = forms.IntegerField(label=_("To card"), min_value=1)
    note = forms.CharField(label=_("Note"), max_length=200, required=False, help_text=_("Carton, carrier, order."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(self, to_account=resellers())


class RangeForm(forms.Form):
    """Which cards, what with them, and why."""

    ACTS = (
        ("freeze", _("Freeze")),
        ("release", _("Release")),
        ("extend", _("Extend")),
        ("reassign", _("Give to another shelf")),
        ("void", _("Withdraw")),
    )
    act = forms.ChoiceField(label=_("What to do"), choices=ACTS, widget=forms.RadioSelect)
    first = forms.CharField(label=_("From card"), max_length=40, help_text=_("Its number in the batch, or its serial."))
    last = forms.CharField(label=_("To card"), max_length=40)
    to_account = forms.ModelChoiceField(
        label=_("To whose shelf"), queryset=Account.objects.none(), required=False, empty_label=_("own store"),
        help_text=_("Only to give to another shelf: cards that stand on one now."),
    )  # fmt: skip
    last_day = day_field(
        label=_("Can be redeemed until"), required=False,
        help_text=_("Only to extend; that day included."),
    )  # fmt: skip
    reason = ReasonField(
        label=_("Reason"), widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It stands in the history of every card."),
    )  # fmt: skip

    def __init__(self, *args: Any, prefix_of_batch: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.prefix_of_batch = prefix_of_batch
        offer_rows(self, to_account=resellers())

    def clean_first(self) -> int:
        """The card's number."""
        return self._counter("first")

    def clean_last(self) -> int:
        """The card's number."""
        return self._counter("last")

    def _counter(self, name: str) -> int:
        typed = self.cleaned_data[name].strip()
        try:
            return counter_in(typed, prefix=self.prefix_of_batch)
        except OfAnotherBatch:
            raise forms.ValidationError(say(RangeSpansBatches())) from None
        except BadSerial:
            raise forms.ValidationError(say(SerialMistyped(serial=typed))) from None

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        if typed.get("act") == "extend" and not typed.get("last_day"):
            self.add_error("last_day", _("Say until which day these cards can be redeemed."))
        return typed


class ExportForm(forms.Form):
    """Who prints, and how the file is closed."""

    printer = forms.CharField(label=_("Printer"), max_length=120, help_text=_("The company that prints the cards."))
    layout = forms.ChoiceField(
        label=_("What is in the file"), choices=ExportLayout.choices, initial=ExportLayout.TABLE,
        widget=forms.RadioSelect,
    )  # fmt: skip
    language = forms.ChoiceField(
        label=_("Language of the sheets"), choices=settings.LANGUAGES, initial=get_language,
        help_text=_("Only for sheets: the language of the words on the cards."),
    )  # fmt: skip
    method = forms.ChoiceField(
        label=_("How the file is encrypted"), choices=ExportMethod.choices, initial=ExportMethod.AGE,
        widget=forms.RadioSelect,
    )  # fmt: skip
    recipient = forms.CharField(
        label=_("Printer's public key"), max_length=200, required=False,
        help_text=_("It begins with age1. Ask for it on the telephone or in a signed letter, not by plain mail."),
    )  # fmt: skip

    @property
    def sheets_in(self) -> str:
        """The language of the sheets, nothing for a table; of a form that is valid."""
        typed = self.cleaned_data
        return str(typed["language"]) if typed["layout"] == ExportLayout.SHEETS else ""


class IssueForm(forms.Form):
    """Whose card it is, and how its code gets there."""

    reference = forms.CharField(
        label=_("Order or receipt"), max_length=60, required=False, help_text=_("It stands on the card's sale.")
    )
    email = forms.EmailField(
        label=_("E-mail address"), required=False,
        help_text=_("Where the code goes. Left empty, it is shown to you once."),
    )  # fmt: skip
    language = forms.ChoiceField(label=_("Language of the e-mail"), choices=settings.LANGUAGES, initial=get_language)


class ConfirmForm(forms.Form):
    """The hash that the printer reads out."""

    file_sha256 = forms.CharField(label=_("SHA-256 of the printer's file"), max_length=100)
