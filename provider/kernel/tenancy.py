"""One workspace's rows and no others: a transaction-local context, tenant-bound managers, and row-level security.

The managers are the first wall, PostgreSQL's policies the second. Without a context there are no rows on either side.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from django.db import migrations, models, transaction

from . import together

SETTING = "perennial.workspace"

_current: ContextVar[UUID | None] = ContextVar("workspace", default=None)


def current_workspace() -> UUID | None:
    """The workspace whose rows are visible at this moment, or None."""
    return _current.get()


@contextmanager
def inside(*, workspace_id: UUID, cell: str = "default") -> Iterator[None]:
    """Open a transaction on the cell's database in which exactly this workspace's rows are visible.

    Transaction-local on purpose: a connection that goes back to its pool carries nothing along. Being inside one
    workspace and entering another is a mistake in the code, not a refusal.
    """
    outer = _current.get()
    if outer is not None and outer != workspace_id:
        raise RuntimeError(f"Already inside workspace {outer}; leave it before entering {workspace_id}.")
    with transaction.atomic(using=cell):
        if outer is not None:
            yield
            return
        _set(cell=cell, value=str(workspace_id))
        token = _current.set(workspace_id)
        try:
            yield
        finally:
            _current.reset(token)
        _set(cell=cell, value="")  # an outer transaction may go on without the context


@contextmanager
def outside() -> Iterator[None]:
    """Begin without a workspace, whatever was entered around; for tasks, which are given theirs as an argument."""
    token = _current.set(None)
    try:
        yield
    finally:
        _current.reset(token)


def _set(*, cell: str, value: str) -> None:
    together.execute("select set_config(%s, %s, true)", [SETTING, value], using=cell)


class WorkspaceManager(models.Manager[Any]):
    """Rows of the current workspace only; none outside of one."""

    def get_queryset(self) -> models.QuerySet[Any]:
        workspace_id = _current.get()
        rows = super().get_queryset()
        return rows.none() if workspace_id is None else rows.filter(workspace_id=workspace_id)


def policy_sql(table: str) -> list[str]:
    """The statements that put a table with a `workspace_id` behind the second wall.

    NULLIF because a setting that was once set reads '' afterwards; the sub-select so that it is read once a query.
    """
    visible = f"workspace_id = (select nullif(current_setting('{SETTING}', true), '')::uuid)"
    return [
        f'alter table "{table}" enable row level security',
        f'alter table "{table}" force row level security',
        f'create policy workspace_isolation on "{table}" using ({visible}) with check ({visible})',
    ]


class EnableRowSecurity(migrations.RunSQL):
    """Migration operation: row-level security, forced, on a table with a `workspace_id`."""

    def __init__(self, table: str) -> None:
        self.table = table
        undo = [
            f'drop policy workspace_isolation on "{table}"',
            f'alter table "{table}" no force row level security',
            f'alter table "{table}" disable row level security',
        ]
        super().__init__(list[Any](policy_sql(table)), list[Any](undo))

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (self.__class__.__qualname__, [self.table], {})


class KeyByWorkspace(migrations.RunSQL):
    """Migration operation: make (workspace_id, id) the table's primary key, which references inside a cell name."""

    def __init__(self, table: str) -> None:
        self.table = table
        super().__init__(
            f'alter table "{table}" drop constraint "{table}_pkey", add primary key (workspace_id, id)',
            f'alter table "{table}" drop constraint "{table}_pkey", add primary key (id)',
        )

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (self.__class__.__qualname__, [self.table], {})


class ReferenceInside(migrations.RunSQL):
    """Migration operation: a foreign key that names the workspace on both sides, so that it cannot lead out of it."""

    def __init__(self, table: str, column: str, to: str) -> None:
        self.parts = [table, column, to]
        name = f"{table}_{column}_inside"
        super().__init__(
            f'alter table "{table}" add constraint "{name}"'
            f' foreign key (workspace_id, "{column}") references "{to}" (workspace_id, id)',
            f'alter table "{table}" drop constraint "{name}"',
        )

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (self.__class__.__qualname__, self.parts, {})
