import django.contrib.postgres.indexes
from django.db import migrations

import provider.accounts.models.search

_KB = 512

_NAMES = ("account_search", "account_search_bytes", "user_search", "user_search_bytes")
_BOUND = "".join(f"alter index {name} set (gin_pending_list_limit = {_KB});" for name in _NAMES)
_UNBOUND = "".join(f"alter index {name} reset (gin_pending_list_limit);" for name in _NAMES)


def _declared(model: str) -> list[migrations.operations.base.Operation]:
    """What the model says of its two indexes; the database has them and needs no more than their setting."""
    letters = django.contrib.postgres.indexes.GinIndex(
        fields=["search_text"],
        gin_pending_list_limit=_KB,
        name=f"{model}_search",
        opclasses=["gin_trgm_ops"],
    )
    searched = provider.accounts.models.search.SearchBytes("search_text")
    any_bytes = django.contrib.postgres.indexes.GinIndex(
        django.contrib.postgres.indexes.OpClass(searched, name="gin_trgm_ops"),
        gin_pending_list_limit=_KB,
        name=f"{model}_search_bytes",
    )
    return [
        operation
        for index in (letters, any_bytes)
        for operation in (
            migrations.RemoveIndex(model_name=model, name=index.name),
            migrations.AddIndex(model_name=model, index=index),
        )
    ]


class Migration(migrations.Migration):
    """Rows that wait outside an index are read by each search: at most half a megabyte of them instead of four."""

    dependencies = [("accounts", "0003_erasure")]

    operations = [
        migrations.RunSQL(_BOUND, _UNBOUND, state_operations=[*_declared("account"), *_declared("user")]),
    ]
