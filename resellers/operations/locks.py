"""Row locks by name. Order: the reseller first, then what hangs on it, then cards."""

from __future__ import annotations

from uuid import UUID

from provider.accounts.models import Account, Portal
from provider.kernel.errors import NotFound


def lock_reseller(reseller_id: UUID) -> Account:
    """The reseller, so that its terms, its credit and its receipts change one after the other.

    Without the key: rows that merely refer to the account are written meanwhile.
    """
    rows = Account.objects.select_for_update(no_key=True, of=("self",))
    reseller = rows.filter(id=reseller_id, profiles__portal=Portal.RESELLER).first()
    if reseller is None:
        raise NotFound()
    return reseller
