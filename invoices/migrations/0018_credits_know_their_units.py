"""Credit for usage that was taken back keeps of how many units it is, so that late lines charge the others.

What stands already has none: it was credited by its amount alone.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("invoices", "0017_tries_by_hand")]

    operations = [
        migrations.AddField(
            "creditnoteline",
            "units",
            models.DecimalField(blank=True, decimal_places=8, max_digits=24, null=True),
        ),
        migrations.AddField("creditnoteline", "used_batch_id", models.BigIntegerField(blank=True, null=True)),
    ]
