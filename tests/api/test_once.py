"""A POST is done once, however often it is sent."""

from __future__ import annotations

from uuid import uuid4

import pytest

from provider.accounts.models import ApiKey
from provider.kernel.models import IdempotencyKey
from tests.racing import race

from .conftest import Caller, assert_problem, caller_for, make_account, make_key

WISH = {"name": "Warehouse sync", "scopes": ["accounts:read"]}


@pytest.mark.django_db
class TestOneAfterTheOther:
    def test_the_second_time_gets_the_first_answer(self, customer):
        key = str(uuid4())
        first = customer.post("/api-keys", WISH, key=key)
        second = customer.post("/api-keys", WISH, key=key)

        assert first.status_code == second.status_code == 201
        assert second.json() == first.json()
        assert "Idempotent-Replayed" not in first
        assert second["Idempotent-Replayed"] == "true"
        assert ApiKey.objects.filter(name="Warehouse sync").count() == 1

    def test_another_body_under_the_same_key_is_refused(self, customer):
        key = str(uuid4())
        customer.post("/api-keys", WISH, key=key)

        response = customer.post("/api-keys", WISH | {"name": "Another"}, key=key)

        problem = assert_problem(response, status=422, code="idempotency_key_reused")
        assert problem["errors"][0]["header"] == "Idempotency-Key"
        assert ApiKey.objects.filter(name="Another").count() == 0

    def test_without_a_key_nothing_is_done(self, customer):
        response = customer.post("/api-keys", WISH, key=None)

        problem = assert_problem(response, status=400, code="idempotency_key_missing")
        assert problem["errors"][0]["header"] == "Idempotency-Key"
        assert not ApiKey.objects.filter(name="Warehouse sync").exists()

    @pytest.mark.parametrize("key", ["x" * 256, "a\tb"])
    def test_a_key_that_cannot_be_kept(self, customer, key):
        assert_problem(customer.post("/api-keys", WISH, key=key), status=422, code="idempotency_key_invalid")

    def test_the_same_key_from_another_caller_is_another_request(self, customer, subscriber):
        key = str(uuid4())
        colleague = caller_for(subscriber)
        stranger = caller_for(make_account("Elsewhere"))

        ids = {caller.post("/api-keys", WISH, key=key).json()["id"] for caller in (customer, colleague, stranger)}

        assert len(ids) == 3

    def test_what_was_refused_may_be_corrected_under_the_same_key(self, customer):
        key = str(uuid4())
        refused = customer.post("/api-keys", WISH | {"scopes": ["moon:write"]}, key=key)
        unfit = customer.post("/api-keys", {}, key=key)
        corrected = customer.post("/api-keys", WISH, key=key)

        assert_problem(refused, status=422, code="unknown_scope")
        assert_problem(unfit, status=422, code="invalid_request")
        assert corrected.status_code == 201

    def test_the_stored_answer_does_not_hold_the_secret_in_plain_text(self, customer):
        secret = customer.post("/api-keys", WISH).json()["secret"]

        stored = IdempotencyKey.objects.get()

        assert stored.is_sealed
        assert secret.encode() not in bytes(stored.answer_body)


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
class TestAtTheSameTime:
    def test_without_one_key_for_all_each_request_has_its_effect(self):
        """The positive control: the harness really does send them at once, and each one counts."""
        _, secret = make_key(make_account("Linden Trading"))

        answers = _send(secret, keys=[str(uuid4()) for _ in range(20)])

        assert [answer.status_code for answer in answers] == [201] * 20
        assert ApiKey.objects.filter(name="Warehouse sync").count() == 20

    def test_twenty_at_once_under_one_key_have_one_effect(self):
        _, secret = make_key(make_account("Linden Trading"))

        answers = _send(secret, keys=[str(uuid4())] * 20)

        done = [answer for answer in answers if answer.status_code == 201]
        waiting = [answer for answer in answers if answer.status_code == 409]
        assert ApiKey.objects.filter(name="Warehouse sync").count() == 1
        assert len(done) + len(waiting) == 20
        assert len([answer for answer in done if "Idempotent-Replayed" not in answer]) == 1
        assert len({answer.json()["id"] for answer in done}) == 1
        for answer in waiting:
            assert_problem(answer, status=409, code="request_in_flight")


def _send(secret: str, *, keys: list[str]):
    answers: list = []

    def send(key: str) -> None:
        answers.append(Caller(secret=secret).post("/api-keys", WISH, key=key))

    race(*[lambda key=key: send(key) for key in keys])
    return answers
