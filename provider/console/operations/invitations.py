"""Invitations that ran out, sent again together."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from provider.accounts.models import Invitation, InvitationStatus
from provider.accounts.operations.team import resend_invitation
from provider.kernel import jobs
from provider.kernel.actor import Actor
from provider.kernel.errors import Refusal
from provider.kernel.models import Job

KIND: Final = "console.resend_invitations"
CHUNK: Final = 20


def resend_expired(*, ids: Iterable[UUID] | None, by: Actor, at: datetime) -> Job:
    """Send invitations that ran out again, as one job: those of `ids`, or all that had run out by `at`."""
    expired = Invitation.objects.filter(status=InvitationStatus.OPEN, expires_at__lte=at)
    if ids is not None:
        expired = expired.filter(id__in=list(ids))
    wanted = [str(pk) for pk in expired.order_by("expires_at", "id").values_list("pk", flat=True)]
    return jobs.start(kind=KIND, params={"ids": wanted}, by=by, at=at, account_id=by.account_id, total=len(wanted))


def resend_chunk(chunk: jobs.Chunk) -> jobs.Outcome:
    """One chunk of the job. An invitation that was answered meanwhile is left alone."""
    begin = int(chunk.cursor or 0)
    ids = chunk.params["ids"][begin : begin + CHUNK]
    rows = Invitation.objects.filter(id__in=ids, status=InvitationStatus.OPEN).order_by("expires_at", "id")
    problems, sent = [], 0
    for invitation in rows:
        try:
            resend_invitation(account_id=invitation.account_id, invitation_id=invitation.id, by=chunk.by, at=chunk.at)
            sent += 1
        except Refusal as refusal:
            problems.append(jobs.Problem.of(refusal, subject=invitation.email or invitation.phone or ""))
    end = begin + len(ids)
    return jobs.Outcome(
        cursor=end if end < len(chunk.params["ids"]) else None,
        handled=len(ids),
        counts={"sent": sent, "left_alone": len(ids) - sent - len(problems)},
        problems=problems,
    )
