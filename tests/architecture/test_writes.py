"""Only operations write; and they know nothing of HTTP."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from .source import assert_only_excepted, inner, package_of, python_files, room_of, tree_of

# The kernel's primitives are called by operations; embedded services make roles and databases, before there are tables.
WRITERS = ("provider.kernel", "provider.embedded")
ALWAYS = {
    "create", "get_or_create", "update_or_create", "bulk_create", "bulk_update",
    "acreate", "aupdate", "asave", "adelete",
}  # fmt: skip
_SQL_WRITE = re.compile(r"\s*(insert|update|delete|merge|copy|truncate)\b", re.IGNORECASE)


def writes_in(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The calls that write to the database, as far as their shape tells."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and _writes(call, call.func):
            yield call.lineno, call.func.attr


def _writes(call: ast.Call, func: ast.Attribute) -> bool:
    if func.attr in ALWAYS:
        return _reaches_manager(func)
    if func.attr in ("save", "delete"):
        return not call.args and not _is_super(func)
    if func.attr == "update":
        return not call.args and bool(call.keywords)
    return func.attr in ("execute", "executemany", "copy") and bool(_SQL_WRITE.match(_literal(call)))


def _reaches_manager(func: ast.AST) -> bool:
    return any(
        isinstance(node, ast.Attribute) and (node.attr in ("objects", "create_user") or node.attr.endswith("_manager"))
        for node in ast.walk(func)
    ) or isinstance(getattr(func, "value", None), ast.Attribute)


def _is_super(func: ast.AST) -> bool:
    value = getattr(func, "value", None)
    return isinstance(value, ast.Call) and getattr(value.func, "id", "") == "super"


def _literal(call: ast.Call) -> str:
    """The beginning of the statement, as far as it is written there."""
    first = call.args[0] if call.args else None
    if isinstance(first, ast.JoinedStr) and first.values:
        first = first.values[0]
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""


def test_only_operations_write() -> None:
    found = {
        f"{inner(path)} {name}"
        for path in python_files()
        if package_of(path) not in WRITERS and room_of(path) != "operations"
        for _, name in writes_in(tree_of(path))
    }

    assert_only_excepted("writes", found)


@pytest.mark.parametrize(
    "line",
    [
        "Account.objects.create(name=name)",
        "account.members.get_or_create(user=user)",
        "account.save(update_fields=['name'])",
        "rows.update(status=status)",
        "Account.objects.filter(pk=1).delete()",
        "cursor.execute('insert into accounts_account values (1)')",
        "cursor.execute(f'UPDATE {table} set a = 1')",
    ],
)
def test_a_write_is_recognised(line: str) -> None:
    assert list(writes_in(ast.parse(line)))


@pytest.mark.parametrize(
    "line",
    [
        "facts.update(other)",
        "cache.delete(key)",
        "cursor.execute('select 1')",
        "storage.save(name, content)",
        "create(x)",
    ],
)
def test_what_is_no_write_is_left_alone(line: str) -> None:
    assert not list(writes_in(ast.parse(line)))


HTTP = ("django.http", "django.shortcuts", "django.template", "django.urls", "django.contrib.messages", "django.forms")


def imports_of(path: Path) -> set[str]:
    """The modules that a file imports, in full."""
    names: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return names


def test_what_decides_knows_nothing_of_pages() -> None:
    found = {
        f"{inner(path)} {name}"
        for path in python_files()
        if room_of(path) in ("operations", "queries", "models", "rules", "events", "errors", "gateways")
        for name in imports_of(path)
        if name in HTTP
    }

    assert_only_excepted("pages_below_the_doors", found)
