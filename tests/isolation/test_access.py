"""Who gets which answer at which door, as `access.toml` says; and nobody sees another tenant's data."""

from __future__ import annotations

from uuid import uuid4

import pytest

from provider.accounts.rules.permissions import known_permissions
from provider.kernel.doors import PUBLIC, SIGNED_IN
from tests.architecture.source import assert_only_excepted

from .doors import Door, all_doors
from .knock import Answer, knock, strange_markers
from .table import METHODS, Row, in_short, rows
from .world import Caller, World

pytestmark = pytest.mark.slow

DOORS = {door.key: door for door in all_doors()}
ROWS = [row for row in rows() if row.door in DOORS]


def callers_of(door: Door, world: World) -> dict[str, Caller]:
    """Keys call the API, people all the rest."""
    return world.keys if door.is_api else world.people


def test_every_door_is_in_the_table_and_every_row_has_its_door() -> None:
    known = {row.door for row in rows()}

    assert sorted(known - DOORS.keys()) == [], "rows without a door"
    assert_only_excepted("doors_without_row", set(DOORS.keys() - known))


def test_no_row_takes_a_crash_for_an_answer() -> None:
    statuses = {row.key: {int(status) for answers in row.answers.values() for status in answers} for row in rows()}

    assert {key: answers for key, answers in statuses.items() if max(answers) >= 500} == {}


def test_every_door_says_who_may_come_in() -> None:
    silent = {door.key for door in DOORS.values() if door.is_ours and not hasattr(door.view, "access")}

    assert_only_excepted("silent_doors", silent)


def test_every_door_asks_for_a_permission_that_somebody_has() -> None:
    known = known_permissions() | {PUBLIC, SIGNED_IN, None}
    asked = {key: getattr(door.view, "access", None) for key, door in DOORS.items() if not door.is_api}

    assert {key: access for key, access in asked.items() if access not in known} == {}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
def test_door(row: Row, world: World, request: pytest.FixtureRequest) -> None:
    door = DOORS[row.door]
    faults = []
    for method in ["GET", "POST", *(method for method in METHODS[2:] if method in row.answers)]:
        got = {name: knock(door=door, row=row, method=method, caller=caller, world=world)
               for name, caller in _asked(row, method, world).items()}  # fmt: skip
        faults += [fault for name, answer in got.items() if (fault := _fault(row, method, name, answer, world))]
        if faults and request.config.getoption("--propose", default=False):
            print(f"{method} = {in_short({name: answer.status for name, answer in got.items()})}")  # noqa: T201

    assert not faults, "\n".join(faults)


def _asked(row: Row, method: str, world: World) -> dict[str, Caller]:
    """Everybody; but where the door takes no such method, one who may come in and one stranger tell as much."""
    callers = callers_of(DOORS[row.door], world)
    if method in row.answers:
        return callers
    welcome = [name for name in callers if row.expected("GET", caller=name) == 200]
    return {name: callers[name] for name in {"anonymous", *welcome[-1:]}}


def _fault(row: Row, method: str, name: str, answer: Answer, world: World) -> str:
    caller = callers_of(DOORS[row.door], world)[name]
    expected = row.expected(method, caller=name)
    if answer.status != expected:
        return f"{method} by {name}: {answer.status} {answer.location}, the table says {expected}"
    if strange := strange_markers(answer, caller=caller):
        return f"{method} by {name}: shows data of {', '.join(sorted(strange))}"
    if answer.is_refusal and answer.has_acted:
        return f"{method} by {name}: refused with {answer.status}, and yet something was recorded"
    return ""


GUARDED = [row for row in ROWS if any(name.endswith("_id") for name in DOORS[row.door].params) and not row.args]


@pytest.mark.parametrize("row", GUARDED, ids=lambda row: row.key)
def test_absent_and_not_yours_are_the_same_answer(row: Row, world: World) -> None:
    door = DOORS[row.door]
    absent = Row(
        key=row.key,
        door=row.door,
        of=row.of,
        answers=row.answers,
        args={name: uuid4() if name.endswith("_id") else world.objects[row.of].get(name) for name in door.params},
    )
    for name, caller in callers_of(door, world).items():
        if row.expected("GET", caller=name) in (200, 404):
            answer = knock(door=door, row=absent, method="GET", caller=caller, world=world)
            assert answer.status == 404, f"{name} gets {answer.status} for what does not exist"
