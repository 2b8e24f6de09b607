"""Operations for migrations: the laws that Django's models cannot declare."""

from __future__ import annotations

from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

# One function for all tables; the trigger's name, which is the law's, becomes the message.
APPEND_ONLY_FUNCTION = """
create or replace function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '%: rows of % are only ever added', tg_name, tg_table_name using errcode = 'restrict_violation';
end $$
"""


class AppendOnly(migrations.RunSQL):
    """No row of `table` is changed or removed, not even by its owner: UPDATE, DELETE and TRUNCATE are refused.

    `law` names the trigger. The kernel's first migration creates the function `refuse_change` that it calls.
    """

    def __init__(self, table: str, law: str) -> None:
        self.table = table
        self.law = law
        make = (
            f'create trigger {law} before update or delete or truncate on "{table}" '
            "for each statement execute function refuse_change()"
        )
        super().__init__(make, f'drop trigger {law} on "{table}"')

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (self.__class__.__qualname__, [self.table, self.law], {})


class CreateModels(Operation):
    """The tables of a first migration, made as if one after the other, and ten times as fast.

    Django draws a model and everything related to it anew for each table that comes; here the whole picture is drawn
    once, when all are there. References between them may point both ways: they are made last in any case.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, operations: list[migrations.CreateModel]) -> None:
        self.operations = operations

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state.__dict__.pop("apps", None)
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for operation in self.operations:
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for operation in reversed(self.operations):
            operation.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return f"Create {len(self.operations)} tables"
