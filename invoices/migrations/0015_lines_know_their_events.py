"""Lines keep what their meter was asked and answered, so that the events behind them can be named for good.

Lines that stand already have none of it: they are frozen, and nobody could say today what had come in when.
"""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("invoices", "0014_lists_newest_first")]

    operations = [
        migrations.AddField("invoiceline", "used_from_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("invoiceline", "used_until_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            "invoiceline",
            "used_quantity",
            models.DecimalField(blank=True, decimal_places=8, max_digits=30, null=True),
        ),
        migrations.AddField("invoiceline", "used_batch_id", models.BigIntegerField(blank=True, null=True)),
        AddConstraintNotValid(
            model_name="invoiceline",
            constraint=models.CheckConstraint(
                condition=models.Q(used_batch_id=None, used_from_at=None, used_quantity=None, used_until_at=None)
                | models.Q(
                    used_batch_id__isnull=False,
                    used_quantity__isnull=False,
                    used_until_at__gte=models.F("used_from_at"),
                ),
                name="invoice_line_tally_is_whole",
            ),
        ),
    ]
