"""Tax numbers that can be checked by themselves; others are taken as they are written."""

from __future__ import annotations

from typing import Any, Final

from stdnum.cn import uscc
from stdnum.exceptions import ValidationError
from stdnum.tw import ubn

from provider.accounts.errors import BadTaxId

_CHECKED: Final[dict[str, Any]] = {"CN": uscc, "TW": ubn}


def clean_tax_id(tax_id: str, *, country: str) -> str:
    """The number in its compact form; refuses one whose check digit is wrong. Empty stays empty."""
    written = tax_id.strip()
    check = _CHECKED.get(country)
    if not written or check is None:
        return written
    try:
        return str(check.validate(written))
    except ValidationError:
        raise BadTaxId(field="tax_id") from None
