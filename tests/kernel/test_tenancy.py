"""One workspace's rows and no others, through two walls, on a real table of the owner's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from celery import current_app, shared_task
from django.apps.registry import Apps
from django.db import NotSupportedError, ProgrammingError, connection, connections, models, transaction

from provider.kernel import laws, tenancy
from provider.kernel.copying import copy_rows
from provider.kernel.ids import new_id
from provider.kernel.tenancy import WorkspaceManager, inside, policy_sql

MINE, THEIRS = new_id(), new_id()
TABLE = "tests_desk"

pytestmark = pytest.mark.django_db(databases=["default", "owner"], transaction=True)


class Desk(models.Model):
    workspace_id = models.UUIDField()
    name = models.TextField()

    objects = WorkspaceManager()

    class Meta:
        app_label = "tests"
        db_table = TABLE
        managed = False
        apps = Apps()

    def __str__(self) -> str:
        return self.name


@pytest.fixture(autouse=True)
def _table() -> Iterator[None]:
    """A table of the owner's behind the wall, with one desk of each workspace."""
    with connections["owner"].cursor() as owner:
        owner.execute(
            f"create table {TABLE} (id bigint generated always as identity primary key, workspace_id uuid not null,"
            " name text not null, unique (workspace_id, id))"
        )
        for statement in policy_sql(TABLE):
            owner.execute(statement)
        owner.execute(f"grant select, insert, update, delete on {TABLE} to perennial_app")
    try:
        for workspace_id, name in ((MINE, "mine"), (THEIRS, "theirs")):
            with inside(workspace_id=workspace_id):
                Desk.objects.create(workspace_id=workspace_id, name=name)
        yield
    finally:
        connection.close()
        with connections["owner"].cursor() as owner:
            owner.execute(f"drop table if exists {TABLE}")


def _orm() -> list[str]:
    return sorted(Desk.objects.values_list("name", flat=True))


def _sql(database: str = "default") -> list[str]:
    with connections[database].cursor() as cursor:
        cursor.execute(f"select name from {TABLE} order by name")
        return [row[0] for row in cursor.fetchall()]


def test_without_a_workspace_there_are_no_rows() -> None:
    assert (_orm(), _sql()) == ([], [])


def test_inside_there_are_its_rows_and_no_others() -> None:
    with inside(workspace_id=MINE):
        assert (_orm(), _sql()) == (["mine"], ["mine"])
    with inside(workspace_id=THEIRS):
        assert (_orm(), _sql()) == (["theirs"], ["theirs"])


def test_the_walls_stand_one_without_the_other() -> None:
    with inside(workspace_id=MINE):
        assert [desk.name for desk in Desk._base_manager.all()] == ["mine"]  # the database alone
    with connections["owner"].cursor() as owner:
        owner.execute(f"alter table {TABLE} no force row level security")
        owner.execute(f"alter table {TABLE} disable row level security")
    with inside(workspace_id=MINE):
        assert _sql() == ["mine", "theirs"]
        assert _orm() == ["mine"]  # the manager alone
    assert _orm() == []


def test_not_even_the_owner_of_the_table_sees_rows_without_a_workspace() -> None:
    assert _sql("owner") == []


def test_a_row_cannot_be_written_into_another_workspace() -> None:
    for write in (
        lambda: Desk._base_manager.create(workspace_id=THEIRS, name="smuggled"),
        lambda: Desk._base_manager.update(workspace_id=THEIRS),
    ):
        with pytest.raises(ProgrammingError, match="row-level security"), inside(workspace_id=MINE):
            write()
    with inside(workspace_id=MINE):
        assert Desk._base_manager.filter(name="theirs").update(name="changed") == 0
        assert Desk._base_manager.filter(name="theirs").delete()[0] == 0
    with inside(workspace_id=THEIRS):
        assert _sql() == ["theirs"]


def test_a_connection_that_was_used_shows_nothing_afterwards() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        before = cursor.fetchone()
        with inside(workspace_id=MINE):
            assert _sql() == ["mine"]
        cursor.execute("select pg_backend_pid()")
        assert cursor.fetchone() == before
        cursor.execute("select current_setting(%s, true)", [tenancy.SETTING])
        assert cursor.fetchone() == ("",)
    assert (_sql(), _orm()) == ([], [])


def test_an_outer_transaction_goes_on_without_the_workspace() -> None:
    with transaction.atomic():
        with inside(workspace_id=MINE):
            assert _sql() == ["mine"]
        assert (_sql(), _orm()) == ([], [])


def _fail_inside() -> None:
    with inside(workspace_id=MINE):
        Desk.objects.create(workspace_id=MINE, name="undone")
        raise ZeroDivisionError


def test_after_a_failure_inside_nothing_is_left_open() -> None:
    with transaction.atomic():
        with pytest.raises(ZeroDivisionError):
            _fail_inside()
        assert (_sql(), _orm()) == ([], [])
        assert tenancy.current_workspace() is None
    with inside(workspace_id=MINE):
        assert _sql() == ["mine"]


def test_a_rolled_back_savepoint_does_not_end_the_context() -> None:
    with inside(workspace_id=MINE):
        with transaction.atomic():
            Desk.objects.create(workspace_id=MINE, name="undone")
            transaction.set_rollback(True)
        with inside(workspace_id=MINE):
            assert _sql() == ["mine"]
        assert _sql() == ["mine"]


def test_one_cannot_be_in_two_workspaces() -> None:
    with inside(workspace_id=MINE), pytest.raises(RuntimeError, match="Already inside"), inside(workspace_id=THEIRS):
        pass


def test_copy_is_refused_and_the_way_round_is_behind_the_wall_too() -> None:
    columns = {"workspace_id": "uuid", "name": "text"}
    with pytest.raises(NotSupportedError), inside(workspace_id=MINE):
        copy_rows(table=TABLE, columns=columns, rows=[(MINE, "copied")])

    def stage(workspace_id: UUID) -> None:
        with connection.cursor() as cursor:
            cursor.execute("create temporary table stage (workspace_id uuid, name text) on commit drop")
            copy_rows(table="stage", columns=columns, rows=[(workspace_id, "copied")])
            cursor.execute(f"insert into {TABLE} (workspace_id, name) select workspace_id, name from stage")

    with inside(workspace_id=MINE):
        stage(MINE)
        assert _sql() == ["copied", "mine"]
    with pytest.raises(ProgrammingError, match="row-level security"), inside(workspace_id=MINE):
        stage(THEIRS)


@shared_task(name="tests.read_desks")
def read_desks(*, workspace_id: str | None) -> list[str]:
    if workspace_id is None:
        return _orm()
    with inside(workspace_id=UUID(workspace_id)):
        return _orm()


def test_a_task_is_given_its_workspace_and_inherits_none() -> None:
    task: Any = current_app.tasks["tests.read_desks"]
    with inside(workspace_id=MINE):
        assert task.apply(kwargs={"workspace_id": None}).get(disable_sync_subtasks=False) == []
    theirs = task.apply(kwargs={"workspace_id": str(THEIRS)})
    assert theirs.get(disable_sync_subtasks=False) == ["theirs"]


# --- The laws about walls are seen to find a breach ---


def _broken(name: str) -> int:
    return laws.check(laws.known([name])[0]).count


WALLS = (
    "workspace_tables_are_walled",
    "workspace_tables_have_no_open_policy",
    "workspace_references_stay_inside",
    "application_owns_nothing",
    "triggers_are_on",
    "constraints_are_proven",
)
BREACHES = [
    ("workspace_tables_are_walled", f"alter table {TABLE} no force row level security"),
    ("workspace_tables_are_walled", f"drop policy workspace_isolation on {TABLE}"),
    ("workspace_tables_have_no_open_policy", f"create policy open on {TABLE} using (true)"),
    ("workspace_references_stay_inside", f"alter table {TABLE} add parent_id bigint references {TABLE} (id)"),
    (
        "workspace_references_stay_inside",
        f"alter table {TABLE} add entry_id bigint references kernel_ledgerentry (id)",
    ),
    ("constraints_are_proven", f"alter table {TABLE} add constraint named check (name <> '') not valid"),
]


def test_the_walls_stand() -> None:
    assert {name: _broken(name) for name in WALLS} == dict.fromkeys(WALLS, 0)


@pytest.mark.parametrize(("law", "breach"), BREACHES)
def test_a_breach_of_a_wall_is_found(law: str, breach: str) -> None:
    with connections["owner"].cursor() as owner:
        owner.execute(breach)
    assert _broken(law) == 1


def test_a_reference_that_names_the_workspace_is_right() -> None:
    with connections["owner"].cursor() as owner:
        owner.execute(
            f"alter table {TABLE} add parent_id bigint, add constraint inside"
            f" foreign key (workspace_id, parent_id) references {TABLE} (workspace_id, id)"
        )
    assert _broken("workspace_references_stay_inside") == 0


def test_the_application_is_not_the_owner_and_passes_no_wall() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select current_user, rolsuper or rolbypassrls from pg_roles where rolname = current_user")
        assert cursor.fetchone() == ("perennial_app", False)
        cursor.execute("select count(*) from pg_class where pg_get_userbyid(relowner) = current_user")
        assert cursor.fetchone() == (0,)


def test_the_application_cannot_take_a_wall_down() -> None:
    attacks: list[Callable[[Any], Any]] = [
        lambda cursor, sql=sql: cursor.execute(sql)
        for sql in (
            f"alter table {TABLE} disable row level security",
            f"drop policy workspace_isolation on {TABLE}",
            "alter table kernel_audit disable trigger audit_is_append_only",
            "set session_replication_role = replica",
            "set role perennial_owner",
        )
    ]
    for attack in attacks:
        with pytest.raises(ProgrammingError), connection.cursor() as cursor:
            attack(cursor)
