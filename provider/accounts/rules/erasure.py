"""What an erasure says and how long it waits."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from json import dumps
from typing import Any, Final

from provider.kernel.errors import N_

# What is erased, in the order in which a certificate tells it.
PARTS: Final[Mapping[str, str]] = {
    "crm_rows": N_("Records of the CRM: customers, deals, notes, steps, sales and everything about them"),
    "files": N_("Files: imports, exports and what else was stored"),
    "usage": N_("Properties of recorded usage"),
    "messages": N_("Texts and addresses of messages"),
    "keys": N_("API keys, bank cards, invitations and consents"),
    "people": N_("People who were members here and nowhere else"),
}
# What the law keeps, and why it does.
KEPT: Final = (
    N_("Invoices, credit notes and receipts stay as they were issued, with the name and address on them: tax law."),
    N_("Entries of the books and payments stay, without a name: accounting law."),
    N_(
        "What was done, when and by which role stays in the audit, under numbers instead of names. Where a name or an "
        "address was changed, the audit keeps what was written before and after."
    ),
)


def digest_of(certificate: Mapping[str, Any]) -> bytes:
    """The hash over all that a certificate says: the same facts give the same hash, in whatever order they come."""
    return sha256(dumps(certificate, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()).digest()


def is_the_name(typed: str, *, name: str) -> bool:
    """Whether the owner typed the account's name, give or take blanks at the ends."""
    return typed.strip() == name.strip()
