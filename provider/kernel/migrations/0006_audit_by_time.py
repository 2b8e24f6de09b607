from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    """The history is read in the order of the times that it shows."""

    atomic = False
    dependencies = [("kernel", "0005_files")]

    operations = [
        AddIndexConcurrently(
            model_name="auditrow",
            index=models.Index(F("at").desc(), F("id").desc(), name="audit_by_time"),
        ),
        AddIndexConcurrently(
            model_name="auditrow",
            index=models.Index(
                F("account_id"),
                F("at").desc(),
                F("id").desc(),
                name="audit_of_account_by_time",
                condition=Q(account_id__isnull=False),
            ),
        ),
    ]
