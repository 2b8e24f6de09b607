"""What a workspace has sold: a won deal counts once, by the value that it had then."""

import django.db.models.deletion
from django.db import migrations, models

import provider.kernel.ids
from provider.kernel.tenancy import EnableRowSecurity, KeyByWorkspace, ReferenceInside

# For check_laws, as `crm_levels`: every sale of every workspace.
_SALES = """
create function crm_sales() returns table (account uuid, sale uuid, is_taken_back boolean)
language plpgsql as $$
declare
  one record;
  before text := coalesce(current_setting('perennial.workspace', true), '');
begin
  for one in select w.id, w.account_id from crm_workspace w loop
    perform set_config('perennial.workspace', one.id::text, true);
    return query select one.account_id, s.id, s.taken_back_at is not null
      from crm_sale s where s.workspace_id = one.id;
  end loop;
  perform set_config('perennial.workspace', before, true);
end $$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("crm_tenant", "0003_merges"),
    ]

    operations = [
        migrations.CreateModel(
            name="Sale",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=provider.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("workspace_id", models.UUIDField()),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("counted_at", models.DateTimeField()),
                ("taken_back_at", models.DateTimeField(blank=True, null=True)),
                (
                    "deal",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="crm_tenant.deal",
                    ),
                ),
            ],
            options={
                "db_table": "crm_sale",
                "indexes": [models.Index(fields=["workspace_id", "deal", "counted_at"], name="sale_of_deal")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("taken_back_at", None)),
                        fields=("workspace_id", "deal"),
                        name="sale_counts_once",
                    ),
                    models.CheckConstraint(condition=models.Q(("amount_minor__gt", 0)), name="sale_is_worth_something"),
                ],
            },
        ),
        KeyByWorkspace("crm_sale"),
        ReferenceInside("crm_sale", "deal_id", "crm_deal"),
        EnableRowSecurity("crm_sale"),
        migrations.RunSQL(_SALES, "drop function crm_sales()"),
    ]
