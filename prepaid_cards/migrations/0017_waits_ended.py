"""Waits that operators ended, kept for good."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from provider.kernel.schema import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("prepaid_cards", "0016_export_fetches"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="WaitEnded",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "whose",
                    models.CharField(
                        choices=[
                            ("account", "Account"),
                            ("visitors", "Visitors of a network"),
                            ("network", "Network"),
                            ("serial", "Card"),
                            ("everybody", "Everybody"),
                        ],
                        max_length=9,
                    ),
                ),
                ("key", models.CharField(blank=True, max_length=49)),
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
                "indexes": [models.Index(fields=["whose", "key", "-at"], name="wait_ended_of")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("key", ""), ("whose", "everybody"))
                        | ~models.Q(("whose", "everybody")) & ~models.Q(("key", "")),
                        name="wait_ended_says_whose",
                    )
                ],
            },
        ),
        AppendOnly("prepaid_cards_waitended", "waits_ended_are_kept"),
    ]
