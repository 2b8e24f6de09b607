from django.db import migrations, models


class Migration(migrations.Migration):
    """Why the last try of a job was refused, for whoever waits for it."""

    dependencies = [("kernel", "0006_audit_by_time")]

    operations = [
        migrations.AddField(model_name="job", name="refusal", field=models.JSONField(null=True)),
    ]
