"""Amounts and numbers as people type them: full-width digits, grouping commas and spaces; never an exponent."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Any, Final

from django import forms

from plans.errors import NegativePrice, NotAPrice, PriceTooFine
from plans.rules.rating import MOST_PRICE_DECIMALS
from provider.kernel.errors import Refusal
from provider.kernel.wording import say

_GROUPED: Final = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?")
_PLAIN: Final = re.compile(r"([0-9]{1,13})(\.[0-9]{1,30})?")


def read_amount(text: str) -> Decimal:
    """The amount; raises a refusal that says how to write one."""
    written = unicodedata.normalize("NFKC", text).replace(" ", "").replace("\u2212", "-")
    if _GROUPED.fullmatch(written):
        written = written.replace(",", "")
    if written.startswith("-") and _PLAIN.fullmatch(written[1:]):
        raise NegativePrice()
    plain = _PLAIN.fullmatch(written)
    if plain is None:
        raise NotAPrice()
    if len((plain[2] or ".").rstrip("0")) > MOST_PRICE_DECIMALS + 1:
        raise PriceTooFine(most=MOST_PRICE_DECIMALS)
    return Decimal(written)


class AmountField(forms.CharField):
    """An amount, a price or a number of units."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"inputmode": "decimal", "autocomplete": "off", "class": "num"}
        kwargs.setdefault("widget", forms.TextInput(attrs=attrs))
        super().__init__(max_length=40, **kwargs)

    def clean(self, value: Any) -> Decimal | None:
        text = str(super().clean(value))
        if text in self.empty_values:
            return None
        try:
            return read_amount(text)
        except Refusal as refusal:
            raise forms.ValidationError(say(refusal), code=refusal.code) from None

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, Decimal):
            written = f"{value:f}"
            return written.rstrip("0").rstrip(".") if "." in written else written
        return value
