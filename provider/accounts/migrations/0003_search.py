"""Indexes for the one search box: parts of names and addresses, also with a slip of the finger."""

import django.contrib.postgres.indexes
import django.db.models.functions.text
from django.contrib.postgres.operations import AddIndexConcurrently, TrigramExtension
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # an index is made beside the work that goes on
    dependencies = [
        ("accounts", "0002_first_regions"),
    ]

    operations = [
        TrigramExtension(),
        AddIndexConcurrently(
            model_name="account",
            index=models.Index(fields=["parent", "-created_at", "-id"], name="account_of_parent"),
        ),
        AddIndexConcurrently(
            model_name="account",
            index=models.Index(
                condition=models.Q(("tax_id", ""), _negated=True), fields=["tax_id"], name="account_tax_id"
            ),
        ),
        AddIndexConcurrently(
            model_name="account",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("name"), name="gin_trgm_ops"
                ),
                name="account_name_parts",
            ),
        ),
        AddIndexConcurrently(
            model_name="account",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("company_name"), name="gin_trgm_ops"
                ),
                name="account_company_name_parts",
            ),
        ),
        AddIndexConcurrently(
            model_name="account",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("email"), name="gin_trgm_ops"
                ),
                name="account_email_parts",
            ),
        ),
        AddIndexConcurrently(
            model_name="account",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass("name", name="gin_trgm_ops"), name="account_name_like"
            ),
        ),
        AddIndexConcurrently(
            model_name="user",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("name"), name="gin_trgm_ops"
                ),
                name="user_name_parts",
            ),
        ),
        AddIndexConcurrently(
            model_name="user",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("email"), name="gin_trgm_ops"
                ),
                name="user_email_parts",
            ),
        ),
    ]
