"""What 0008 asks of new coupons holds of all of them."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("invoices", "0008_coupons_for_a_while"),
    ]

    operations = [
        ValidateConstraint(model_name="coupon", name="coupon_is_given_for_a_while"),
    ]
