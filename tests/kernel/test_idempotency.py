"""The same request twice has one effect and one answer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from provider.kernel import audit, idempotency
from provider.kernel.actor import SYSTEM, Actor
from provider.kernel.errors import NotAllowed
from provider.kernel.idempotency import Answer, Outcome, hash_request, once
from provider.kernel.ids import new_id
from provider.kernel.models import AuditRow, IdempotencyKey
from tests.racing import race

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
SOON = timedelta(seconds=5)


def _pay() -> Answer:
    audit.record(by=SYSTEM, verb="pay", subject_kind="test", subject_id=1, account_id=None, at=AT)
    return Answer(status=201, body=b'{"paid":true}', headers={"Location": "/x"})


def _once(act: Callable[[], Answer] = _pay, *, at: datetime = AT, body: str = "a", **more: object) -> Outcome:
    return once(
        scope="api:1",
        key="k",
        request_hash=hash_request("POST", "/pay", body, secret=b"of the caller"),
        at=at,
        act=act,
        **more,
    )


def _effects() -> int:
    return AuditRow.objects.count()


@pytest.mark.django_db
def test_the_second_time_replays_the_first_answer_without_its_effect() -> None:
    first, second = _once(), _once(at=AT + SOON)
    assert (first.is_replay, second.is_replay) == (False, True)
    assert first.answer == second.answer
    assert _effects() == 1


@pytest.mark.django_db
def test_another_body_under_the_same_key_is_refused() -> None:
    _once()
    with pytest.raises(idempotency.IdempotencyKeyReused) as refused:
        _once(body="b")
    assert (refused.value.status, refused.value.code) == (422, "idempotency_key_reused")
    assert _effects() == 1


@pytest.mark.django_db
def test_another_caller_has_keys_of_its_own() -> None:
    _once()
    once(
        scope="api:2", key="k", request_hash=hash_request("POST", "/pay", "b", secret=b"of the caller"), at=AT, act=_pay
    )
    assert _effects() == 2


def test_the_parts_of_a_request_do_not_run_into_each_other() -> None:
    assert hash_request("ab", "c", secret=b"of the caller") != hash_request("a", "bc", secret=b"of the caller")
    assert hash_request("ab", secret=b"of one caller") != hash_request("ab", secret=b"of another")


@pytest.mark.django_db(transaction=True)
def test_while_the_first_runs_the_second_is_told_to_wait() -> None:
    def ask_again() -> None:
        with pytest.raises(idempotency.RequestInFlight) as refused:
            _once()
        assert refused.value.status == 409

    def pay_slowly() -> Answer:
        race(ask_again)
        return _pay()

    assert _once(pay_slowly).answer.status == 201
    assert _effects() == 1


@pytest.mark.django_db
def test_a_refusal_frees_the_key_and_leaves_nothing() -> None:
    def refuse() -> Answer:
        _pay()
        raise NotAllowed

    with pytest.raises(NotAllowed):
        _once(refuse)
    assert _effects() == 0
    assert not _once().is_replay
    assert _effects() == 1


@pytest.mark.django_db
def test_an_answer_of_500_is_not_stored_and_leaves_nothing() -> None:
    def fail() -> Answer:
        _pay()
        return Answer(status=503, body=b"")

    assert _once(fail).answer.status == 503
    assert _effects() == 0
    assert not _once().is_replay


@pytest.mark.django_db
def test_a_request_that_crashed_frees_its_key_when_its_lease_ends() -> None:
    request_hash = hash_request("POST", "/pay", "a", secret=b"of the caller")
    idempotency.claim(scope="api:1", key="k", request_hash=request_hash, at=AT)  # and the process was killed

    with pytest.raises(idempotency.RequestInFlight):
        _once(at=AT + SOON)
    assert not _once(at=AT + idempotency.LEASE).is_replay
    assert _effects() == 1


@pytest.mark.django_db(transaction=True)
def test_a_slow_request_whose_lease_was_taken_over_leaves_no_effect() -> None:
    def pay_too_slowly() -> Answer:
        answer = _pay()
        race(lambda: _once(at=AT + idempotency.LEASE))
        return answer

    with pytest.raises(idempotency.RequestInFlight):
        _once(pay_too_slowly)
    assert _effects() == 1
    assert _once(at=AT + SOON).is_replay


@pytest.mark.django_db
def test_after_a_day_the_key_is_free_and_the_sweeper_removes_it() -> None:
    _once()
    assert not _once(at=AT + idempotency.KEEP).is_replay
    assert _effects() == 2
    assert idempotency.clean(before=AT + idempotency.KEEP) == 0
    assert idempotency.clean(before=AT + 3 * idempotency.KEEP) == 1


@pytest.mark.django_db
def test_an_answer_with_a_secret_lies_sealed_and_opens_only_to_its_caller() -> None:
    def issue() -> Answer:
        return Answer(status=201, body=b"the key is pk_live_abc")

    _once(issue, seal_with=b"caller")

    assert b"pk_live" not in bytes(IdempotencyKey.objects.get().answer_body)
    assert _once(issue, seal_with=b"caller").answer.body == b"the key is pk_live_abc"
    with pytest.raises(idempotency.AnswerSealed):
        _once(issue, seal_with=b"somebody else")


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "x" * 256, "a\nb", "a\x00b"])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(idempotency.IdempotencyKeyInvalid):
        once(scope="api:1", key=key, request_hash=b"", at=AT, act=_pay)


@pytest.mark.django_db
def test_a_given_answer_is_not_altered_and_a_key_is_not_doubled() -> None:
    _once()
    with pytest.raises(IntegrityError, match="idempotency_answer_is_kept"), transaction.atomic():
        IdempotencyKey.objects.update(answer_status=200)
    with pytest.raises(IntegrityError, match="idempotency_answer_is_kept"), transaction.atomic():
        connection.cursor().execute("update kernel_idempotencykey set answer_body = ''")
    row = IdempotencyKey(scope="api:1", key="k", request_hash=b"", lease_until=AT, expires_at=AT)
    with pytest.raises(IntegrityError, match="idempotency_key_once"), transaction.atomic():
        row.save()
    row = IdempotencyKey(scope="z", key="k", request_hash=b"", lease_until=AT, expires_at=AT, status="done")
    with pytest.raises(IntegrityError, match="idempotency_done_has_answer"), transaction.atomic():
        row.save()


def _pay_together() -> None:
    """Two requests with the same key meet at the door."""
    door = threading.Barrier(2, timeout=10)

    def pay() -> None:
        door.wait()
        with suppress(idempotency.RequestInFlight):
            _once()

    race(pay, pay)


@pytest.mark.django_db(transaction=True)
@pytest.mark.races
def test_two_at_once_pay_twice_where_the_key_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """The positive control: the harness does produce the double effect."""
    monkeypatch.setattr(
        idempotency, "claim", lambda **_: idempotency.Claim(key_id=new_id(), token=new_id(), context="")
    )
    monkeypatch.setattr(idempotency, "settle", lambda *_, **__: None)
    _pay_together()
    assert _effects() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.races
def test_two_at_once_pay_once() -> None:
    _pay_together()
    assert _effects() == 1


# --- Forms ---

PERSON = Actor(kind="person", user_id=new_id())


@pytest.mark.django_db
def test_a_second_submit_goes_where_the_first_went() -> None:
    def act() -> str:
        _pay()
        return "/invoices/7/"

    key = idempotency.new_form_key()
    first = idempotency.once_form(form="pay", form_key=key, by=PERSON, at=AT, act=act)
    second = idempotency.once_form(form="pay", form_key=key, by=PERSON, at=AT + SOON, act=act)

    assert (first.url, first.is_repeat) == ("/invoices/7/", False)
    assert (second.url, second.is_repeat) == ("/invoices/7/", True)
    assert _effects() == 1


@pytest.mark.django_db
def test_a_form_that_was_refused_goes_through_when_mended() -> None:
    def refuse() -> str:
        raise NotAllowed

    with pytest.raises(NotAllowed):
        idempotency.once_form(form="pay", form_key="k", by=PERSON, at=AT, act=refuse)
    assert not idempotency.once_form(form="pay", form_key="k", by=PERSON, at=AT, act=lambda: "/").is_repeat


@pytest.mark.django_db
def test_a_form_key_of_somebody_else_or_of_another_form_tells_nothing() -> None:
    idempotency.once_form(form="pay", form_key="k", by=PERSON, at=AT, act=lambda: "/private/")
    other = Actor(kind="person", user_id=new_id())
    assert idempotency.once_form(form="pay", form_key="k", by=other, at=AT, act=lambda: "/mine/").url == "/mine/"
    assert idempotency.once_form(form="other", form_key="k", by=PERSON, at=AT, act=lambda: "/b/").url == "/b/"


@pytest.mark.django_db
def test_a_form_without_its_key_is_refused() -> None:
    with pytest.raises(idempotency.FormIncomplete):
        idempotency.once_form(form="pay", form_key="", by=PERSON, at=AT, act=lambda: "/")


@pytest.mark.django_db(transaction=True)
@pytest.mark.races
def test_a_double_click_has_one_effect_and_one_address() -> None:
    door = threading.Barrier(2, timeout=10)
    addresses: list[str] = []

    def click() -> None:
        door.wait()
        addresses.append(idempotency.once_form(form="pay", form_key="k", by=PERSON, at=AT, act=act).url)

    def act() -> str:
        _pay()
        return f"/done/{new_id()}/"

    race(click, click)
    assert _effects() == 1
    assert addresses[0] == addresses[1]
