"""What a kind of card is called in each language; rows that are there keep their name for all."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("prepaid_cards", "0013_replacements"),
    ]

    operations = [
        migrations.AddField(
            model_name="cardproduct",
            name="name_hans",
            field=models.CharField(blank=True, db_default="", default="", max_length=120),
        ),
        migrations.AddField(
            model_name="cardproduct",
            name="name_hant",
            field=models.CharField(blank=True, db_default="", default="", max_length=120),
        ),
    ]
