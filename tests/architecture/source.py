"""The repository's own files, as the architecture tests read them: what git would commit."""

from __future__ import annotations

import ast
import subprocess
import tomllib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("provider", "plans", "prepaid_cards", "resellers", "crm_tenant", "invoices")


@cache
def tracked_files() -> tuple[Path, ...]:
    """Every file that is committed or would be with the next `git add`."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    return tuple(path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file())


@cache
def python_files() -> tuple[Path, ...]:
    """Our Python, tests and migrations aside."""
    own = (path for path in tracked_files() if path.suffix == ".py" and inner(path).parts[0] in PACKAGES)
    return tuple(path for path in own if "migrations" not in path.parts)


@cache
def templates() -> tuple[Path, ...]:
    own = (path for path in tracked_files() if "templates" in path.parts and path.suffix in (".html", ".svg"))
    return tuple(path for path in own if inner(path).parts[0] in PACKAGES)


def inner(path: Path) -> Path:
    """The path inside the repository."""
    return path.relative_to(ROOT)


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


@cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def room_of(path: Path) -> str:
    """The room that a Python file lies in: the part after its package, without the suffix."""
    parts = inner(path).with_suffix("").parts
    depth = 2 if parts[0] == "provider" else 1
    return parts[depth] if len(parts) > depth else ""


def package_of(path: Path) -> str:
    """The dotted name of the package that a file lies in, such as provider.accounts or plans."""
    parts = inner(path).parts
    return ".".join(parts[:2]) if parts[0] == "provider" and len(parts) > 2 else parts[0]


def excepted(rule: str) -> set[str]:
    """What `exceptions.toml` lists for a rule."""
    path = Path(__file__).parent / "exceptions.toml"
    return set(tomllib.loads(path.read_text(encoding="utf-8")).get(rule, []))


def assert_only_excepted(rule: str, found: set[str]) -> None:
    """What breaks a rule is exactly what is listed for it: nothing new, and nothing that is mended."""
    listed = excepted(rule)
    new, mended = sorted(found - listed), sorted(listed - found)
    assert not new, f"{rule}: " + "; ".join(new)
    assert not mended, f"{rule}: mended, so take it out of exceptions.toml: " + "; ".join(mended)
