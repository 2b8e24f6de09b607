"""Which records were found to be one and the same."""

from django.db import migrations, models

import provider.kernel.ids
from provider.kernel.tenancy import EnableRowSecurity, KeyByWorkspace


class Migration(migrations.Migration):
    dependencies = [
        ("crm_tenant", "0002_walls"),
    ]

    operations = [
        migrations.CreateModel(
            name="Merge",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=provider.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("workspace_id", models.UUIDField()),
                ("kind", models.CharField(max_length=8)),
                ("kept_id", models.UUIDField()),
                ("gone_id", models.UUIDField()),
                ("moved", models.JSONField(default=dict)),
                ("before", models.JSONField(default=dict)),
                ("after", models.JSONField(default=dict)),
                ("user_id", models.UUIDField(null=True)),
                ("merged_at", models.DateTimeField()),
                ("undone_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "crm_merge",
                "indexes": [models.Index(fields=["workspace_id", "kept_id"], name="merge_of_kept")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["company", "person"])), name="merge_kind_known"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("undone_at", None)), fields=("workspace_id", "gone_id"), name="merged_once"
                    ),
                ],
            },
        ),
        KeyByWorkspace("crm_merge"),
        EnableRowSecurity("crm_merge"),
    ]
