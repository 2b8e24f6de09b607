"""What this house does not do, however handy it is elsewhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

from .source import assert_only_excepted, inner, python_files, text_of, tree_of
from .test_writes import imports_of


def our_models() -> list[type[models.Model]]:
    """Every model of ours."""
    own = [config for config in apps.get_app_configs() if not config.name.startswith(("django", "allauth"))]
    return [model for config in own for model in config.get_models()]


def test_no_signals_because_nobody_sees_who_listens() -> None:
    found = {
        f"{inner(path)} {name}"
        for path in python_files()
        for name in imports_of(path)
        if (".signals" in name or name.startswith("django.dispatch")) and not name.startswith("celery")
    }

    assert_only_excepted("signals", found)


def test_no_model_overrides_saving_because_mass_work_passes_it_by() -> None:
    found = {
        f"{inner(path)} {model.name}.{method.name}"
        for path in python_files()
        for model in ast.walk(tree_of(path))
        if isinstance(model, ast.ClassDef) and any("Model" in ast.unparse(base) for base in model.bases)
        for method in model.body
        if isinstance(method, ast.FunctionDef) and method.name in ("save", "delete", "full_clean")
    }

    assert_only_excepted("save_overrides", found)


@pytest.mark.parametrize("habit", ["default=timezone.now", "auto_now=", "auto_now_add=", "default=datetime"])
def test_no_field_reads_the_clock(habit: str) -> None:
    found = {str(inner(path)) for path in python_files() if habit in text_of(path)}

    assert_only_excepted("clock_in_fields", found)


def test_amounts_are_whole_numbers_of_minor_units() -> None:
    wrong = [
        f"{model.__name__}.{field.name}"
        for model in our_models()
        for field in model._meta.get_fields()
        if field.name.endswith("_minor") and not isinstance(field, models.IntegerField)
    ]

    assert not wrong


def test_every_amount_stands_beside_its_currency() -> None:
    def names(model: type[models.Model]) -> set[str]:
        return {field.name for field in model._meta.get_fields()}

    alone = {
        model.__name__
        for model in our_models()
        if any(name.endswith("_minor") for name in names(model))
        and not any(name == "currency" or name.endswith("_currency") for name in names(model))
    }

    assert_only_excepted("amounts_without_currency", alone)


def test_no_model_keeps_a_float() -> None:
    found = [
        f"{model.__name__}.{field.name}"
        for model in our_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.FloatField)
    ]

    assert not found


def floats_in(path: Path) -> Iterator[int]:
    """The lines on which a file makes or names a float."""
    for node in ast.walk(tree_of(path)):
        is_literal = isinstance(node, ast.Constant) and isinstance(node.value, float)
        is_call = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "float"
        if is_literal or is_call:
            yield node.lineno  # type: ignore[attr-defined]


def test_no_float_where_money_is_computed() -> None:
    money = [path for path in python_files() if "_minor" in text_of(path) or "kernel.money" in text_of(path)]

    assert_only_excepted("floats_near_money", {str(inner(path)) for path in money if any(floats_in(path))})


def test_a_day_is_written_as_the_browser_reads_it_in_every_language() -> None:
    widgets = [
        (inner(path), call)
        for path in python_files()
        for call in ast.walk(tree_of(path))
        if isinstance(call, ast.Call) and ast.unparse(call.func) in ("forms.DateInput", "DateInput")
    ]
    found = {str(path) for path, call in widgets if not any(word.arg == "format" for word in call.keywords)}

    assert widgets
    assert found == set(), 'A date\'s field stays empty in Chinese without format="%Y-%m-%d".'
