"""Points become prepaid money: rates, exchanges, and what was paid for points."""

import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

import provider.kernel.ids
from provider.kernel.schema import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_search_stays_quick"),
        ("invoices", "0009_coupons_for_a_while_checked"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="balancelot", name="worth_minor", field=models.BigIntegerField(db_default=0, default=0)
        ),
        migrations.RemoveConstraint(model_name="balanceuse", name="balance_use_names_invoice"),
        AddConstraintNotValid(
            model_name="balanceuse",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("invoice__isnull", False), ("purpose", "invoice")),
                    models.Q(("invoice", None), ("purpose__in", ["expired", "taken_back", "exchanged"])),
                    _connector="OR",
                ),
                name="balance_use_names_invoice",
            ),
        ),
        migrations.CreateModel(
            name="PointRate",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=provider.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("points", models.PositiveIntegerField()),
                ("amount_minor", models.PositiveBigIntegerField()),
                ("at", models.DateTimeField()),
                ("reason", models.CharField(max_length=400)),
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
                "indexes": [models.Index(fields=["currency", "-at", "-id"], name="point_rate_latest")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("points__gt", 0)), name="point_rate_is_of_points")
                ],
            },
        ),
        migrations.CreateModel(
            name="PointExchange",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=provider.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("points", models.PositiveIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("amount_minor", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("api_key_id", models.UUIDField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="point_exchanges",
                        to="accounts.account",
                    ),
                ),
                (
                    "lot",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="from_points",
                        to="invoices.balancelot",
                    ),
                ),
                (
                    "rate",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="invoices.pointrate",
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
                "indexes": [models.Index(fields=["account", "-at", "-id"], name="point_exchange_of_account")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor__gt", 0), ("points__gt", 0)),
                        name="point_exchange_is_positive",
                    )
                ],
            },
        ),
        AppendOnly("invoices_pointrate", "point_rates_are_kept"),
        AppendOnly("invoices_pointexchange", "point_exchanges_are_kept"),
    ]
