"""What an export holds: a part for each kind of row, and how a value stands in a spreadsheet."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from provider.kernel.errors import N_

Kind = Literal["text", "several", "instant", "data", "only_json"]


@dataclass(frozen=True, slots=True)
class Column:
    """A value of a row: its key in the JSON, its heading in the CSV, and where it is read from."""

    key: str
    heading: str
    path: str = ""  # the key, where it is empty
    kind: Kind = "text"

    @property
    def source(self) -> str:
        return self.path or self.key


def _own(*names: tuple[str, str]) -> list[Column]:
    return [Column(key, heading) for key, heading in names]


def _named(*names: tuple[str, str]) -> list[Column]:
    """References, by the name of what they refer to; the JSON has the id too."""
    found = []
    for key, heading in names:
        found += [Column(key, heading, f"{key}__name"), Column(f"{key}_id", "", kind="only_json")]
    return found


def _instants(*names: tuple[str, str]) -> list[Column]:
    return [Column(key, heading, kind="instant") for key, heading in names]


def _hidden(*names: str) -> list[Column]:
    return [Column(key, "", kind="only_json") for key in names]


_SEVERAL: Final = [Column("phones", N_("Telephone"), kind="several"), Column("emails", N_("E-mail"), kind="several")]
_ABOUT: Final = _named(("company", N_("Company")), ("person", N_("Person")), ("deal", N_("Deal")))
_RECORD: Final = [
    *_own(("external_ref", N_("Number in the other system"))),
    Column("custom", N_("Other fields"), kind="data"),
    *_instants(("created_at", N_("Created")), ("changed_at", N_("Changed")), ("archived_at", N_("Put away"))),
    *_hidden("is_sample", "imported_id", "created_by", "version"),
]
_CUSTOMER: Final = [
    *_own(("address", N_("Address")), ("about", N_("Notes"))), *_named(("owner", N_("Owned by"))),
    *_hidden("merged_into_id"),
]  # fmt: skip
_ID: Final = [Column("id", N_("Number"))]
_AMOUNT: Final = _own(("amount", N_("Amount")), ("currency", N_("Currency")))
_WRITTEN: Final = _instants(("archived_at", N_("Put away")))

PARTS: Final[Mapping[str, list[Column]]] = {
    "companies": [
        *_ID, *_own(("name", N_("Company"))), *_SEVERAL,
        *_own(
            ("website", N_("Website")), ("industry", N_("Industry")), ("employee_count", N_("Employees")),
            ("tier", N_("Kind of customer")),
        ),
        *_named(("parent", N_("Belongs to the company"))), *_CUSTOMER, *_RECORD,
    ],
    "people": [
        *_ID, *_own(("name", N_("Name"))), *_named(("company", N_("Company"))), *_own(("title", N_("Position"))),
        *_SEVERAL, *_CUSTOMER, *_RECORD,
    ],
    "deals": [
        *_ID, *_own(("name", N_("Deal"))), *_named(("company", N_("Company")), ("person", N_("Person"))),
        *_named(("stage", N_("Stage"))), *_own(("status", N_("Standing"))), *_AMOUNT,
        *_own(("probability", N_("Chance in percent")), ("expected_close_on", N_("Expected to close"))),
        *_named(("owner", N_("Owned by"))),
        *_instants(("entered_stage_at", N_("In stage since")), ("closed_at", N_("Closed on"))),
        *_own(("close_reason", N_("Reason")), ("about", N_("Notes"))), *_hidden("pipeline_id"), *_RECORD,
    ],
    "steps": [
        *_ID, *_own(("kind", N_("What")), ("title", N_("In words"))), *_instants(("due_at", N_("Due"))),
        *_own(("has_time", N_("Has a time of day"))), *_instants(("done_at", N_("Done"))),
        *_named(("owner", N_("Owned by"))), *_ABOUT, *_instants(("created_at", N_("Created"))), *_WRITTEN,
        *_hidden("created_by", "is_sample", "version"),
    ],
    "notes": [
        *_ID, *_own(("text", N_("Note"))), *_ABOUT,
        *_instants(("created_at", N_("Created")), ("changed_at", N_("Changed"))), *_WRITTEN,
        *_hidden("user_id", "is_sample", "version"),
    ],
    "history": [
        *_ID, *_instants(("at", N_("When"))), *_own(("verb", N_("What happened"))), *_ABOUT,
        Column("facts", N_("Facts"), kind="data"), *_hidden("user_id", "note_id", "task_id"),
    ],
    "moves": [
        *_ID, *_named(("deal", N_("Deal")), ("from_stage", N_("From the stage")), ("to_stage", N_("To the stage"))),
        *_AMOUNT, *_instants(("moved_at", N_("When"))), *_hidden("user_id"),
    ],
    "sales_people": [
        *_ID, *_own(("name", N_("Name")), ("team", N_("Team")), ("manager_name", N_("Manager"))),
        *_instants(("created_at", N_("Created"))), *_WRITTEN, *_hidden("user_id", "is_sample", "imported_id"),
    ],
    "merges": [
        *_ID, *_own(("kind", N_("What"))), *_own(("kept_id", N_("Kept")), ("gone_id", N_("Merged away"))),
        *_instants(("merged_at", N_("When")), ("undone_at", N_("Taken back"))),
        *_hidden("moved", "before", "after", "user_id"),
    ],
    "sales": [
        *_ID, *_named(("deal", N_("Deal"))), *_AMOUNT,
        *_instants(("counted_at", N_("Counts as sold since")), ("taken_back_at", N_("Taken back"))),
    ],
    "stages": [
        *_ID, *_named(("pipeline", N_("Pipeline"))), *_own(("name", N_("Stage")), ("position", N_("Place"))),
        *_own(
            ("category", N_("Standing")), ("probability", N_("Chance in percent")),
            ("age_limit_days", N_("Days in the stage, at most")),
        ),
    ],
}  # fmt: skip

# A spreadsheet would take these for formulas; telephone numbers that begin with + are none.
_FORMULA: Final = re.compile(r"[=@\t\r]|[+-](?![\d\s().-]*$)")


def csv_columns(part: str) -> list[Column]:
    """The columns of a part that stand in its CSV."""
    return [column for column in PARTS[part] if column.kind != "only_json"]


def csv_cell(value: Any, *, kind: Kind, zone: ZoneInfo) -> str:
    """A value as it stands in a cell: local time, several values parted by commas, nothing that runs as a formula."""
    if value is None or value == "":
        return ""
    if kind == "instant":
        return datetime.fromisoformat(value).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    if kind == "several":
        value = ", ".join(value)
    elif kind == "data":
        value = json.dumps(value, ensure_ascii=False) if value else ""
    text = str(value)
    return f"'{text}" if _FORMULA.match(text) else text
