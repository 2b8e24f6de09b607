"""Writes that are held travel together, in order, and are there for whoever asks."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from provider.accounts.models import Account
from provider.kernel import together
from provider.kernel.copying import copy_rows
from provider.kernel.errors import StaleState
from provider.kernel.models import OutboxEvent
from provider.kernel.rows import row_in, rows_in
from tests.factories import AT, make_account

pytestmark = pytest.mark.django_db


def named(name: str) -> Account:
    return Account(name=name, created_at=AT)


def rename(account: Account, name: str, *, was: str) -> None:
    together.change(Account, where={"pk": account.pk, "name": was}, expected=1, otherwise=StaleState, name=name)


def names() -> list[str]:
    return list(Account.objects.order_by("name").values_list("name", flat=True))


def write_and_ask(*works: Callable[[], object]) -> None:
    """In a transaction, or a savepoint, of its own."""
    with transaction.atomic(), together.held():
        for work in works:
            work()
        names()


def fail() -> None:
    raise ZeroDivisionError


def messages_in(asked: CaptureQueriesContext) -> int:
    """How many went to the database; Django notes what was held without a text."""
    return sum(1 for query in asked.captured_queries if query["sql"])


def test_what_is_written_is_one_message_with_the_next_question_and_seen_by_it() -> None:
    with transaction.atomic(), CaptureQueriesContext(connection) as asked:
        with together.held():
            one = named("100 % Ada; '")  # neither a placeholder nor an end
            together.insert(one)
            together.insert(named("Bo"))
            rename(one, "Cy", was="100 % Ada; '")
            assert not asked.captured_queries
            assert names() == ["Bo", "Cy"]
            assert len(asked.captured_queries) == 1
            together.insert(named("Di"))
        assert len(asked.captured_queries) == 2
    assert names() == ["Bo", "Cy", "Di"]


def test_what_the_database_fills_in_is_filled_in() -> None:
    with transaction.atomic(), together.held():
        row = OutboxEvent(name="tests.lit", payload={"of": ["a"]}, at=AT)
        together.insert(row)
    row.refresh_from_db()
    assert row.recorded_at is not None
    assert row.payload == {"of": ["a"]}


def test_whoever_was_changed_meanwhile_is_told_when_it_is_sent() -> None:
    one = make_account(name="Ada")
    with transaction.atomic(), together.held():
        rename(one, "Bo", was="Ada")
        rename(one, "Cy", was="Bo")
    assert names() == ["Cy"]
    with pytest.raises(StaleState):
        write_and_ask(lambda: rename(one, "Di", was="Bo"))
    assert names() == ["Cy"]


def test_nothing_is_to_be_and_is_asked_for_as_nothing() -> None:
    one = make_account(name="Ada")
    together.change(Account, where={"pk": one.pk, "parent_id": None}, expected=1, otherwise=StaleState, name="Bo")
    assert names() == ["Bo"]
    with pytest.raises(StaleState):
        rename(one, "Cy", was="Ada")


def test_a_broken_law_and_an_error_leave_nothing() -> None:
    one = named("Ada")
    again = Account(id=one.id, name="Bo", created_at=AT)
    with pytest.raises(IntegrityError):
        write_and_ask(lambda: together.insert(one), lambda: together.insert(again))
    with pytest.raises(ZeroDivisionError):
        write_and_ask(lambda: together.insert(named("Cy")), fail)
    assert names() == []
    with transaction.atomic(), together.held():
        together.insert(named("Di"))
    assert names() == ["Di"]


def test_what_a_savepoint_takes_back_is_taken_back() -> None:
    with transaction.atomic(), together.held():
        together.insert(named("Ada"))
        with pytest.raises(ZeroDivisionError):
            write_and_ask(lambda: together.insert(named("Bo")), fail)
        together.insert(named("Cy"))
    assert names() == ["Ada", "Cy"]


def test_a_savepoint_costs_no_message_of_its_own() -> None:
    with transaction.atomic(), together.held(), CaptureQueriesContext(connection) as asked:
        with transaction.atomic():
            pass
        with transaction.atomic(), transaction.atomic():
            together.insert(named("Ada"))
        assert messages_in(asked) == 1
        with transaction.atomic():
            assert names() == ["Ada"]
        assert messages_in(asked) == 2
        together.insert(named("Bo"))
        together.send()
        assert messages_in(asked) == 3
    assert names() == ["Ada", "Bo"]


def test_what_fails_in_a_savepoint_fails_before_it_ends() -> None:
    one = make_account(name="Ada")
    with transaction.atomic(), together.held():
        together.insert(named("Bo"))
        with pytest.raises(IntegrityError), transaction.atomic():
            together.insert(Account(id=one.id, name="Cy", created_at=AT))
        with pytest.raises(StaleState), transaction.atomic():
            write_and_ask(lambda: together.insert(named("Di")), lambda: rename(one, "Eve", was="Bo"))
        with pytest.raises(ZeroDivisionError):  # the twin was never sent, so nobody is told of it
            write_and_ask(lambda: together.insert(Account(id=one.id, name="Flo", created_at=AT)), fail)
        together.insert(named("Gil"))
    assert names() == ["Ada", "Bo", "Gil"]


def test_copy_in_a_savepoint_is_taken_back_with_it() -> None:
    one = make_account(name="Ada")
    columns = {"account_id": "uuid", "portal": "text", "created_at": "timestamptz"}
    with transaction.atomic(), together.held():
        profiles = [(one.id, "reseller", AT)]
        with pytest.raises(ZeroDivisionError):
            write_and_ask(lambda: copy_rows(table="accounts_profile", columns=columns, rows=profiles), fail)
        together.insert(named("Bo"))
    assert names() == ["Ada", "Bo"]
    assert not one.profiles.filter(portal="reseller").exists()


def test_copy_comes_after_what_was_written_before_it() -> None:
    with transaction.atomic(), together.held():
        one = named("Ada")
        together.insert(one)
        columns = {"account_id": "uuid", "portal": "text", "created_at": "timestamptz"}
        copy_rows(table="accounts_profile", columns=columns, rows=[(one.id, "subscriber", AT)])
        connection.check_constraints()
    assert names() == ["Ada"]


def test_without_holding_each_write_is_its_own_and_holding_needs_a_transaction() -> None:
    with CaptureQueriesContext(connection) as asked:
        together.insert(named("Ada"))
        together.execute("update accounts_account set name = %s", ["Bo"])
    assert len(asked.captured_queries) == 2
    assert names() == ["Bo"]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_held_outside_of_a_transaction() -> None:
    with pytest.raises(RuntimeError, match="inside a transaction"), together.held():
        pass


def test_rows_come_back_from_json_as_they_are() -> None:
    made = Account.objects.get(pk=make_account(name="Ada", time_zone="Asia/Shanghai").pk)
    with connection.cursor() as cursor:
        cursor.execute("select row_to_json(a)::text, json_agg(a)::text from accounts_account a group by a.*")
        one, several = cursor.fetchone()

    for told in (row_in(one, model=Account), *rows_in(several, model=Account)):
        assert {name: getattr(told, name) for name in vars(made) if name != "_state"} == {
            name: value for name, value in vars(made).items() if name != "_state"
        }
    assert rows_in(None, model=Account) == []
