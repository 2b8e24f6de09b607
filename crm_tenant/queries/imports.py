"""Imports as they stand."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from crm_tenant.models import Import, ImportFile, ImportKind
from crm_tenant.rules.importing import Plan
from crm_tenant.rules.reading import Sheet, read_sheet
from provider.kernel import files
from provider.kernel.errors import NotFound
from provider.kernel.models import StoredFile

_ORDER = list(ImportKind.values)


def imports() -> QuerySet[Import]:
    """The imports of the workspace, the latest first."""
    rows: QuerySet[Import] = Import.objects.order_by("-created_at", "-id")
    return rows


def access_import(batch_id: UUID, *, is_locked: bool = False) -> Import:
    """One of them."""
    rows = Import.objects.select_for_update() if is_locked else Import.objects.all()
    batch: Import | None = rows.filter(pk=batch_id).first()
    if batch is None:
        raise NotFound()
    return batch


def access_import_file(file_id: UUID) -> ImportFile:
    """A file of an import."""
    file: ImportFile | None = ImportFile.objects.select_related("batch").filter(pk=file_id).first()
    if file is None:
        raise NotFound()
    return file


def files_of(batch: Import) -> list[ImportFile]:
    """Its files, in the order in which they are read: what others refer to comes first."""
    return sorted(ImportFile.objects.filter(batch=batch), key=lambda file: (_ORDER.index(file.kind), str(file.id)))


def plan_of(file: ImportFile, *, currency: str) -> Plan:
    """How the file is read."""
    return Plan(kind=file.kind, columns=file.columns, mapping=file.mapping, stages=file.stages, currency=currency)


def sheet_of(file: ImportFile) -> Sheet:
    """The file's content, read again."""
    stored = StoredFile.objects.get(pk=file.file_id)
    with files.open_file(stored) as opened:
        return read_sheet(opened.read())
