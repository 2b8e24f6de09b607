"""The laws hold in a fresh database, and each is seen to find its breach."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from provider.kernel import guard, laws
from provider.kernel.ids import new_id

pytestmark = pytest.mark.django_db(databases=["default", "owner"], transaction=True)

_EVENT = (
    "insert into kernel_outboxevent (id, name, payload, at, status, attempts, last_error, next_try_at) "
    f"values ('{new_id()}', 'x', '{{}}', now(), "
)
_JOB = (
    "insert into kernel_job (id, kind, actor, params, status, handled, counts, problems, problem_count, queued_at,"
    f" attempts, last_error, next_try_at, ended_at, started_at) values ('{new_id()}', 'x', '{{}}', '{{}}', "
)
_ENTRY = "insert into kernel_ledgerentry (id, source_kind, source_id, purpose, at) values (1, 'a', '1', 'b', now());"
_POSTING = "insert into kernel_ledgerposting (entry_id, position, ledger_account, currency, amount_minor) values "
BREACHES = {
    "ledger_balances": _ENTRY + _POSTING + "(1, 1, 'cash', 'CNY', 5)",
    "ledger_entry_has_postings": _ENTRY,
    "ledger_accounts_are_in_the_chart": _ENTRY + _POSTING + "(1, 1, 'nowhere', 'CNY', 5)",
    "outbox_nothing_stuck": _EVENT + "'stuck', 1, 'why', now())",
    "outbox_nothing_forgotten": _EVENT + "'waiting', 0, '', now() - interval '1 hour')",
    "outbox_receipts_have_events": f"insert into kernel_outboxreceipt (event_id, handler) values ('{new_id()}', 'h')",
    "jobs_nothing_forgotten": _JOB + "'queued', 0, '{}', '[]', 0, now(), 0, '', now() - interval '1 hour', null, null)",
    "jobs_states_fit_facts": _JOB + "'done', 0, '{}', '[]', 0, now(), 0, '', now(), now(), null)",
}


@contextmanager
def _behind_the_triggers() -> Iterator[None]:
    """What a damaged backup or a hand on the database could leave behind."""
    tables = ("kernel_ledgerentry", "kernel_ledgerposting")
    with connections["owner"].cursor() as owner:
        for table in tables:
            owner.execute(f"alter table {table} disable trigger user")
        yield
        for table in tables:
            owner.execute(f"alter table {table} enable trigger user")


def test_a_fresh_database_breaks_no_law() -> None:
    findings = [laws.check(law) for law in laws.known()]
    assert [finding for finding in findings if not finding.holds] == []
    assert len(findings) >= 14


@pytest.mark.parametrize("name", BREACHES)
def test_a_breach_is_found_and_shown(name: str) -> None:
    with _behind_the_triggers(), connections["owner"].cursor() as owner:
        owner.execute(BREACHES[name])
    finding = laws.check(laws.known([name])[0])
    assert (finding.count, len(finding.examples)) == (1, 1)


def test_a_trigger_that_was_switched_off_is_found() -> None:
    with _behind_the_triggers():
        assert laws.check(laws.known(["triggers_are_on"])[0]).count >= 3


def test_the_command_says_what_holds_and_ends_well() -> None:
    out = io.StringIO()
    call_command("check_laws", stdout=out)
    assert "0 broken" in out.getvalue()


def test_the_command_ends_with_one_and_names_the_breach() -> None:
    with connections["owner"].cursor() as owner:
        owner.execute(BREACHES["outbox_nothing_stuck"])
    out = io.StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("check_laws", "--json", stdout=out)
    assert end.value.code == 1
    answer = json.loads(out.getvalue())
    assert [law["law"] for law in answer["laws"] if not law["holds"]] == ["outbox_nothing_stuck"]


def test_an_unknown_law_is_said() -> None:
    with pytest.raises(CommandError, match="No law is called nonsense"):
        call_command("check_laws", "nonsense")


# --- The code and its database ---


def _pretend(sql: str) -> None:
    with connections["owner"].cursor() as owner:
        owner.execute(sql)


def test_a_database_that_fits_is_served() -> None:
    assert guard.schema_trouble() is None
    guard.refuse_wrong_schema()


def test_a_database_from_the_future_is_refused_with_what_to_do() -> None:
    _pretend("insert into django_migrations (app, name, applied) values ('kernel', '9999_future', now())")
    try:
        with pytest.raises(SystemExit, match=r"newer than this code: it knows kernel\.9999_future"):
            guard.refuse_wrong_schema()
        assert [error.id for error in guard.check_schema(databases=["default"])] == ["kernel.E001"]
    finally:
        _pretend("delete from django_migrations where name = '9999_future'")


def test_a_database_from_the_past_is_refused_with_the_command_to_run() -> None:
    _pretend("update django_migrations set app = 'gone' where app = 'kernel' and name = '0005_files'")
    try:
        with pytest.raises(SystemExit, match=r"kernel\.0005_files.*manage\.py migrate"):
            guard.refuse_wrong_schema()
        assert guard.check_schema(databases=["default"]) == []  # `migrate` mends it
    finally:
        _pretend("update django_migrations set app = 'kernel' where app = 'gone'")
