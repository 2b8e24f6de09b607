"""What people type into a record, put in order or refused."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Final

from crm_tenant.errors import MissingName, NoEmail, NoPhone, NotAnAmount, UnknownCurrency
from provider.kernel.money import exact_minor

from .texts import clean_line, digits_of, folded

_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_AMOUNT: Final = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?|\d+(\.\d+)?")
_LARGEST: Final = 9_000_000_000_000_000


def named(name: str, *, field: str = "name") -> str:
    """A name of at most 200 letters."""
    text = clean_line(name)[:200]
    if not text:
        raise MissingName(field=field)
    return text


def phones(found: Iterable[str]) -> list[str]:
    """Telephone numbers as they were written, if they could be dialled."""
    cleaned = [clean_line(phone) for phone in found]
    for phone in cleaned:
        if not 3 <= len(digits_of(phone)) <= 20 or len(phone) > 40:
            raise NoPhone(field="phones", phone=phone)
    return cleaned


def emails(found: Iterable[str]) -> list[str]:
    """E-mail addresses in small letters."""
    cleaned = [folded(clean_line(email)) for email in found]
    for email in cleaned:
        if not _EMAIL.fullmatch(email) or len(email) > 254:
            raise NoEmail(field="emails", email=email)
    return cleaned


def currency_code(text: str) -> str:
    """Three capital letters."""
    code = clean_line(text).upper()
    if not _CURRENCY.fullmatch(code):
        raise UnknownCurrency(field="currency", currency=text)
    return code


def amount_of(text: str, *, currency: str) -> int:
    """Minor units of an amount as it is typed or stands in a file; nothing is nought."""
    bare = folded(text).strip().strip("¥￥$元").replace(" ", "")
    if not bare:
        return 0
    if not _AMOUNT.fullmatch(bare):
        raise NotAnAmount(field="amount")
    try:
        minor = exact_minor(amount=Decimal(bare.replace(",", "")), currency=currency)
    except (InvalidOperation, ValueError) as trouble:
        raise NotAnAmount(field="amount") from trouble
    if minor > _LARGEST:
        raise NotAnAmount(field="amount")
    return minor
