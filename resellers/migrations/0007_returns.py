"""Single cards of a receipt may come back; a sale is undone when all of them did."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import provider.kernel.ids
from provider.kernel.schema import AppendOnly

CONTENT = """
create or replace function sale_content_stays() returns trigger language plpgsql as $$
declare free text[] := '{undone_at,undone_by_id,undone_reason,returned_count,returned_minor,returned_id}';
begin
  if tg_op = 'DELETE' or old.undone_at is not null or (to_jsonb(new) - free) is distinct from (to_jsonb(old) - free) then
    raise exception 'sale_content_stays: %', tg_table_name using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
"""

# Until all processes run the new code, a sale that is undone as a whole may still leave the counts at nothing.
SUMS = """
create or replace function sale_is_its_lines() returns trigger language plpgsql as $$
declare wanted uuid; sale resellers_sale; found record;
begin
  if tg_table_name = 'resellers_sale' then wanted := new.id; else wanted := new.sale_id; end if;
  select * into sale from resellers_sale where id = wanted;
  select count(*) n, string_agg(distinct currency, ' ') currencies, sum(face_minor) face, sum(discount_minor) discount,
         count(undone_at) undone, max(undone_at) last_undone,
         coalesce(sum(face_minor) filter (where undone_at is not null), 0) undone_face
    into found from resellers_saleline where sale_id = wanted;
  if found.n <> sale.count or found.currencies is distinct from sale.currency or found.face <> sale.face_minor
      or found.discount <> sale.discount_minor
      or (sale.undone_at is not null) is distinct from (found.undone = found.n)
      or (sale.undone_at is not null and found.last_undone is distinct from sale.undone_at)
      or ((sale.undone_at is null or sale.returned_count > 0)
          and (found.undone <> sale.returned_count or found.undone_face <> sale.returned_minor)) then
    raise exception 'sale_is_its_lines: sale %', wanted using errcode = 'check_violation';
  end if;
  return null;
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("resellers", "0006_ways_of_paying_checked"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="sale",
            name="returned_count",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="sale",
            name="returned_minor",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.CreateModel(
            name="SaleReturn",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=provider.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("at", models.DateTimeField()),
                ("api_key_id", models.UUIDField(null=True)),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("count", models.PositiveIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("face_minor", models.BigIntegerField()),
                ("discount_minor", models.BigIntegerField()),
                (
                    "sale",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="returns",
                        to="resellers.sale",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="saleline",
            name="returned",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lines",
                to="resellers.salereturn",
            ),
        ),
        migrations.AddConstraint(
            model_name="salereturn",
            constraint=models.UniqueConstraint(fields=("sale", "number"), name="sale_return_number_once"),
        ),
        migrations.AddConstraint(
            model_name="salereturn",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("count__gte", 1),
                    ("discount_minor__gte", 0),
                    ("discount_minor__lte", models.F("face_minor")),
                    ("face_minor__gte", 0),
                ),
                name="sale_return_amounts_are_sane",
            ),
        ),
        migrations.RunSQL(CONTENT + SUMS, migrations.RunSQL.noop),
        AppendOnly("resellers_salereturn", "sale_returns_are_kept"),
    ]
