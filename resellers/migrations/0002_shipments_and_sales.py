import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import provider.kernel.ids
from provider.kernel.schema import AppendOnly, CreateModels

LAWS = """
create function sale_content_stays() returns trigger language plpgsql as $$
declare free text[] := '{undone_at,undone_by_id,undone_reason}';
begin
  if tg_op = 'DELETE' or old.undone_at is not null or (to_jsonb(new) - free) is distinct from (to_jsonb(old) - free) then
    raise exception 'sale_content_stays: %', tg_table_name using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger sale_content_stays before update or delete on resellers_sale
  for each row execute function sale_content_stays();
create trigger sale_content_stays before update or delete on resellers_saleline
  for each row execute function sale_content_stays();

create function sale_is_its_lines() returns trigger language plpgsql as $$
declare wanted uuid; sale resellers_sale; found record;
begin
  if tg_table_name = 'resellers_sale' then wanted := new.id; else wanted := new.sale_id; end if;
  select * into sale from resellers_sale where id = wanted;
  select count(*) n, string_agg(distinct currency, ' ') currencies, sum(face_minor) face, sum(discount_minor) discount, count(undone_at) undone,
         max(undone_at) last_undone, min(undone_at) first_undone
    into found from resellers_saleline where sale_id = wanted;
  if found.n <> sale.count or found.currencies is distinct from sale.currency or found.face <> sale.face_minor or found.discount <> sale.discount_minor
      or found.undone <> (case when sale.undone_at is null then 0 else found.n end)
      or found.last_undone is distinct from sale.undone_at or found.first_undone is distinct from sale.undone_at then
    raise exception 'sale_is_its_lines: sale %', wanted using errcode = 'check_violation';
  end if;
  return null;
end $$;
create constraint trigger sale_is_its_lines after insert or update on resellers_sale
  deferrable initially deferred for each row execute function sale_is_its_lines();
create constraint trigger sale_is_its_lines after insert or update on resellers_saleline
  deferrable initially deferred for each row execute function sale_is_its_lines();

create function receipt_numbers_step_by_one() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'receipt_numbers_step_by_one' using errcode = 'restrict_violation';
  end if;
  if (tg_op = 'INSERT' and new.last_number > 1) or (tg_op = 'UPDATE' and (new.last_number <> old.last_number + 1
      or new.store_id <> old.store_id or new.year <> old.year)) then
    raise exception 'receipt_numbers_step_by_one: % of %', new.last_number, new.year using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger receipt_numbers_step_by_one before insert or update or delete on resellers_receiptseries
  for each row execute function receipt_numbers_step_by_one();

create function stock_transfer_stays() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or old.missing_count is not null
      or (to_jsonb(new) - 'missing_count') is distinct from (to_jsonb(old) - 'missing_count') then
    raise exception 'stock_transfer_stays: %', old.id using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger stock_transfer_stays before update or delete on resellers_stocktransfer
  for each row execute function stock_transfer_stays();
"""
UNDO_LAWS = """
drop trigger sale_content_stays on resellers_sale;
drop trigger sale_content_stays on resellers_saleline;
drop function sale_content_stays();
drop trigger sale_is_its_lines on resellers_sale;
drop trigger sale_is_its_lines on resellers_saleline;
drop function sale_is_its_lines();
drop trigger receipt_numbers_step_by_one on resellers_receiptseries;
drop function receipt_numbers_step_by_one();
drop trigger stock_transfer_stays on resellers_stocktransfer;
drop function stock_transfer_stays();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_first_regions"),
        ("prepaid_cards", "0002_laws"),
        ("resellers", "0001_agreements_and_stores"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Sale",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=provider.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("year", models.PositiveSmallIntegerField()),
                        ("number", models.PositiveIntegerField()),
                        ("at", models.DateTimeField()),
                        ("sold_on", models.DateField()),
                        ("api_key_id", models.UUIDField(null=True)),
                        ("count", models.PositiveIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        ("face_minor", models.BigIntegerField()),
                        ("discount_minor", models.BigIntegerField()),
                        (
                            "paid_by",
                            models.CharField(
                                choices=[
                                    ("cash", "Cash"),
                                    ("wechat_pay", "WeChat Pay"),
                                    ("alipay", "Alipay"),
                                    ("bank_card", "Bank card"),
                                    ("other", "Other"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("given_minor", models.BigIntegerField(null=True)),
                        ("reference", models.CharField(blank=True, max_length=60)),
                        ("undone_at", models.DateTimeField(null=True)),
                        ("undone_reason", models.CharField(blank=True, max_length=200)),
                        (
                            "activation",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="sale",
                                to="prepaid_cards.activation",
                            ),
                        ),
                        (
                            "agreement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="sales",
                                to="resellers.agreement",
                            ),
                        ),
                        (
                            "reseller",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        (
                            "store",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="sales",
                                to="resellers.store",
                            ),
                        ),
                        (
                            "undone_by",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
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
                    options={
                        "indexes": [
                            models.Index(fields=["reseller", "-at", "-id"], name="sale_of_reseller"),
                            models.Index(fields=["store", "-at", "-id"], name="sale_of_store"),
                            models.Index(fields=["reseller", "sold_on"], name="sale_of_day"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("store", "year", "number"), name="receipt_number_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("count__gte", 1),
                                    ("discount_minor__gte", 0),
                                    ("discount_minor__lte", models.F("face_minor")),
                                    ("face_minor__gte", 0),
                                ),
                                name="sale_amounts_are_sane",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("sold_on__year", models.F("year"))),
                                name="sale_is_numbered_in_its_year",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("paid_by__in", ["cash", "wechat_pay", "alipay", "bank_card", "other"])
                                ),
                                name="sale_way_of_paying_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("given_minor", None),
                                    models.Q(("given_minor__gte", models.F("face_minor")), ("paid_by", "cash")),
                                    _connector="OR",
                                ),
                                name="sale_cash_given_is_enough",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("undone_at__isnull", False),
                                    models.Q(("undone_by", None), ("undone_reason", "")),
                                    _connector="OR",
                                ),
                                name="sale_undone_says_when",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SaleLine",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("position", models.PositiveSmallIntegerField()),
                        ("serial", models.CharField(max_length=14)),
                        ("product_id", models.UUIDField()),
                        ("product_name", models.CharField(max_length=120)),
                        ("currency", models.CharField(max_length=3)),
                        ("face_minor", models.BigIntegerField()),
                        ("discount_minor", models.BigIntegerField()),
                        ("undone_at", models.DateTimeField(null=True)),
                        (
                            "card",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="prepaid_cards.card",
                            ),
                        ),
                        (
                            "sale",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="resellers.sale",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["card"], name="sale_line_of_card")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("undone_at__isnull", True)), fields=("card",), name="card_sold_once"
                            ),
                            models.UniqueConstraint(fields=("sale", "position"), name="sale_line_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("discount_minor__gte", 0),
                                    ("discount_minor__lte", models.F("face_minor")),
                                    ("face_minor__gte", 0),
                                ),
                                name="sale_line_amounts_are_sane",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StockTransfer",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=provider.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("count", models.PositiveIntegerField()),
                        ("face_minor", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        ("sent_at", models.DateTimeField()),
                        ("missing_count", models.PositiveIntegerField(null=True)),
                        (
                            "agreement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="transfers",
                                to="resellers.agreement",
                            ),
                        ),
                        (
                            "reseller",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        (
                            "shipment",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="transfer",
                                to="prepaid_cards.cardshipment",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["reseller", "-sent_at", "-id"], name="stock_transfer_of_reseller")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("count__gte", 1), ("face_minor__gte", 0)),
                                name="stock_transfer_has_cards",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("missing_count", None), ("missing_count__lte", models.F("count")), _connector="OR"
                                ),
                                name="stock_transfer_misses_no_more_than_sent",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MissingCard",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("serial", models.CharField(max_length=14)),
                        (
                            "card",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="prepaid_cards.card"
                            ),
                        ),
                        (
                            "transfer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="missing",
                                to="resellers.stocktransfer",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("transfer", "card"), name="missing_card_once")],
                    },
                ),
                migrations.CreateModel(
                    name="ReceiptSeries",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("year", models.PositiveSmallIntegerField()),
                        ("last_number", models.PositiveIntegerField(default=0)),
                        (
                            "store",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="receipt_series",
                                to="resellers.store",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("store", "year"), name="receipt_series_once")],
                    },
                ),
            ]
        ),
        migrations.RunSQL(LAWS, UNDO_LAWS),
        AppendOnly("resellers_missingcard", "missing_cards_are_kept"),
    ]
