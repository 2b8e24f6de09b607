"""What has expired is found every hour, without reading every balance."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # while it is built, accounts go on being topped up

    dependencies = [("invoices", "0011_points_checked")]

    operations = [
        AddIndexConcurrently(
            model_name="balancelot",
            index=models.Index(
                condition=models.Q(("expires_at__isnull", False)), fields=["expires_at"], name="balance_by_expiry"
            ),
        )
    ]
