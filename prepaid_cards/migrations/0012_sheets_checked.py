"""Exports that were there before the sheets are checked too, without holding their table."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("prepaid_cards", "0011_sheets")]

    operations = [ValidateConstraint(model_name="cardexport", name="card_export_on_sheets_has_a_language")]
