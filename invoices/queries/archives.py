"""Archives of invoices: the jobs that pack them, and the files that came of them."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound
from provider.kernel.models import Job, JobStatus, StoredFile
from provider.kernel.sets import among

from .documents import invoices_open_to

ARCHIVE: Final = "invoices.archive"


def access_archive(*, job_id: UUID, by: Actor) -> Job:
    """The job of an archive of the key's own account, of which the key may read every invoice."""
    job = Job.objects.filter(id=job_id, kind=ARCHIVE, account_id=by.account_id).first()
    if job is None:
        raise NotFound()
    ids = {UUID(one) for one in job.params["invoice_ids"]}
    if invoices_open_to(by).filter(pk__in=among(list(ids))).count() != len(ids):
        raise NotFound()
    return job


def archives_under_way(account_id: UUID | None) -> int:
    """How many of an account are not packed yet."""
    unfinished = (JobStatus.QUEUED, JobStatus.RUNNING)
    return Job.objects.filter(kind=ARCHIVE, account_id=account_id, status__in=unfinished).count()


def file_of_archive(job: Job) -> StoredFile | None:
    """What it packed; nothing before it is done."""
    found = (job.result or {}).get("file_id")
    return StoredFile.objects.filter(pk=found).first() if found else None
