"""Many invoices as one file, for machines: packed as a job, then downloaded."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Router, Status
from pydantic import Field

from invoices.errors import ArchiveNotReady
from invoices.models import Invoice
from invoices.operations.prints import ARCHIVED_AT_MOST, start_archive
from invoices.queries.archives import access_archive, file_of_archive
from invoices.queries.documents import invoices_open_to
from provider.kernel import clock
from provider.kernel.doors import actor_of
from provider.kernel.errors import N_, NotFound
from provider.kernel.machine_doors import Answer, Day, Given, scope
from provider.kernel.models import Job

from .papers import answers_with, handed_out

router = Router(tags=["Invoices"])


class ArchiveAsked(Given):
    """Which invoices; all that the key reads, where nothing is said."""

    invoice_ids: Annotated[
        list[UUID] | None,
        Field(max_length=ARCHIVED_AT_MOST, description=N_("One that is not there refuses them all (404).")),
    ] = None
    account_id: Annotated[UUID | None, Field(description=N_("Only those of this account."))] = None
    issued_from: Annotated[Day | None, Field(description=N_("Issued on this day or later."))] = None
    issued_until: Annotated[Day | None, Field(description=N_("Issued on this day or before."))] = None

    def among(self, rows: QuerySet[Invoice]) -> QuerySet[Invoice]:
        """Those of them that are asked for."""
        wanted = {
            "pk__in": self.invoice_ids,
            "account_id": self.account_id,
            "issued_on__gte": self.issued_from,
            "issued_on__lte": self.issued_until,
        }
        return rows.filter(**{name: value for name, value in wanted.items() if value is not None})


class ArchiveShown(Answer):
    """The job that packs them, and how far it has come."""

    id: UUID
    status: Annotated[
        str, Field(description=N_("`queued`, `running`, `done`, `failed` or `cancelled`."), examples=["done"])
    ]
    count: Annotated[int, Field(description=N_("How many invoices."), examples=[120])]
    printed: Annotated[int, Field(description=N_("How many are ready."), examples=[120])]
    expires_at: Annotated[datetime | None, Field(description=N_("Until when the file is kept; null before it is."))]

    @classmethod
    def of(cls, job: Job) -> ArchiveShown:
        stored = file_of_archive(job)
        return cls(
            id=job.id,
            status=job.status,
            count=job.total or 0,
            printed=job.handled,
            expires_at=stored.expires_at if stored else None,
        )


@router.post(
    "/invoice-archives",
    response={201: ArchiveShown},
    operation_id="archive_invoices",
    summary=N_("Pack invoices as one file"),
    description=N_(
        "As PDF with a list for a spreadsheet, packed as a job: ask for it until its status is `done`. One file takes "
        "at most 5,000 (422 `too_many_invoices`) and is kept for a week. Five are packed at a time (409 "
        "`archives_under_way`)."
    ),
)
@scope("invoices:read")
def archive_invoices(request: HttpRequest, asked: ArchiveAsked) -> Status[ArchiveShown]:
    by = actor_of(request)
    rows = asked.among(invoices_open_to(by)).order_by("made_at", "id")
    ids = list(rows.values_list("pk", flat=True)[: ARCHIVED_AT_MOST + 1])
    if asked.invoice_ids is not None and set(ids) != set(asked.invoice_ids):
        raise NotFound(field="invoice_ids")
    return Status(201, ArchiveShown.of(start_archive(invoice_ids=ids, by=by, at=clock.now())))


@router.get(
    "/invoice-archives/{archive_id}",
    response=ArchiveShown,
    operation_id="read_invoice_archive",
    summary=N_("Read how far an archive has come"),
    description=N_("Ask again every few seconds until it has ended."),
)
@scope("invoices:read")
def read_invoice_archive(request: HttpRequest, archive_id: UUID) -> ArchiveShown:
    return ArchiveShown.of(access_archive(job_id=archive_id, by=actor_of(request)))


@router.get(
    "/invoice-archives/{archive_id}/zip",
    response={200: None},
    openapi_extra=answers_with("application/zip"),
    operation_id="download_invoice_archive",
    summary=N_("Download invoices as one file"),
    description=N_("Once it is packed; before that it is refused (409 `archive_not_ready`)."),
)
@scope("invoices:read")
def download_invoice_archive(request: HttpRequest, archive_id: UUID) -> HttpResponseBase:
    stored = file_of_archive(access_archive(job_id=archive_id, by=actor_of(request)))
    if stored is None:
        raise ArchiveNotReady()
    return handed_out(stored)
