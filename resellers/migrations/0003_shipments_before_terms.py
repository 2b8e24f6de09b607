import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("resellers", "0002_shipments_and_sales"),
    ]

    operations = [
        migrations.AlterField(
            model_name="stocktransfer",
            name="agreement",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="transfers",
                to="resellers.agreement",
            ),
        ),
    ]
