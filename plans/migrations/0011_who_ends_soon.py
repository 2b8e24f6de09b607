from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("plans", "0010_grace_that_nobody_pays"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="accessspell",
            index=models.Index(
                condition=models.Q(("until_at", None)), fields=["ends_at", "id"], name="access_that_ends"
            ),
        ),
    ]
