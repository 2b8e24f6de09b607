import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models

import provider.kernel.ids

LAWS = """
create function agreement_terms_stay() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or (to_jsonb(new) - '{valid_until,status,ended_reason}'::text[])
      is distinct from (to_jsonb(old) - '{valid_until,status,ended_reason}'::text[]) or old.status = 'withdrawn' then
    raise exception 'agreement_terms_stay: version % of %', old.version, old.reseller_id
      using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger agreement_terms_stay before update or delete on resellers_agreement
  for each row execute function agreement_terms_stay();
create function store_code_stays() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or new.code <> old.code or new.reseller_id <> old.reseller_id then
    raise exception 'store_code_stays: store %', old.code using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger store_code_stays before update or delete on resellers_store
  for each row execute function store_code_stays();
"""
UNDO_LAWS = """
drop trigger agreement_terms_stay on resellers_agreement;
drop function agreement_terms_stay();
drop trigger store_code_stays on resellers_store;
drop function store_code_stays();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0002_first_regions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        BtreeGistExtension(),
        migrations.CreateModel(
            name="Store",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=provider.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("code", models.CharField(max_length=8)),
                ("name", models.CharField(max_length=80)),
                ("address", models.CharField(blank=True, max_length=200)),
                ("phone", models.CharField(blank=True, max_length=32)),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "reseller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="stores", to="accounts.account"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("reseller", "code"), name="store_code_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("closed_at__isnull", True)),
                        fields=("reseller", "name"),
                        name="store_name_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("code__regex", "^[A-Z0-9]{1,8}$")), name="store_code_is_plain"
                    ),
                    models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="store_has_name"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("closed_at", None), ("closed_at__gte", models.F("opened_at")), _connector="OR"
                        ),
                        name="store_closes_after_it_opened",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StoreMember",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=provider.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("from_at", models.DateTimeField()),
                ("until_at", models.DateTimeField(blank=True, null=True)),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="members", to="resellers.store"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("until_at__isnull", True)), fields=["user"], name="store_member_of_user"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("until_at__isnull", True)),
                        fields=("store", "user"),
                        name="store_member_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("until_at", None), ("until_at__gte", models.F("from_at")), _connector="OR"),
                        name="store_member_is_half_open",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Agreement",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=provider.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                ("valid_from", models.DateTimeField()),
                ("valid_until", models.DateTimeField(blank=True, null=True)),
                ("currency", models.CharField(max_length=3)),
                ("discount_percent", models.DecimalField(decimal_places=2, max_digits=5)),
                ("credit_limit_minor", models.BigIntegerField()),
                ("payment_days", models.PositiveSmallIntegerField()),
                (
                    "status",
                    models.CharField(
                        choices=[("agreed", "Agreed"), ("withdrawn", "Withdrawn")], default="agreed", max_length=9
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=400)),
                ("created_at", models.DateTimeField()),
                ("ended_reason", models.CharField(blank=True, max_length=400)),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "reseller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="agreements", to="accounts.account"
                    ),
                ),
            ],
            options={
                "constraints": [
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("status", "agreed")),
                        expressions=[
                            ("reseller", "="),
                            ("currency", "="),
                            (
                                models.Func(
                                    models.F("valid_from"),
                                    models.F("valid_until"),
                                    models.Value("[)"),
                                    function="tstzrange",
                                    output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField(),
                                ),
                                "&&",
                            ),
                        ],
                        name="agreements_do_not_overlap",
                    ),
                    models.UniqueConstraint(fields=("reseller", "version"), name="agreement_version_once"),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["agreed", "withdrawn"])), name="agreement_status_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until", None), ("valid_until__gte", models.F("valid_from")), _connector="OR"
                        ),
                        name="agreement_is_half_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("discount_percent__gte", 0), ("discount_percent__lt", 100)),
                        name="agreement_discount_leaves_something",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("credit_limit_minor__gte", 0)), name="agreement_limit_is_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("payment_days__lte", 180)), name="agreement_payment_days_are_sane"
                    ),
                ],
            },
        ),
        migrations.RunSQL(LAWS, UNDO_LAWS),
    ]
