from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The fraud desk reads the newest tries first."""

    atomic = False
    dependencies = [("prepaid_cards", "0005_campaigns")]

    operations = [
        AddIndexConcurrently(
            model_name="redemptionattempt",
            index=models.Index(fields=["-at", "-id"], name="attempt_newest"),
        ),
    ]
