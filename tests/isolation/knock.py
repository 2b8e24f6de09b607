"""One call at one door, undone afterwards."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from provider.kernel.models import AuditRow

from .doors import Door
from .table import Row
from .world import MARKERS, Caller, World

_addresses = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, and what was left behind."""

    status: int
    location: str
    body: str
    has_acted: bool

    @property
    def is_refusal(self) -> bool:
        """Sent away, to sign in or for good."""
        return self.status >= 400 or "/auth/login" in self.location


def knock(*, door: Door, row: Row, method: str, caller: Caller, world: World) -> Answer:
    """Call the door as `caller`, each time from another network address so that no limit is met."""
    number = next(_addresses)
    address = f"2001:db8:{number >> 16:x}:{number & 0xFFFF:x}::1"  # a network of its own
    with transaction.atomic():
        before = AuditRow.objects.count()
        call: Any = getattr(caller.client(), method.lower())
        given: dict[str, Any] = {} if method == "GET" else {"data": row.data}
        if door.is_api and given:
            given["content_type"] = "application/json"
        url = door.url(arguments(door, row=row, world=world))
        response = call(url, REMOTE_ADDR=address, headers=caller.headers, **given)
        body = b"".join(response) if response.streaming else response.content
        answer = Answer(
            status=response.status_code,
            location=response.get("Location", ""),
            body=body.decode("utf-8", "replace"),
            has_acted=AuditRow.objects.count() != before,
        )
        transaction.set_rollback(True)
    return answer


def arguments(door: Door, *, row: Row, world: World) -> dict[str, Any]:
    """What stands in the address: the row's own arguments, else the usual objects of the owner it names."""
    usual = world.objects[row.of]
    wanted = {name: row.args.get(name, usual.get(name)) for name in door.params}
    lacking = [name for name, value in wanted.items() if value is None]
    assert not lacking, f"{row.key}: no object for {', '.join(lacking)}; add it to world.py or give args in the row"
    return {name: usual.get(value, value) if isinstance(value, str) else value for name, value in wanted.items()}


def strange_markers(answer: Answer, *, caller: Caller) -> set[str]:
    """The markers on the page that this caller may not see."""
    return {marker for marker in MARKERS.values() if marker in answer.body} - caller.may_see
