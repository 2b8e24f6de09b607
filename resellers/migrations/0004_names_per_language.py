"""What a sold card was called in each language; receipts that are there keep their name for all."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("resellers", "0003_shipments_before_terms"),
    ]

    operations = [
        migrations.AddField(
            model_name="saleline",
            name="product_name_hans",
            field=models.CharField(blank=True, db_default="", default="", max_length=120),
        ),
        migrations.AddField(
            model_name="saleline",
            name="product_name_hant",
            field=models.CharField(blank=True, db_default="", default="", max_length=120),
        ),
    ]
