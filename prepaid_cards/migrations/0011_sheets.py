"""Exports on sheets: in which layout and language, how many files are made, and by which job."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("prepaid_cards", "0010_reports_of_holders"),
    ]

    operations = [
        migrations.AddField(
            model_name="cardexport",
            name="job_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="cardexport",
            name="language",
            field=models.CharField(blank=True, db_default="", max_length=8),
        ),
        migrations.AddField(
            model_name="cardexport",
            name="layout",
            field=models.CharField(
                choices=[
                    ("table", "Table (CSV) for a printing machine"),
                    ("sheets", "Sheets (PDF, A4) of ten cards each, to be cut"),
                ],
                db_default="table",
                default="table",
                max_length=6,
            ),
        ),
        migrations.AddField(
            model_name="cardexport",
            name="parts_made",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        AddConstraintNotValid(
            model_name="cardexport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("language", ""), ("layout", "table"), ("parts_made", 0)),
                    models.Q(("layout", "sheets"), models.Q(("language", ""), _negated=True)),
                    _connector="OR",
                ),
                name="card_export_on_sheets_has_a_language",
            ),
        ),
    ]
