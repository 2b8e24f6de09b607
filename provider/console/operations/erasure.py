"""The erasure of an account: every package's part, one after the other, as a job that goes on where it was cut.

What a part has erased and the job's place commit together, so each count in the certificate is what really went.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import CharField
from django.db.models.functions import Cast

from crm_tenant.operations import erasing as crm
from invoices.flows.bank_cards import forget_cards
from invoices.operations.bank_cards import forget_bank_cards
from invoices.queries.accounts import to_settle
from plans.operations.usage import erase_properties
from provider.accounts.models import Account, Erasure, ErasureStatus
from provider.accounts.operations import erasure as steps
from provider.accounts.operations.locks import lock_account
from provider.accounts.rules.erasure import KEPT, PARTS
from provider.kernel import files, jobs
from provider.kernel.actor import SYSTEM, Actor
from provider.kernel.errors import Refusal
from provider.kernel.jobs import Chunk, Outcome
from provider.kernel.models import Job, StoredFile
from provider.messages.operations import erasing as letters

JOB: Final = "console.erasure"
KEPT_FILES: Final = ("invoices.print",)  # documents of tax
_FILES_AT_ONCE: Final = 200


def start_due_erasures(*, at: datetime) -> list[Job]:
    """Begin those whose waiting time is over. What has something left to settle waits, and its page says for what."""
    due = Erasure.objects.filter(status=ErasureStatus.WAITING, erase_at__lte=at).order_by("erase_at")
    return [job for one in due if (job := _start(one, at=at)) is not None]


def forget_sent_certificates() -> int:
    """The last address of an erased account goes when its certificate has arrived."""
    erased = Erasure.objects.filter(status=ErasureStatus.ERASED).values_list("account_id", flat=True)
    return letters.forget_certificates(account_ids=list(erased))


def _start(erasure: Erasure, *, at: datetime) -> Job | None:
    try:
        with transaction.atomic():
            lock_account(erasure.account_id)  # nothing is sold to it between what is read here and the beginning
            is_blocked = to_settle(account_id=erasure.account_id).is_blocked
            steps.begin_erasure(erasure_id=erasure.id, is_blocked=is_blocked, by=SYSTEM, at=at)
            return jobs.start(
                kind=JOB, by=SYSTEM, at=at, account_id=None, total=len(_steps()),
                params={"erasure_id": erasure.id, "account_id": erasure.account_id},
            )  # fmt: skip
    except Refusal:
        return None


def erase_chunk(chunk: Chunk) -> Outcome:
    """Do the next step, or as much of it as a chunk holds; the step of the job."""
    number = chunk.cursor or 0
    erasure_id, account_id = UUID(str(chunk.params["erasure_id"])), UUID(str(chunk.params["account_id"]))
    all_steps = _steps()
    if number == len(all_steps):
        _seal(erasure_id, account_id=account_id, by=chunk.by, at=chunk.at)
        return Outcome(cursor=None, handled=0)
    part, step = all_steps[number]
    count = step(account_id, chunk.at)
    if count:
        steps.note_counts(erasure_id=erasure_id, part=part, count=count)
    is_done = step is not _erase_files or count < _FILES_AT_ONCE
    return Outcome(
        cursor=number + 1 if is_done else number, handled=int(is_done), counts={part: count} if count else {}
    )


_Step = Callable[[UUID, datetime], int]


def _steps() -> list[tuple[str, _Step]]:
    """The parts of the certificate, in the order in which they are erased; people come last, with their account."""
    tables: list[tuple[str, _Step]] = [("crm_rows", _table(name)) for name in crm.TABLES]
    return [
        *tables, ("crm_rows", _close_workspace), ("files", _erase_files), ("usage", _erase_usage),
        ("keys", _erase_keys), ("keys", _erase_bank_cards), ("messages", _erase_messages),
    ]  # fmt: skip


def _table(name: str) -> _Step:
    def erase(account_id: UUID, at: datetime) -> int:
        return crm.erase_table(account_id=account_id, table=name)

    return erase


def _close_workspace(account_id: UUID, at: datetime) -> int:
    return crm.close_workspace(account_id=account_id)


def _erase_files(account_id: UUID, at: datetime) -> int:
    rows = StoredFile.objects.filter(account_id=account_id).exclude(purpose__in=KEPT_FILES)
    rows = rows.exclude(deleted_at__isnull=False, name=Cast("id", CharField()))
    found = list(rows.order_by("id")[:_FILES_AT_ONCE])
    for file in found:
        files.forget(file, at=file.deleted_at or at)
    return len(found)


def _erase_usage(account_id: UUID, at: datetime) -> int:
    return erase_properties(account_id=account_id)


def _erase_keys(account_id: UUID, at: datetime) -> int:
    return steps.erase_keys(account_id=account_id, at=at)


def _erase_bank_cards(account_id: UUID, at: datetime) -> int:
    """The payment service forgets them first; while it does not answer, the job tries again."""
    forget_cards(account=Account.objects.get(pk=account_id), by=SYSTEM, at=at)
    return forget_bank_cards(account_id=account_id)


def _erase_messages(account_id: UUID, at: datetime) -> int:
    people = [user.id for user in steps.people_only_here(account_id)]
    return letters.erase_messages(account_id=account_id, user_ids=people)


def _seal(erasure_id: UUID, *, account_id: UUID, by: Actor, at: datetime) -> None:
    """Write the certificate and send it, then take the last names: the people's and the account's."""
    found = Erasure.objects.select_related("account", "opened_by", "approved_by").get(pk=erasure_id)
    if found.status != ErasureStatus.ERASING:
        return
    people = len(steps.people_only_here(account_id))
    steps.note_counts(erasure_id=erasure_id, part="people", count=people)
    found.refresh_from_db(fields=["counts"])
    steps.seal_certificate(erasure_id=erasure_id, certificate=certificate_of(found, at=at), at=at)
    steps.erase_people(account_id=account_id, at=at)
    steps.finish_erasure(erasure_id=erasure_id, by=by, at=at)


def certificate_of(found: Erasure, *, at: datetime) -> dict[str, Any]:
    """All that a certificate says. The account's own name is not kept in it: its number is."""
    return {
        "erasure": str(found.id), "account": str(found.account_id), "language": found.language,
        "asked_at": found.asked_at.isoformat(), "opened_by": str(found.opened_by),
        "approved_by": str(found.approved_by),
        "approved_at": found.approved_at.isoformat() if found.approved_at else "", "erased_at": at.isoformat(),
        "counts": {part: found.counts.get(part, 0) for part in PARTS}, "kept": list(KEPT),
    }  # fmt: skip
