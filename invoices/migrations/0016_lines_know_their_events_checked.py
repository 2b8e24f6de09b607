"""What 0015 asks of new lines holds of all of them."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("invoices", "0015_lines_know_their_events")]

    operations = [ValidateConstraint(model_name="invoiceline", name="invoice_line_tally_is_whole")]
