"""Taking back an event that was told in error: what it changes on the bill is seen first, then it is done."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from invoices.errors import PreviewOutdated
from invoices.rules.changes import Foreseen, foreseen
from plans.errors import NoReasonGiven
from plans.operations.corrections import correct_event
from plans.queries.corrections import Corrected
from provider.kernel.actor import Actor

from .desk import lock_account
from .upcoming import documents_ahead


def correct_usage(
    *,
    known: Corrected,
    reason: str,
    by: Actor,
    at: datetime,
    expected: str | None = None,
    is_preview: bool = False,
) -> Foreseen[Corrected]:
    """Take an event back; the next invoice charges less of it, or gives back what was billed.

    Raises `PreviewOutdated` where `expected` is the fingerprint of a preview that showed something else.
    """
    account_id = known.event.account_id
    if not is_preview and not reason.strip():
        raise NoReasonGiven(field="reason")
    with transaction.atomic():
        account = lock_account(account_id)
        before = documents_ahead(account_id=account_id, by=by, at=at)
        until = max((document.due_at for document in before), default=None)

        corrected = correct_event(known=known, reason=reason.strip()[:400], by=by, at=at)

        after = documents_ahead(account_id=account_id, by=by, at=at, until=until)
        seen = foreseen(result=corrected, before=before, after=after, currency=account.currency, until=until)
        if is_preview:
            transaction.set_rollback(True)
        elif expected not in (None, seen.fingerprint):
            raise PreviewOutdated(preview=seen)
        return seen
