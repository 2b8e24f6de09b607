"""Cards in place of others, kept for good."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import provider.kernel.ids
from provider.kernel.schema import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("prepaid_cards", "0012_sheets_checked"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CardReplacement",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=provider.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("reason", models.CharField(max_length=400)),
                ("at", models.DateTimeField()),
                (
                    "new",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="in_place_of", to="prepaid_cards.card"
                    ),
                ),
                (
                    "old",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="replaced_by", to="prepaid_cards.card"
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
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("old", models.F("new")), _negated=True), name="card_replaced_by_another"
                    )
                ],
            },
        ),
        AppendOnly("prepaid_cards_cardreplacement", "card_replacements_are_kept"),
    ]
