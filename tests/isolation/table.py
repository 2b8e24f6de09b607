"""The written table: who gets which answer at which door.

A row of `access.toml` names a door and, for each method, the answers and who gets them; `*` is everybody who is not
named elsewhere in the line. Without a line for POST the door takes none: whoever may GET gets 405, others as for GET.

    ["team:remove"]
    GET  = { 302 = "anonymous", 405 = "*" }
    POST = { 302 = "anonymous *.owner", 404 = "stranger", 403 = "*" }

`of` names whose objects stand in the address (subscriber if left out); a door may have a row for each, as
`"team:remove@reseller"`. `args` and `data` fill what the usual objects do not.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

PATH = Path(__file__).parent / "access.toml"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What the table says of one door, with one owner's objects."""

    key: str
    door: str
    of: str
    answers: dict[str, dict[str, str]]
    args: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)

    def expected(self, method: str, *, caller: str) -> int:
        """The answer that `caller` gets."""
        if method not in self.answers:
            status = self.expected("GET", caller=caller)
            return 405 if status == 200 else status
        for status, names in self.answers[method].items():
            if any(fnmatch(caller, name) for name in names.split() if name != "*"):
                return int(status)
        return next(int(status) for status, names in self.answers[method].items() if "*" in names.split())


def rows() -> list[Row]:
    """The whole table."""
    data = tomllib.loads(PATH.read_text(encoding="utf-8"))
    return [_row(key, entry) for key, entry in data.items()]


def _row(key: str, entry: dict[str, Any]) -> Row:
    door, _, variant = key.partition("@")
    return Row(
        key=key,
        door=door,
        of=entry.get("of", variant or "subscriber"),
        answers={method: entry[method] for method in METHODS if method in entry},
        args=entry.get("args", {}),
        data=entry.get("data", {}),
    )


def in_short(answers: dict[str, int]) -> str:
    """What each caller got, as a line of the table."""
    usual = Counter(answers.values()).most_common(1)[0][0]
    by_status: dict[int, list[str]] = {}
    for caller, status in answers.items():
        by_status.setdefault(status, []).append(caller)
    parts = []
    for status, callers in sorted(by_status.items()):
        names = "*" if status == usual else " ".join(_grouped(callers, everybody=list(answers)))
        parts.append(f'{status} = "{names}"')
    return "{ " + ", ".join(parts) + " }"


def _grouped(callers: list[str], *, everybody: list[str]) -> list[str]:
    """`provider.*` where all of a portal's roles are there."""
    names: list[str] = []
    for caller in callers:
        portal = caller.partition(".")[0]
        whole = [other for other in everybody if other.startswith(f"{portal}.")]
        name = f"{portal}.*" if len(whole) > 1 and set(whole) <= set(callers) else caller
        if name not in names:
            names.append(name)
    return names
