"""Each import contract is seen to fail: on a copy of the tree, one breach at a time, and exactly that contract."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .source import PACKAGES, ROOT, tracked_files

CONTRACTS = [
    contract["name"]
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
]

# By the contract's name up to its colon: files to add to, and what to add.
BREACHES: dict[str, list[dict[str, str]]] = {
    "Storeys": [
        {"plans/queries.py": "import invoices.errors\n"},
        {"provider/kernel/apps.py": "import provider.accounts.apps\n"},
        {"crm_tenant/queries.py": "import invoices.errors\n"},
        {"prepaid_cards/queries.py": "import resellers.errors\n"},
        {"resellers/queries.py": "import provider.console.apps\n"},
        {"provider/portal/queries.py": "import provider.console.apps\n"},
        {"provider/console/queries.py": "import provider.workshop.apps\n"},
        {"provider/look/apps.py": "import provider.embedded\n"},
    ],
    "Rooms": [
        {"provider/api/errors.py": "import provider.api.queries\n", "provider/api/queries.py": ""},
        {"plans/models.py": "import plans.operations.shelf\n", "plans/operations/shelf.py": ""},
        {"invoices/gateways/bank.py": "import invoices.operations.shelf\n", "invoices/operations/shelf.py": ""},
        {"provider/api/queries.py": "import provider.api.flows.shelf\n", "provider/api/flows/shelf.py": ""},
        {"plans/utils.py": ""},
        {"provider/accounts/services.py": ""},
    ],
    "Doors": [
        {"invoices/views.py": "import plans.tasks\n", "plans/tasks.py": ""},
        {"provider/console/views/home.py": "import provider.accounts.views.team\n"},
    ],
    "Forms": [{"invoices/views.py": "import plans.forms\n", "plans/forms.py": ""}],
    "Verbs of plans": [
        {"resellers/operations/shelf.py": "import plans.operations.shelf\n", "plans/operations/shelf.py": ""},
    ],
    "Kernel": [
        {"provider/kernel/models/jobs.py": "import provider.kernel.audit\n"},
        {"provider/kernel/audit.py": "import provider.kernel.outbox\n"},
        {"provider/kernel/media.py": "import provider.kernel.models\n"},
        {"provider/kernel/shelf.py": ""},
    ],
    "Rules are pure": [
        {"plans/rules/shelf.py": "import django\n"},
        {"provider/accounts/rules/shelf.py": "import stripe\n"},
    ],
    "Network": [{"invoices/operations/shelf.py": "import stripe\n"}],
}  # fmt: skip


def test_every_contract_has_a_planted_breach() -> None:
    assert {name.split(":")[0] for name in CONTRACTS} == set(BREACHES)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree's Python, once for all breaches."""
    target = tmp_path_factory.mktemp("house")
    for path in tracked_files():
        place = path.relative_to(ROOT)
        if (place.parts[0] in (*PACKAGES, "tests") and path.suffix == ".py") or place.name == "pyproject.toml":
            (target / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target / place)
    return target


def broken_contracts(tree: Path) -> set[str]:
    command = [
        sys.executable,
        "-c",
        "import sys; from importlinter.cli import lint_imports_command as main; main()",
        "--no-cache",
    ]
    answer = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
    assert "Contracts:" in answer.stdout, answer.stdout + answer.stderr
    return {line.split(":")[0] for line in answer.stdout.splitlines() if line.endswith(" BROKEN")}


def _place(tree: Path, name: str) -> Path:
    """The module, or the package that it has grown into since: a file of the same name beside it is never imported."""
    grown = tree / name.removesuffix(".py") / "__init__.py"
    return grown if grown.exists() else tree / name


@contextmanager
def planted(tree: Path, breach: dict[str, str]) -> Iterator[None]:
    """Add the breach to the tree, and take it away again."""
    before: dict[Path, str | None] = {}
    made: list[Path] = []
    for name, text in breach.items():
        path = _place(tree, name)
        if not path.parent.exists():
            path.parent.mkdir()
            (path.parent / "__init__.py").touch()
            made.append(path.parent)
        before[path] = path.read_text() if path.exists() else None
        path.write_text((before[path] or "") + text)
    try:
        yield
    finally:
        for path, content in before.items():
            path.unlink() if content is None else path.write_text(content)
        for folder in made:
            shutil.rmtree(folder)


def test_the_copy_keeps_every_contract(copy: Path) -> None:
    assert broken_contracts(copy) == set()


@pytest.mark.parametrize(
    ("contract", "breach"), [(name, breach) for name, breaches in BREACHES.items() for breach in breaches]
)
def test_a_breach_breaks_exactly_its_contract(copy: Path, contract: str, breach: dict[str, str]) -> None:
    with planted(copy, breach):
        assert broken_contracts(copy) == {contract}
