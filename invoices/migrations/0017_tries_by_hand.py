"""What was refused may be tried by hand: such tries are known, and the planned ones go on as they were."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("invoices", "0016_lines_know_their_events_checked")]

    operations = [
        migrations.AddField(
            "automaticpayment", "by_hand_count", models.PositiveSmallIntegerField(db_default=0, default=0)
        ),
        migrations.AddField("automaticpayment", "planned_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("paymentattempt", "is_by_hand", models.BooleanField(db_default=False, default=False)),
    ]
