"""Balances, and the accounts that have a coupon, are listed newest first without sorting all of them."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # while they are built, accounts go on being topped up and given coupons

    dependencies = [("invoices", "0013_automatic_payment")]

    operations = [
        AddIndexConcurrently(
            model_name="balancelot",
            index=models.Index(fields=["-topped_up_at", "-id"], name="balance_newest"),
        ),
        AddIndexConcurrently(
            model_name="appliedcoupon",
            index=models.Index(fields=["coupon", "-applied_at", "-id"], name="coupon_holders_newest"),
        ),
    ]
