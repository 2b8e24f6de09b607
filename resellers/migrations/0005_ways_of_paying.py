"""Ways to pay in Taiwan and Hong Kong."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("resellers", "0004_names_per_language"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="sale",
            name="sale_way_of_paying_known",
        ),
        migrations.AlterField(
            model_name="sale",
            name="paid_by",
            field=models.CharField(
                choices=[
                    ("cash", "Cash"),
                    ("wechat_pay", "WeChat Pay"),
                    ("alipay", "Alipay"),
                    ("bank_card", "Bank card"),
                    ("credit", "Credit card"),
                    ("line_pay", "LINE Pay"),
                    ("jkopay", "JKOPAY"),
                    ("easycard", "EasyCard"),
                    ("octopus", "Octopus"),
                    ("fps", "FPS"),
                    ("other", "Other"),
                ],
                max_length=10,
            ),
        ),
        AddConstraintNotValid(
            model_name="sale",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "paid_by__in",
                        [
                            "cash",
                            "wechat_pay",
                            "alipay",
                            "bank_card",
                            "credit",
                            "line_pay",
                            "jkopay",
                            "easycard",
                            "octopus",
                            "fps",
                            "other",
                        ],
                    )
                ),
                name="sale_way_of_paying_known",
            ),
        ),
    ]
