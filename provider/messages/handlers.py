"""What the rest of the house tells: letters of lower storeys."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext, override

from provider.accounts.events import AccountCreated, ActingEnded
from provider.accounts.models import Account, Impersonation, Portal, User
from provider.kernel import jobs
from provider.kernel.events import JobFinished
from provider.kernel.models.jobs import Job

from .operations import messages
from .queries import owners_of


def carry(
    *,
    key: str,
    to_email: str | None,
    to_phone: str | None,
    user_id: UUID | None,
    account_id: UUID | None,
    language: str,
    params: dict[str, Any],
    secret_params: dict[str, Any],
    at: datetime,
) -> None:
    """Carry a letter of a lower storey; registered at `provider.kernel.post`."""
    messages.send(
        key=key,
        account=Account.objects.select_related("brand", "parent").get(id=account_id) if account_id else None,
        user=User.objects.get(id=user_id) if user_id else None,
        to_email=to_email,
        to_phone=to_phone,
        language=language,
        params=params,
        secret_params=secret_params,
        at=at,
    )


def tell_of_finished_job(event: JobFinished, *, at: datetime) -> None:
    """Long work has ended: whoever started it learns how, wherever they are by then."""
    user = User.objects.filter(id=event.user_id, is_active=True).first() if event.user_id else None
    job = Job.objects.filter(id=event.job_id).first()
    if user is None or job is None:
        return
    definition = jobs.definition_of(job.kind)
    with override(user.language):
        name = gettext(definition.title) % job.params if definition else job.kind
    messages.send(
        key="job_finished",
        account=Account.objects.filter(id=job.account_id).first() if job.account_id else None,
        user=user,
        params={
            "job_name": name,
            "outcome": event.status,
            "done_count": job.handled - job.problem_count,
            "failed_count": job.problem_count,
            "link": f"/jobs/{job.id}/",
        },
        at=at,
        idempotency=f"{job.id}:{job.ended_at}",
    )


def tell_of_left_account(event: ActingEnded, *, at: datetime) -> None:
    """Support has left an account: its owners learn when."""
    act = Impersonation.objects.select_related("staff", "account").get(id=event.impersonation_id)
    for owner in owners_of(act.account_id):
        messages.send(
            key="support_access_ended",
            account=act.account,
            user=owner,
            params={
                "account_name": act.account.name,
                "staff_name": str(act.staff),
                "ended_at": act.ended_at or act.expires_at,
            },
            at=at,
            idempotency=f"{act.id}:{owner.id}",
        )


def welcome(event: AccountCreated, *, at: datetime) -> None:
    """A new subscriber: its owner is shown how to begin."""
    if event.portal != Portal.SUBSCRIBER or event.account_id is None:
        return
    account = Account.objects.select_related("brand", "parent").get(id=event.account_id)
    for owner in owners_of(account.id):
        messages.send(
            key="welcome",
            account=account,
            user=owner,
            params={"name": str(owner), "link": "/"},
            at=at,
            idempotency=f"{account.id}:{owner.id}",
        )
