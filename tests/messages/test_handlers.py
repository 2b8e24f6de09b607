"""What happens elsewhere and somebody wants to know."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from provider.accounts.events import AccountCreated, ActingEnded
from provider.accounts.models import Account, Consent, Impersonation, User
from provider.kernel import jobs, outbox
from provider.kernel.actor import Actor
from provider.kernel.errors import N_
from provider.kernel.events import JobFinished
from provider.messages.models import Message

from .conftest import NOW, make_account, make_user


def _publish(event: Any) -> None:
    with transaction.atomic():
        outbox.publish(event, at=NOW)
    outbox.drain()


@pytest.fixture
def job(user: User, account: Account) -> Any:
    jobs.define("tests.export", step=_no_step, title=N_("Export of %(what)s"))
    by = Actor(kind="person", user_id=user.id, account_id=account.id)
    return jobs.start(kind="tests.export", params={"what": "invoices"}, by=by, at=NOW, account_id=account.id)


def _no_step(chunk: Any) -> Any:
    raise AssertionError("not run here")


def test_who_started_a_job_is_told_how_it_ended(job: Any, user: User, account: Account) -> None:
    _publish(JobFinished(account_id=account.id, job_id=job.id, kind=job.kind, status="done", user_id=user.id))
    _publish(JobFinished(account_id=account.id, job_id=job.id, kind=job.kind, status="done", user_id=user.id))

    message = Message.objects.get()  # once, though it was published twice
    assert (message.key, message.user, message.account) == ("job_finished", user, account)
    assert (message.params["job_name"], message.params["outcome"]) == ("Export of invoices", "done")
    assert message.params["link"] == f"/jobs/{job.id}/"


def test_a_new_subscribers_owner_is_welcomed_and_nobody_else(user: User, account: Account) -> None:
    reseller = make_account(name="North", portal="reseller", email="n@north.example")
    make_user(account=reseller, email="owner@north.example")

    _publish(AccountCreated(account_id=account.id, portal="subscriber"))
    _publish(AccountCreated(account_id=reseller.id, portal="reseller"))

    assert [(message.key, message.user) for message in Message.objects.all()] == [("welcome", user)]


def test_the_owner_learns_when_support_has_left(user: User, account: Account) -> None:
    house = make_account(name="House", portal="provider", email="h@p.example")
    ada = make_user(account=house, email="ada@p.example", name="Ada", role="support")
    hour = timedelta(hours=1)
    consent = Consent.objects.create(
        kind="support_access", granted_to=house, user=user, account=account, given_at=NOW, expires_at=NOW + hour
    )
    act = Impersonation.objects.create(
        staff=ada, staff_account=house, account=account, portal="subscriber", consent=consent, reason="Import",
        started_at=NOW, expires_at=NOW + hour, ended_at=NOW + hour / 2,
    )  # fmt: skip

    _publish(ActingEnded(account_id=account.id, impersonation_id=act.id))

    message = Message.objects.get()
    assert (message.key, message.user, message.params["staff_name"]) == ("support_access_ended", user, "Ada")
