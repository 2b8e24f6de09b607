"""The walls of a workspace: its keys, its references, row-level security, and rows that are only ever added."""

from django.db import migrations

from provider.kernel.schema import AppendOnly
from provider.kernel.tenancy import EnableRowSecurity, KeyByWorkspace, ReferenceInside

TABLES = [
    "crm_salesperson", "crm_seat", "crm_pipeline", "crm_stage", "crm_company", "crm_person", "crm_deal",
    "crm_stagemove", "crm_note", "crm_task", "crm_activity", "crm_import", "crm_importfile",
]  # fmt: skip

_ABOUT = [("company_id", "crm_company"), ("person_id", "crm_person"), ("deal_id", "crm_deal")]
_RECORD = [("owner_id", "crm_salesperson"), ("imported_id", "crm_import")]
REFERENCES = {
    "crm_salesperson": [("imported_id", "crm_import")],
    "crm_stage": [("pipeline_id", "crm_pipeline")],
    "crm_company": [*_RECORD, ("merged_into_id", "crm_company"), ("parent_id", "crm_company")],
    "crm_person": [*_RECORD, ("merged_into_id", "crm_person"), ("company_id", "crm_company")],
    "crm_deal": [*_RECORD, ("company_id", "crm_company"), ("person_id", "crm_person"), ("pipeline_id", "crm_pipeline")],
    "crm_stagemove": [("deal_id", "crm_deal"), ("from_stage_id", "crm_stage"), ("to_stage_id", "crm_stage")],
    "crm_note": _ABOUT,
    "crm_task": [*_ABOUT, ("owner_id", "crm_salesperson")],
    "crm_activity": [*_ABOUT, ("note_id", "crm_note"), ("task_id", "crm_task")],
    "crm_importfile": [("batch_id", "crm_import")],
}

# A deal's stage is of its pipeline, and its status is that stage's category.
_DEAL_STAGE = """
alter table crm_deal add constraint deal_status_is_its_stages
  foreign key (workspace_id, pipeline_id, stage_id, status)
  references crm_stage (workspace_id, pipeline_id, id, category)
"""

# For check_laws, which has no workspace of its own: goes through all of them, one context after the other.
_LEVELS = """
create function crm_levels() returns table (workspace uuid, account uuid, kept bigint, records bigint, seats bigint)
language plpgsql as $$
declare
  one record;
  before text := coalesce(current_setting('perennial.workspace', true), '');
begin
  for one in select w.id, w.account_id, w.record_count from crm_workspace w loop
    perform set_config('perennial.workspace', one.id::text, true);
    workspace := one.id; account := one.account_id; kept := one.record_count;
    select (select count(*) from crm_company c where c.workspace_id = one.id and c.archived_at is null
              and c.merged_into_id is null and not c.is_sample)
         + (select count(*) from crm_person p where p.workspace_id = one.id and p.archived_at is null
              and p.merged_into_id is null and not p.is_sample)
      into records;
    select count(*) into seats from crm_seat s where s.workspace_id = one.id and s.ended_at is null;
    return next;
  end loop;
  perform set_config('perennial.workspace', before, true);
end $$
"""


class Migration(migrations.Migration):
    dependencies = [("crm_tenant", "0001_workspaces_and_records"), ("kernel", "0005_files")]

    operations = [
        *[KeyByWorkspace(table) for table in TABLES],
        *[ReferenceInside(table, column, to) for table, found in REFERENCES.items() for column, to in found],
        migrations.RunSQL(_DEAL_STAGE, "alter table crm_deal drop constraint deal_status_is_its_stages"),
        *[EnableRowSecurity(table) for table in TABLES],
        AppendOnly("crm_stagemove", "stage_moves_are_append_only"),
        AppendOnly("crm_activity", "activity_is_append_only"),
        migrations.RunSQL(_LEVELS, "drop function crm_levels()"),
    ]
