"""Things that got stuck are tried again by hand, with a reason, and everybody can read who did it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from provider.accounts.models import Account, Brand, Invitation
from provider.kernel import clock, jobs
from provider.kernel.ids import new_id
from provider.kernel.models import AuditRow, Job, JobStatus, OutboxEvent, OutboxStatus
from tests.console.conftest import enter
from tests.factories import AT, make_account, make_member

pytestmark = pytest.mark.django_db


def make_stuck(name: str = "some.fact") -> OutboxEvent:
    return OutboxEvent.objects.create(
        name=name, payload={"who": "林"}, at=AT, status=OutboxStatus.STUCK, attempts=12, last_error="no answer"
    )


def make_expired(account: Account, *, number: int) -> list[Invitation]:
    return [
        Invitation.objects.create(
            account=account, portal="subscriber", role="owner", email=f"late{n}@example.com", token_hash=new_id().bytes,
            created_at=AT, expires_at=AT + timedelta(days=7),
        )
        for n in range(number)
    ]  # fmt: skip


def test_the_page_of_a_stuck_fact_says_what_it_is_and_what_went_wrong(operator: Client) -> None:
    body = operator.get(f"/operator/outbox/{make_stuck().id}/").content.decode()
    assert "no answer" in body
    assert "林" in body
    assert "12 tries" in body


def test_a_retry_wants_a_reason_and_is_kept_in_the_history(operator: Client) -> None:
    event = make_stuck()
    retry = f"/operator/outbox/{event.id}/retry/"
    assert operator.post(retry)["Location"] == f"/operator/outbox/{event.id}/"
    assert "required" in operator.post(retry, {"reason": "  "}).content.decode()
    assert operator.post(retry, {"reason": "the address is mended"}).status_code == 302
    event.refresh_from_db()
    assert event.status != OutboxStatus.STUCK
    assert AuditRow.objects.get(verb="outbox.retried").reason == "the address is mended"


def test_what_is_no_longer_stuck_is_not_tried_twice(operator: Client) -> None:
    event = make_stuck()
    OutboxEvent.objects.update(status=OutboxStatus.WAITING, last_error="")
    answer = operator.post(f"/operator/outbox/{event.id}/retry/", {"reason": "again"})
    assert answer.status_code == 409
    assert not AuditRow.objects.filter(verb="outbox.retried").exists()


def test_all_stuck_facts_are_tried_again_at_once(operator: Client) -> None:
    for number in range(3):
        make_stuck(f"fact.number_{number}")
    assert "Retry 3" in operator.get("/operator/outbox/retry/").content.decode()
    operator.post("/operator/outbox/retry/", {"reason": "the worker is back"})
    assert not OutboxEvent.objects.filter(status=OutboxStatus.STUCK).exists()
    assert AuditRow.objects.filter(verb="outbox.retried", reason="the worker is back").count() == 3


def test_who_only_looks_things_up_retries_nothing(client: Client, provider: Account) -> None:
    enter(client, make_member(account=provider, portal="provider", role="support"))
    event = make_stuck()
    assert client.get(f"/operator/outbox/{event.id}/").status_code == 200
    assert client.post(f"/operator/outbox/{event.id}/retry/", {"reason": "let me"}).status_code == 403
    assert client.post("/operator/outbox/retry/", {"reason": "let me"}).status_code == 403


def test_chosen_invitations_are_sent_again_as_one_job(operator: Client, letters: Any) -> None:
    customer = make_account(name="Fern")
    first, second, third = make_expired(customer, number=3)
    operator.post("/operator/invitations/resend/", {"ids": [str(first.id), str(second.id)], "query": ""})
    job = Job.objects.get()
    ended = jobs.run_to_end(job_id=job.id, at=clock.now())
    assert (ended.status, ended.counts["sent"]) == (JobStatus.DONE, 2)
    assert letters.keys() == ["invitation", "invitation"]
    third.refresh_from_db()
    assert third.expires_at == AT + timedelta(days=7)


def test_an_invitation_that_was_answered_meanwhile_is_left_alone(operator: Client, letters: Any) -> None:
    customer = make_account(name="Fern")
    make_expired(customer, number=2)
    operator.post("/operator/invitations/resend/", {"all": "yes", "query": ""})
    Invitation.objects.filter(email="late0@example.com").update(status="revoked", settled_at=AT)
    ended = jobs.run_to_end(job_id=Job.objects.get().id, at=clock.now())
    assert ended.counts == {"sent": 1, "left_alone": 1}


def test_an_operator_sends_the_owners_invitation_again(client: Client, provider: Account, letters: Any) -> None:
    enter(client, make_member(account=provider, portal="provider", role="operator"))
    customer = make_account(name="Fern")
    (invitation,) = make_expired(customer, number=1)
    client.post(f"/operator/accounts/{customer.id}/invitations/{invitation.id}/resend/")
    assert letters.keys() == ["invitation"]


def test_brands_lead_to_whom_they_belong(operator: Client) -> None:
    brand = Brand.objects.create(name="Red Lantern", created_at=AT)
    account = make_account(name="The lantern shop", portal="reseller", brand=brand)
    body = operator.get("/operator/brands/").content.decode()
    assert "Red Lantern" in body
    assert f"/operator/accounts/{account.id}/" in body


def test_colleagues_without_a_second_factor_stand_on_the_home_page(operator: Client) -> None:
    assert "colleague without a second factor" in operator.get("/operator/").content.decode()
