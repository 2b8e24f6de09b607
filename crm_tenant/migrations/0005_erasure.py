"""What is only ever added may be deleted once: when an account is erased on its owner's request."""

from django.db import migrations

_MAKE = """
create function crm_kept_but_for_erasure() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and current_setting('perennial.erasing', true) = old.workspace_id::text then
    return old;
  end if;
  raise exception '%: % of %', tg_name, lower(tg_op), tg_table_name using errcode = 'restrict_violation';
end $$;
"""
_TABLES = {"crm_stagemove": "stage_moves_are_append_only", "crm_activity": "activity_is_append_only"}


def _forward() -> str:
    parts = [_MAKE]
    for table, law in _TABLES.items():
        parts.append(f"drop trigger {law} on {table};")
        parts.append(
            f"create trigger {law} before update or delete on {table} for each row"
            " execute function crm_kept_but_for_erasure();"
        )
        parts.append(
            f"create trigger {law}_as_a_whole before truncate on {table} for each statement"
            " execute function refuse_change();"
        )
    return "\n".join(parts)


def _back() -> str:
    parts = []
    for table, law in _TABLES.items():
        parts.append(f"drop trigger {law} on {table};")
        parts.append(f"drop trigger {law}_as_a_whole on {table};")
        parts.append(
            f"create trigger {law} before update or delete or truncate on {table} for each statement"
            " execute function refuse_change();"
        )
    return "\n".join([*parts, "drop function crm_kept_but_for_erasure();"])


class Migration(migrations.Migration):
    dependencies = [("crm_tenant", "0004_sales")]

    operations = [migrations.RunSQL(_forward(), _back())]
