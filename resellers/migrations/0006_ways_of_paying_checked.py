"""Sales that were there before are checked too, without holding their table."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("resellers", "0005_ways_of_paying")]

    operations = [ValidateConstraint(model_name="sale", name="sale_way_of_paying_known")]
