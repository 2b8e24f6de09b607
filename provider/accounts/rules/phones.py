"""E-mail addresses and mobile numbers as people write them, and in the one form in which they are kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import phonenumbers

from provider.accounts.errors import BadContact, BadEmail, BadPhone

_EMAIL: Final = re.compile(r"[^@\s]{1,64}@(?:[^@\s.]{1,63}\.)+[^@\s.]{2,63}")
_MOBILE: Final = frozenset({phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE})


@dataclass(frozen=True, slots=True)
class Contact:
    """One address: an e-mail address or a mobile number, the other is None."""

    email: str | None = None
    phone: str | None = None

    def __str__(self) -> str:
        return self.email or self.phone or ""


def parse_phone(text: str, *, country: str) -> str:
    """A mobile number in E.164; without a country code it is read as one of `country`."""
    try:
        number = phonenumbers.parse(_plain_digits(text), country.upper() or None)
    except phonenumbers.NumberParseException:
        raise BadPhone(field="phone") from None
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) not in _MOBILE:
        raise BadPhone(field="phone")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def parse_email(text: str) -> str:
    """An e-mail address, without spaces around it, in small letters."""
    email = text.strip().lower()
    if len(email) > 254 or not _EMAIL.fullmatch(email):
        raise BadEmail(field="email")
    return email


def parse_contact(text: str, *, country: str) -> Contact:
    """Whichever of the two somebody wrote into one field."""
    try:
        if "@" in text:
            return Contact(email=parse_email(text))
        return Contact(phone=parse_phone(text, country=country))
    except (BadEmail, BadPhone):
        raise BadContact(field="contact") from None


def shown_phone(phone: str) -> str:
    """An E.164 number with the spaces that its country uses."""
    try:
        return str(phonenumbers.format_number(phonenumbers.parse(phone), phonenumbers.PhoneNumberFormat.INTERNATIONAL))
    except phonenumbers.NumberParseException:
        return phone


def _plain_digits(text: str) -> str:
    # A Chinese keyboard writes full-width digits and a full-width plus sign.
    return text.strip().translate({0xFF0B: "+"} | {0xFF10 + digit: str(digit) for digit in range(10)})
