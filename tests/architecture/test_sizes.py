"""A function fits on a screen, a file in a head. Below the limit nothing is measured; above it nothing is added."""

from __future__ import annotations

import ast
from pathlib import Path

from .source import assert_only_excepted, inner, python_files, text_of, tracked_files, tree_of

LINES_OF_A_FUNCTION = 70
LINES_OF_A_FILE = 500


def _all_python() -> list[Path]:
    tests = [path for path in tracked_files() if path.suffix == ".py" and inner(path).parts[0] == "tests"]
    return [*python_files(), *tests]


def test_no_function_grows_past_seventy_lines() -> None:
    found = {
        f"{inner(path)} {node.name}"
        for path in _all_python()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= LINES_OF_A_FUNCTION
    }

    assert_only_excepted("long_functions", found)


def test_no_file_grows_past_five_hundred_lines() -> None:
    found = {str(inner(path)) for path in _all_python() if len(text_of(path).splitlines()) > LINES_OF_A_FILE}

    assert_only_excepted("long_files", found)
