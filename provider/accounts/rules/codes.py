"""One-time codes: as they are shown, and as they are typed."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import Final

LASTS: Final = timedelta(minutes=15)
MOST_TRIES: Final = 3
_DIGITS: Final = 8


def new_code() -> str:
    """Eight digits from the operating system, in two halves that can be read at a glance."""
    digits = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}d}"
    return f"{digits[:4]}-{digits[4:]}"


def mark_of(code: str, *, key: str, address: str) -> str:
    """What is kept of a code while it is waited for: useless without the site's key, and for another address."""
    digits = "".join(str(int(letter)) for letter in code if letter.isdecimal())  # full-width digits too
    return hmac.new(key.encode(), f"{address}|{digits}".encode(), hashlib.sha256).hexdigest()


def fits(code: str, *, mark: str, key: str, address: str) -> bool:
    """Whether the code is the one behind the mark, in a time that does not tell how nearly."""
    return hmac.compare_digest(mark_of(code, key=key, address=address), mark)
