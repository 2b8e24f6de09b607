"""The documents are true as far as a program can tell."""

from __future__ import annotations

import re

from provider.accounts.rules.permissions import known_permissions

from .source import ROOT, excepted, inner, python_files, text_of, tracked_files

DOCS = ROOT / "docs"


def test_every_package_stands_in_the_picture() -> None:
    packages = {".".join(inner(path).parts[:-1]) for path in tracked_files() if path.name == "apps.py"}
    picture = text_of(DOCS / "architecture.md")

    assert {package for package in packages if package not in picture} == set()


def test_every_decision_is_listed() -> None:
    written = {path.name for path in tracked_files() if path.parent == DOCS / "decisions"} - {"README.md"}
    listed = set(re.findall(r"^- \[([\w-]+\.md)\]", text_of(DOCS / "decisions" / "README.md"), flags=re.MULTILINE))

    assert written == listed


def test_every_link_between_documents_leads_somewhere() -> None:
    broken = [
        f"{inner(path)}: {target}"
        for path in tracked_files()
        if path.suffix == ".md"
        for target in re.findall(r"\]\(([^)#:]+)(?:#[\w-]*)?\)", text_of(path))
        if not (path.parent / target).exists()
    ]

    assert not broken


def test_every_permission_is_asked_for_somewhere() -> None:
    table = ROOT / "provider" / "accounts" / "rules" / "permissions.py"
    elsewhere = "\n".join(text_of(path) for path in python_files() if path != table)
    elsewhere += "\n".join(text_of(path) for path in tracked_files() if "templates" in path.parts)

    assert {name for name in known_permissions() if name not in elsewhere} <= excepted("permissions_of_later_rooms")
