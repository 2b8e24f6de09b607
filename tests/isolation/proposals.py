"""Not a test: asks the doors that the table lacks, and prints what they answered."""

from __future__ import annotations

from .doors import Door
from .knock import knock
from .table import METHODS, Row, in_short, rows
from .test_access import DOORS, callers_of
from .world import World


def test_propose_rows(world: World) -> None:
    known = {row.door for row in rows()}
    for key in sorted(DOORS.keys() - known):
        print("\n".join(["", f'["{key}"]', *_lines(DOORS[key], world)]))  # noqa: T201


def _lines(door: Door, world: World) -> list[str]:
    row = Row(key=door.key, door=door.key, of="subscriber", answers={})
    lacking = [name for name in door.params if name not in world.objects["subscriber"]]
    if lacking:
        return [f"# needs args = {{ {', '.join(lacking)} }}"]
    lines = []
    for method in METHODS if door.is_api else METHODS[:2]:
        answers = {
            name: knock(door=door, row=row, method=method, caller=caller, world=world).status
            for name, caller in callers_of(door, world).items()
        }
        if method in METHODS[:2] or set(answers.values()) != {405}:
            lines.append(f"{method} = {in_short(answers)}")
    return lines
