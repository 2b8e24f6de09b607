"""One text to search through per account and person, found by letters and, for Chinese and short words, by bytes."""

import django.contrib.postgres.indexes
import django.db.models.functions.comparison
import django.db.models.functions.text
from django.db import migrations, models

import provider.accounts.models

# Immutable, so that an index may rest on it: the encoding of a database never changes.
MAKE_SEARCH_BYTES = """
create function search_bytes(given text) returns text language sql immutable strict parallel safe
return encode(convert_to(given, 'UTF8'), 'hex')
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_search"),
    ]

    operations = [
        migrations.RunSQL(MAKE_SEARCH_BYTES, "drop function search_bytes(text)"),
        migrations.RemoveIndex(
            model_name="account",
            name="account_tax_id",
        ),
        migrations.RemoveIndex(
            model_name="account",
            name="account_name_parts",
        ),
        migrations.RemoveIndex(
            model_name="account",
            name="account_company_name_parts",
        ),
        migrations.RemoveIndex(
            model_name="account",
            name="account_email_parts",
        ),
        migrations.RemoveIndex(
            model_name="account",
            name="account_name_like",
        ),
        migrations.RemoveIndex(
            model_name="user",
            name="user_name_parts",
        ),
        migrations.RemoveIndex(
            model_name="user",
            name="user_email_parts",
        ),
        migrations.AddField(
            model_name="account",
            name="search_text",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.functions.text.Lower(
                    django.db.models.functions.text.Concat(
                        django.db.models.functions.comparison.Coalesce(models.F("name"), models.Value("")),
                        models.Value("\n"),
                        django.db.models.functions.comparison.Coalesce(models.F("company_name"), models.Value("")),
                        models.Value("\n"),
                        django.db.models.functions.comparison.Coalesce(models.F("email"), models.Value("")),
                        models.Value("\n"),
                        django.db.models.functions.comparison.Coalesce(models.F("tax_id"), models.Value("")),
                        output_field=models.TextField(),
                    )
                ),
                output_field=models.TextField(),
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="search_text",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.functions.text.Lower(
                    django.db.models.functions.text.Concat(
                        django.db.models.functions.comparison.Coalesce(models.F("name"), models.Value("")),
                        models.Value("\n"),
                        django.db.models.functions.comparison.Coalesce(models.F("email"), models.Value("")),
                        models.Value("\n"),
                        django.db.models.functions.comparison.Coalesce(models.F("phone"), models.Value("")),
                        output_field=models.TextField(),
                    )
                ),
                output_field=models.TextField(),
            ),
        ),
        migrations.AddIndex(
            model_name="account",
            index=models.Index(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Lower("name"), name="text_pattern_ops"
                ),
                name="account_name_begins",
            ),
        ),
        migrations.AddIndex(
            model_name="account",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["search_text"], name="account_search", opclasses=["gin_trgm_ops"]
            ),
        ),
        migrations.AddIndex(
            model_name="account",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    provider.accounts.models.SearchBytes("search_text"), name="gin_trgm_ops"
                ),
                name="account_search_bytes",
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Lower("name"), name="text_pattern_ops"
                ),
                name="user_name_begins",
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["search_text"], name="user_search", opclasses=["gin_trgm_ops"]
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    provider.accounts.models.SearchBytes("search_text"), name="gin_trgm_ops"
                ),
                name="user_search_bytes",
            ),
        ),
    ]
