"""Imports as they stand."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from crm_tenant.models import Import, ImportFile, ImportKind
from crm_tenant.rules.importing import Plan
from crm_tenant.rules.reading import Sheet, read_sheet
from provider.kernel import files
from provider.kernel.errors import NotFound
from provider.kernel.models import StoredFile

_ORDER = list(ImportKind.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An import as the list shows it."""

    batch: Import
    files: list[ImportFile]

    @property
    def names(self) -> list[str]:
        """What the files are called."""
        return [file.name for file in self.files]

    @property
    def row_count(self) -> int:
        """How many rows they have together."""
        return sum(file.row_count for file in self.files)


def latest_imports(*, most: int) -> list[Listed]:
    """The imports of the workspace, the latest first, with their files."""
    found = list(Import.objects.order_by("-created_at", "-id")[:most])
    files = ImportFile.objects.filter(batch__in=found).order_by("id")
    return [Listed(batch=one, files=[file for file in files if file.batch_id == one.id]) for one in found]


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
