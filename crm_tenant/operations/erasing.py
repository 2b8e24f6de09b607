"""The one place where rows of a CRM are deleted: the erasure of an account on its owner's legal request."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db import connections

from crm_tenant.models import Workspace
from provider.kernel.tenancy import inside

# Whatever refers to others first, so that no reference is ever left without what it names.
TABLES: Final = (
    "crm_activity", "crm_stagemove", "crm_sale", "crm_note", "crm_task", "crm_merge", "crm_deal", "crm_person",
    "crm_company", "crm_stage", "crm_pipeline", "crm_seat", "crm_importfile", "crm_salesperson", "crm_import",
)  # fmt: skip
_GATE: Final = "select set_config('perennial.erasing', %s, true)"


def erase_table(*, account_id: UUID, table: str) -> int:
    """Delete all rows of one of `TABLES` of the account's workspace; how many they were."""
    if table not in TABLES:
        raise ValueError(f"“{table}” is no table of a workspace.")
    workspace = Workspace.objects.filter(account_id=account_id).first()
    if workspace is None:
        return 0
    with inside(workspace_id=workspace.id, cell=workspace.cell), connections[workspace.cell].cursor() as cursor:
        cursor.execute(_GATE, [str(workspace.id)])
        cursor.execute(f"delete from {table} where workspace_id = %s", [workspace.id])  # noqa: S608 - our own names
        count = int(cursor.rowcount)
        cursor.execute(_GATE, [""])
    return count


def close_workspace(*, account_id: UUID) -> int:
    """Take an empty workspace out of the directory, its name with it."""
    return Workspace.objects.filter(account_id=account_id).delete()[0]
