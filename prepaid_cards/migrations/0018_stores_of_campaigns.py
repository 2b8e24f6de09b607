"""Where cards go over the counter, for promotions by store; and the last days before and after an extension."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_search_stays_quick"),
        ("prepaid_cards", "0017_waits_ended"),
    ]

    operations = [
        migrations.AddField(
            model_name="activation",
            name="store_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="cardevent",
            name="end_is",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="cardevent",
            name="end_was",
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name="SellingPlace",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("code", models.CharField(max_length=8)),
                ("name", models.CharField(max_length=80)),
                ("is_open", models.BooleanField(default=True)),
                (
                    "seller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.account"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="campaign",
            name="stores",
            field=models.ManyToManyField(blank=True, related_name="+", to="prepaid_cards.sellingplace"),
        ),
    ]
