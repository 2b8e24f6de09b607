"""Operations for migrations: the laws that Django's models cannot declare."""

from __future__ import annotations

from typing import Any

from django.db import migrations

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
