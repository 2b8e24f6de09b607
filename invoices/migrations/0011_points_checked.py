"""Uses of balances that were there before are checked too, without holding their table."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("invoices", "0010_points")]

    operations = [ValidateConstraint(model_name="balanceuse", name="balance_use_names_invoice")]
