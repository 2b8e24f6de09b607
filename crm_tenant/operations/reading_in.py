"""The import's job: rows become records, thousands at a time, in sets.

COPY refuses tables with row-level security, so each set is copied into a temporary table and inserted from there.
Files that refer to each other by name are read in the order of `ImportKind`; a name that no file has brought is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from psycopg.types.json import Jsonb

from crm_tenant.errors import RecordsFull
from crm_tenant.models import (
    IMPORT_MOVES,
    Category,
    Company,
    Deal,
    Import,
    ImportFile,
    ImportKind,
    ImportStatus,
    Person,
    Salesperson,
    Stage,
    Workspace,
)
from crm_tenant.queries.imports import access_import, files_of, plan_of, sheet_of
from crm_tenant.rules.importing import read_row
from crm_tenant.rules.texts import match_key, search_text
from provider.accounts.models import Account
from provider.kernel.copying import copy_rows
from provider.kernel.errors import N_
from provider.kernel.ids import new_id
from provider.kernel.jobs import Chunk, Outcome, Problem, Result
from provider.kernel.state import move
from provider.kernel.tenancy import inside

from .recording import check_room_for_records, count_records

ROWS: Final = 2_000
Names = dict[str, UUID]

_RECORD: Final = {
    "id": "uuid", "workspace_id": "uuid", "search_text": "text", "match_key": "text", "external_ref": "text",
    "custom": "jsonb", "is_sample": "bool", "created_at": "timestamptz", "created_by": "uuid",
    "changed_at": "timestamptz", "version": "int4", "name": "text", "owner_id": "uuid", "imported_id": "uuid",
    "about": "text",
}  # fmt: skip
_CUSTOMER: Final = _RECORD | {"phones": "text[]", "emails": "text[]", "address": "text"}
COLUMNS: Final[dict[str, dict[str, str]]] = {
    "crm_company": _CUSTOMER
    | {"tier": "text", "industry": "text", "website": "text", "employee_count": "int4", "parent_id": "uuid"},
    "crm_person": _CUSTOMER | {"company_id": "uuid", "title": "text"},
    "crm_deal": _RECORD
    | {
        "company_id": "uuid", "person_id": "uuid", "pipeline_id": "uuid", "stage_id": "uuid", "status": "text",
        "amount_minor": "int8", "currency": "text", "expected_close_on": "date", "entered_stage_at": "timestamptz",
        "closed_at": "timestamptz", "close_reason": "text",
    },
    "crm_salesperson": {
        "id": "uuid", "workspace_id": "uuid", "name": "text", "match_key": "text", "team": "text",
        "manager_name": "text", "is_sample": "bool", "created_at": "timestamptz", "imported_id": "uuid",
    },
    "crm_stagemove": {
        "id": "uuid", "workspace_id": "uuid", "deal_id": "uuid", "to_stage_id": "uuid", "amount_minor": "int8",
        "currency": "text", "moved_at": "timestamptz", "user_id": "uuid",
    },
    "crm_activity": {
        "id": "uuid", "workspace_id": "uuid", "verb": "text", "at": "timestamptz", "user_id": "uuid",
        "company_id": "uuid", "person_id": "uuid", "deal_id": "uuid", "facts": "jsonb",
    },
}  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Batch:
    """What all rows of a chunk share."""

    workspace: Workspace
    imported_id: UUID | None
    user_id: UUID | None
    zone: ZoneInfo
    at: datetime
    is_sample: bool = False
    verb: str = "record.imported"
    made: dict[str, int] = field(default_factory=dict)
    records: int = 0

    def count(self, name: str, number: int) -> None:
        """So many more of that outcome."""
        if number:
            self.made[name] = self.made.get(name, 0) + number


def read_chunk(chunk: Chunk) -> Outcome:
    """Read the next rows in; the step of the job."""
    workspace = Workspace.objects.get(pk=chunk.params["workspace_id"])
    with inside(workspace_id=workspace.id):
        batch_row = access_import(UUID(chunk.params["import_id"]), is_locked=True)
        found = files_of(batch_row)
        place, row = (chunk.cursor["file"], chunk.cursor["row"]) if chunk.cursor else (0, 0)
        part, batch = _read_what_fits(found[place], row=row, begin=lambda: _batch(workspace, batch_row, chunk=chunk))
        if part.is_full:
            batch.count("left_out", _rows_behind(found, place=place, row=row))
        is_file_over = part.handled < part.most
        cursor = {"file": place + 1, "row": 0} if is_file_over else {"file": place, "row": part.last}
        is_over = part.is_full or cursor["file"] >= len(found)
        if is_over:
            move(batch_row, to=ImportStatus.DONE, transitions=IMPORT_MOVES)
    done = Result(label=N_("Look at the import"), url=f"/crm/import/{batch_row.id}/") if is_over else None
    return Outcome(
        cursor=None if is_over else cursor, handled=part.handled, counts=batch.made, problems=part.problems, result=done
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Rows that were read in one go: up to `most`, unless the plan had room for none of them."""

    last: int
    handled: int
    problems: list[Problem]
    most: int
    is_full: bool = False


def _read_what_fits(file: ImportFile, *, row: int, begin: Callable[[], Batch]) -> tuple[Part, Batch]:
    """Read the rows behind `row`; half as many, and half again, where the plan stops at a number of records."""
    most, refusal = ROWS, None
    while most:
        batch = begin()
        try:
            with transaction.atomic():
                last, handled, problems = _read_rows(file, batch=batch, after=row, most=most)
                count_records(workspace_id=batch.workspace.id, difference=batch.records, at=batch.at)
                if batch.records:
                    check_room_for_records(workspace_id=batch.workspace.id)
            return Part(last=last, handled=handled, problems=problems, most=most), batch
        except RecordsFull as full:
            most, refusal = most // 2, full
    assert refusal is not None
    problem = Problem.of(refusal, subject=f"{file.name}, {row + 1}")
    return Part(last=row, handled=0, problems=[problem], most=ROWS, is_full=True), begin()


def _rows_behind(found: Sequence[ImportFile], *, place: int, row: int) -> int:
    """How many rows are left, of this file and of those after it."""
    here = sum(number > row for number, _ in sheet_of(found[place]).rows())
    return here + sum(file.row_count for file in found[place + 1 :])


def undo_chunk(chunk: Chunk) -> Outcome:
    """Put away what an import made and nobody has changed or built upon since; the step of the job."""
    workspace = Workspace.objects.get(pk=chunk.params["workspace_id"])
    imported = UUID(chunk.params["import_id"])
    with inside(workspace_id=workspace.id):
        deals = Deal.objects.filter(imported=imported, archived_at=None)
        gone = deals.filter(version=1).update(archived_at=chunk.at, version=2)
        in_use = Deal.objects.filter(archived_at=None).exclude(company=None).values("company_id")
        people = Person.objects.filter(imported=imported, archived_at=None, version=1)
        persons = people.update(archived_at=chunk.at, version=2)
        housed = Person.objects.filter(archived_at=None).exclude(company=None).values("company_id")
        companies = Company.objects.filter(imported=imported, archived_at=None, version=1)
        firms = companies.exclude(id__in=in_use).exclude(id__in=housed).update(archived_at=chunk.at, version=2)
        owning = Deal.objects.filter(archived_at=None).exclude(owner=None).values("owner_id")
        names = Salesperson.objects.filter(imported=imported, archived_at=None, user_id=None)
        names.exclude(id__in=owning).update(archived_at=chunk.at)
        kept = deals.count() + people.count() + Company.objects.filter(imported=imported, archived_at=None).count()
        count_records(workspace_id=workspace.id, difference=-(persons + firms), at=chunk.at)
    counts = {"put_away": gone + persons + firms, "kept": kept}
    done = Result(label=N_("Look at the import"), url=f"/crm/import/{imported}/")
    return Outcome(cursor=None, handled=gone + persons + firms, counts=counts, result=done)


def _batch(workspace: Workspace, row: Import, *, chunk: Chunk) -> Batch:
    account = Account.objects.get(pk=workspace.account_id)
    return Batch(
        workspace=workspace, imported_id=row.id, user_id=chunk.by.user_id, zone=ZoneInfo(account.time_zone), at=chunk.at
    )


def _read_rows(file: ImportFile, *, batch: Batch, after: int, most: int) -> tuple[int, int, list[Problem]]:
    """Read up to `most` rows behind row `after`; the last row's number, how many they were, what was wrong."""
    plan = plan_of(file, currency=batch.workspace.currency)
    values: list[dict[str, Any]] = []
    problems: list[Problem] = []
    last, handled = after, 0
    for number, cells in sheet_of(file).rows():
        if number <= after:
            continue
        if handled == most:
            break
        last, handled = number, handled + 1
        found, faults = read_row(plan, number=number, cells=cells)
        problems += [
            Problem(subject=f"{file.name}, {fault.row}", text=fault.text, facts=fault.facts) for fault in faults
        ]
        if found is not None:
            values.append(found)
    batch.count("left_out", handled - len(values))
    WRITERS[file.kind](values, batch=batch)
    return last, handled, problems


# --- One kind after the other ---


def write_salespeople(values: Sequence[Mapping[str, Any]], *, batch: Batch) -> None:
    """Names of sales people; they have no sign-in and no seat."""
    fresh = _fresh(Salesperson, values, batch=batch)
    _insert_salespeople(fresh, batch=batch)


def write_companies(values: Sequence[Mapping[str, Any]], *, batch: Batch) -> None:
    """Companies; one that is there already by its name stays as it is."""
    fresh = _fresh(Company, values, batch=batch)
    owners = _owners(fresh, batch=batch)
    rows = {match_key(value["name"]): _customer(value, batch=batch, owners=owners) for value in fresh}
    parents = _known(Company, (value.get("parent", "") for value in fresh)) | {
        key: row["id"] for key, row in rows.items()
    }
    named = {match_key(value["parent"]): value["parent"] for value in fresh if value.get("parent")}
    for key, name in named.items():
        if key not in parents:
            rows[key] = _customer({"name": name, "custom": {}}, batch=batch, owners=owners)
            parents[key] = rows[key]["id"]
    for value in fresh:
        parent = parents.get(match_key(value.get("parent", ""))) if value.get("parent") else None
        row = rows[match_key(value["name"])]
        row["parent_id"] = parent if parent != row["id"] else None
    _insert_companies(list(rows.values()), batch=batch)


def write_people(values: Sequence[Mapping[str, Any]], *, batch: Batch) -> None:
    """People; one of the same name at the same company stays as they are."""
    companies = _companies(values, batch=batch)
    owners = _owners(values, batch=batch)
    keys = {match_key(value["name"]) for value in values}
    known = set(Person.objects.filter(match_key__in=keys, archived_at=None).values_list("match_key", "company_id"))
    rows = []
    for value in values:
        company_id = companies.get(match_key(value["company"])) if value.get("company") else None
        key = (match_key(value["name"]), company_id)
        if key in known:
            continue
        known.add(key)
        row = _customer(value, batch=batch, owners=owners)
        row |= {"company_id": company_id, "title": value.get("title", "")}
        row["search_text"] += "\n" + search_text(value.get("title", ""), value.get("company", ""))
        rows.append(row)
    batch.count("known", len(values) - len(rows))
    batch.count("people", len(rows))
    batch.records += 0 if batch.is_sample else len(rows)
    insert_rows("crm_person", rows)
    _remember(rows, batch=batch, place="person_id")


def write_deals(values: Sequence[Mapping[str, Any]], *, batch: Batch) -> None:
    """Deals with their first line of history; one that is there by its number in the other system stays as it is."""
    refs = {value["external_ref"] for value in values if value.get("external_ref")}
    known = set(Deal.objects.filter(external_ref__in=refs, archived_at=None).values_list("external_ref", flat=True))
    companies, owners = _companies(values, batch=batch), _owners(values, batch=batch)
    people = _people(values, batch=batch)
    stages = {str(stage.id): stage for stage in Stage.objects.all()}
    rows = []
    for value in values:
        ref = value.get("external_ref", "")
        if ref and ref in known:
            continue
        known.add(ref)
        row = _deal(value, stage=stages[value["stage"]], batch=batch)
        row["company_id"] = companies.get(match_key(value["company"])) if value.get("company") else None
        row["person_id"] = people.get(match_key(value["person"])) if value.get("person") else None
        row["owner_id"] = owners.get(match_key(value["owner"])) if value.get("owner") else None
        rows.append(row)
    batch.count("known", len(values) - len(rows))
    batch.count("deals", len(rows))
    insert_rows("crm_deal", rows)
    insert_rows("crm_stagemove", [_first_move(row, batch=batch) for row in rows])
    _remember(rows, batch=batch, place="deal_id")


WRITERS: Final[dict[str, Any]] = {
    ImportKind.SALESPEOPLE: write_salespeople,
    ImportKind.COMPANIES: write_companies,
    ImportKind.PEOPLE: write_people,
    ImportKind.DEALS: write_deals,
}


# --- Names ---


def _known(model: Any, names: Iterable[str]) -> Names:
    """The records of these names, by what compares alike; the oldest where there are several."""
    keys = {match_key(name) for name in names if name}
    rows = model.objects.filter(match_key__in=keys, archived_at=None).order_by("-created_at", "-id")
    return dict(rows.values_list("match_key", "id"))


def _fresh(model: Any, values: Sequence[Mapping[str, Any]], *, batch: Batch) -> list[Mapping[str, Any]]:
    """Those that are not there yet, each name once."""
    known = _known(model, (value["name"] for value in values))
    fresh = {match_key(value["name"]): value for value in reversed(values) if match_key(value["name"]) not in known}
    batch.count("known", len(values) - len(fresh))
    return list(fresh.values())[::-1]


def _companies(values: Sequence[Mapping[str, Any]], *, batch: Batch) -> Names:
    """The companies that the rows name; those that nobody knows are made."""
    names = {match_key(value["company"]): value["company"] for value in values if value.get("company")}
    known = _known(Company, names.values())
    rows = [
        _customer({"name": name, "custom": {}}, batch=batch, owners={})
        for key, name in names.items()
        if key not in known
    ]
    _insert_companies(rows, batch=batch)
    return known | {row["match_key"]: row["id"] for row in rows}


def _people(values: Sequence[Mapping[str, Any]], *, batch: Batch) -> Names:
    """The people that deals name; those that nobody knows are made, at the company of the first such deal."""
    named = [value for value in values if value.get("person")]
    known = _known(Person, (value["person"] for value in named))
    fresh = {
        match_key(value["person"]): {"name": value["person"], "company": value.get("company", ""), "custom": {}}
        for value in reversed(named)
        if match_key(value["person"]) not in known
    }
    write_people(list(fresh.values())[::-1], batch=batch)
    return known | _known(Person, (value["name"] for value in fresh.values()))


def _owners(values: Sequence[Mapping[str, Any]], *, batch: Batch) -> Names:
    """The sales people that the rows name; those that nobody knows are made, as names."""
    names = {match_key(value["owner"]): value["owner"] for value in values if value.get("owner")}
    known = _known(Salesperson, names.values())
    made = _insert_salespeople([{"name": name} for key, name in names.items() if key not in known], batch=batch)
    return known | made


# --- Rows ---


def _insert_salespeople(values: Sequence[Mapping[str, Any]], *, batch: Batch) -> Names:
    rows = [
        {
            "id": new_id(), "workspace_id": batch.workspace.id, "name": value["name"][:120],
            "match_key": match_key(value["name"]), "team": value.get("team", ""),
            "manager_name": value.get("manager", ""), "is_sample": batch.is_sample, "created_at": batch.at,
            "imported_id": batch.imported_id,
        }
        for value in values
    ]  # fmt: skip
    batch.count("salespeople", len(rows))
    insert_rows("crm_salesperson", rows)
    return {row["match_key"]: row["id"] for row in rows}


def _insert_companies(rows: Sequence[dict[str, Any]], *, batch: Batch) -> None:
    batch.count("companies", len(rows))
    batch.records += 0 if batch.is_sample else len(rows)
    insert_rows("crm_company", rows)
    _remember(rows, batch=batch, place="company_id")


def _record(value: Mapping[str, Any], *, batch: Batch) -> dict[str, Any]:
    return {
        "id": new_id(), "workspace_id": batch.workspace.id, "name": value["name"],
        "match_key": match_key(value["name"]), "external_ref": value.get("external_ref", ""),
        "custom": value.get("custom", {}), "is_sample": batch.is_sample, "created_at": batch.at,
        "created_by": batch.user_id, "changed_at": batch.at, "version": 1, "imported_id": batch.imported_id,
        "about": value.get("about", ""), "owner_id": None,
    }  # fmt: skip


def _customer(value: Mapping[str, Any], *, batch: Batch, owners: Names) -> dict[str, Any]:
    phones, emails = value.get("phones", []), value.get("emails", [])
    words = (value["name"], value.get("industry", ""), value.get("website", ""), value.get("address", ""), *emails)
    return _record(value, batch=batch) | {
        "phones": phones, "emails": emails, "address": value.get("address", ""), "tier": value.get("tier", ""),
        "industry": value.get("industry", ""), "website": value.get("website", ""),
        "employee_count": value.get("employee_count"), "parent_id": None,
        "owner_id": owners.get(match_key(value["owner"])) if value.get("owner") else None,
        "search_text": search_text(*words, phones=phones),
    }  # fmt: skip


def _deal(value: Mapping[str, Any], *, stage: Stage, batch: Batch) -> dict[str, Any]:
    made = _instant(value.get("created_on"), batch=batch) or batch.at
    closed = None
    if stage.category != Category.OPEN:
        closed = _instant(value.get("closed_on"), batch=batch) or batch.at
    row = _record(value, batch=batch)
    return row | {
        "pipeline_id": stage.pipeline_id, "stage_id": stage.id, "status": stage.category,
        "amount_minor": value.get("amount", 0), "currency": value.get("currency", batch.workspace.currency),
        "expected_close_on": value.get("expected_close_on"), "created_at": min(made, closed or made),
        "entered_stage_at": closed or made, "closed_at": closed, "close_reason": value.get("reason", ""),
        "search_text": search_text(value["name"], value.get("company", ""), value.get("person", "")),
    }  # fmt: skip


def _instant(day: date | None, *, batch: Batch) -> datetime | None:
    """Noon of a day where the account is; never ahead of the import."""
    if day is None:
        return None
    return min(datetime.combine(day, time(12), tzinfo=batch.zone), batch.at)


def _first_move(row: Mapping[str, Any], *, batch: Batch) -> dict[str, Any]:
    same = {name: row[name] for name in ("workspace_id", "amount_minor", "currency")}
    moved = {"deal_id": row["id"], "to_stage_id": row["stage_id"], "moved_at": row["entered_stage_at"]}
    return same | moved | {"id": new_id(), "user_id": batch.user_id}


def _remember(rows: Sequence[Mapping[str, Any]], *, batch: Batch, place: str) -> None:
    lines = []
    for row in rows:
        line = {"company_id": row.get("company_id"), "person_id": row.get("person_id"), "deal_id": None}
        line |= {"id": new_id(), "workspace_id": row["workspace_id"], "verb": batch.verb, "at": batch.at}
        lines.append(line | {"user_id": batch.user_id, "facts": {}, place: row["id"]})
    insert_rows("crm_activity", lines)


def insert_rows(table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert many rows behind the wall: by COPY into a temporary table, then from there."""
    if not rows:
        return
    columns = COLUMNS[table]
    held = f"{table}_import"
    as_json = {name for name, kind in columns.items() if kind == "jsonb"}
    data = ([Jsonb(row[name]) if name in as_json else row[name] for name in columns] for row in rows)
    names = ", ".join(f'"{name}"' for name in columns)
    kinds = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
    with connection.cursor() as cursor:
        cursor.execute(f"create temporary table if not exists {held} ({kinds}) on commit drop")
        copy_rows(table=held, columns=columns, rows=data)
        cursor.execute(f"insert into {table} ({names}) select {names} from {held}")  # noqa: S608
        cursor.execute(f"truncate {held}")
