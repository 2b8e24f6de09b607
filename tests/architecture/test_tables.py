"""What every table and every migration of ours has."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.contrib.postgres.operations import AddIndexConcurrently, NotInTransactionMixin
from django.db import connection
from django.db.migrations import Migration
from django.db.migrations import operations as steps
from django.db.migrations.loader import MigrationLoader
from django.db.models import Field

from .source import assert_only_excepted
from .test_habits import our_models


def our_labels() -> set[str]:
    """The labels of our own apps."""
    return {config.label for config in apps.get_app_configs() if not config.name.startswith(("django", "allauth"))}


def our_migrations() -> list[Migration]:
    """Every migration of ours."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return [migration for (label, _), migration in loader.disk_migrations.items() if label in our_labels()]


@pytest.mark.django_db
def test_every_table_of_a_workspace_stands_behind_the_second_wall() -> None:
    tables = [
        model._meta.db_table
        for model in our_models()
        if any(getattr(field, "column", "") == "workspace_id" for field in model._meta.get_fields())
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "select relname from pg_class where relname = any(%s) and relrowsecurity and relforcerowsecurity", [tables]
        )
        walled = {name for (name,) in cursor.fetchall()}

    assert set(tables) == walled


def test_every_app_has_one_last_migration() -> None:
    graph = MigrationLoader(None, ignore_no_migrations=True).graph
    leaves = {label: [name for _, name in graph.leaf_nodes(label)] for label in our_labels()}

    assert {label: names for label, names in leaves.items() if len(names) > 1} == {}


def unsafe_steps(migration: Migration) -> list[str]:
    """The steps that lock, or break the running code, on a table that may be full and in use."""
    singles = [one for step in migration.operations for one in getattr(step, "operations", [step])]
    made = {one.name_lower for one in singles if isinstance(one, steps.CreateModel)}
    return [why for step in migration.operations if (why := _why_unsafe(step, made))]


def _why_unsafe(step: steps.base.Operation, made: set[str]) -> str:
    table = getattr(step, "model_name_lower", getattr(step, "name_lower", ""))
    if table in made:
        return ""
    if isinstance(step, steps.AddIndex) and not isinstance(step, AddIndexConcurrently):
        return f"AddIndex on {table}: AddIndexConcurrently does not lock it"
    if type(step) is steps.AddConstraint:
        return f"AddConstraint on {table}: AddConstraintNotValid, then ValidateConstraint in the next migration"
    if isinstance(step, steps.RemoveField | steps.DeleteModel | steps.RenameField | steps.RenameModel):
        return f"{type(step).__name__} on {table}: the code that runs meanwhile still uses it"
    if isinstance(step, steps.AddField) and not _may_be_left_out(step.field):
        return f"AddField {step.name} on {table}: give it a db_default, the code that runs meanwhile leaves it out"
    return ""


def _may_be_left_out(field: Field[Any, Any]) -> bool:
    """Whether code that does not know the field can go on writing rows; a many-to-many is a table of its own."""
    return bool(field.many_to_many) or field.null or field.has_db_default()


def test_a_migration_neither_locks_a_full_table_nor_breaks_the_running_code() -> None:
    found = {f"{one.app_label}.{one.name}: {why}" for one in our_migrations() for why in unsafe_steps(one)}

    assert_only_excepted("unsafe_migrations", found)


def test_what_runs_concurrently_runs_outside_a_transaction() -> None:
    wrong = [
        f"{migration.app_label}.{migration.name}"
        for migration in our_migrations()
        if migration.atomic and any(isinstance(step, NotInTransactionMixin) for step in migration.operations)
    ]

    assert not wrong
