"""Taking back an event that was told in error: what it changes on the bill is seen first, then it is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from invoices.errors import PreviewOutdated
from invoices.rules.changes import LineChange, changes_between, fingerprint_of_changes, total_minor
from plans.errors import NoReasonGiven
from plans.operations.corrections import correct_event
from plans.queries.corrections import Corrected
from provider.kernel.actor import Actor

from .desk import lock_account
from .upcoming import documents_ahead


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What taking an event back has changed, or would change, on the documents to come until `until`."""

    corrected: Corrected
    changes: Sequence[LineChange]
    difference_minor: int  # with tax
    currency: str
    until: datetime | None
    fingerprint: str


def correct_usage(
    *,
    known: Corrected,
    reason: str,
    by: Actor,
    at: datetime,
    expected: str | None = None,
    is_preview: bool = False,
) -> Correction:
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
        changes = changes_between(before, after)
        difference_minor = total_minor(after) - total_minor(before)
        correction = Correction(
            corrected=corrected,
            changes=changes,
            difference_minor=difference_minor,
            currency=account.currency,
            until=until,
            fingerprint=fingerprint_of_changes(changes, difference_minor=difference_minor),
        )
        if is_preview:
            transaction.set_rollback(True)
        elif expected not in (None, correction.fingerprint):
            raise PreviewOutdated(preview=correction)
        return correction
