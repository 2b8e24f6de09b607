"""Coupons are given to accounts from a day on and to a day."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("invoices", "0007_subscribers_move"),
    ]

    operations = [
        migrations.AddField(
            model_name="coupon",
            name="expires_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="coupon",
            name="starts_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        AddConstraintNotValid(
            model_name="coupon",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("starts_at", None),
                    ("expires_at", None),
                    ("expires_at__gt", models.F("starts_at")),
                    _connector="OR",
                ),
                name="coupon_is_given_for_a_while",
            ),
        ),
    ]
