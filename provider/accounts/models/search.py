"""What lists are searched in: one text of a row, in letters that compare alike."""

from __future__ import annotations

from typing import Final

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Value
from django.db.models.functions import Coalesce, Concat, Lower

# New rows wait in a list before they come into an index, and each search reads that list from end to end: PostgreSQL's
# four megabytes of it would cost more than the index saves.
PENDING_KB: Final = 512


class SearchBytes(models.Func):
    """A text as the hexadecimal digits of its bytes. Trigrams of these find what trigrams of letters cannot: Chinese,
    which pg_trgm drops in the C collation, and words of one or two letters."""

    function = "search_bytes"
    output_field = models.TextField()


def search_text(*fields: str) -> models.GeneratedField:
    """What the one search box looks through: the fields in small letters, a line each."""
    lines = [part for field in fields for part in (Coalesce(F(field), Value("")), Value("\n"))][:-1]
    expression = Lower(Concat(*lines, output_field=models.TextField()))
    return models.GeneratedField(expression=expression, output_field=models.TextField(), db_persist=True)


def search_indexes(table: str) -> list[models.Index]:
    """For the beginning of a name, for any part of the text, and for parts that have no trigrams of letters."""
    return [
        models.Index(OpClass(Lower("name"), name="text_pattern_ops"), name=f"{table}_name_begins"),
        GinIndex(
            fields=["search_text"],
            opclasses=["gin_trgm_ops"],
            gin_pending_list_limit=PENDING_KB,
            name=f"{table}_search",
        ),
        GinIndex(
            OpClass(SearchBytes("search_text"), name="gin_trgm_ops"),
            gin_pending_list_limit=PENDING_KB,
            name=f"{table}_search_bytes",
        ),
    ]
