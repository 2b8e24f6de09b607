"""Caps on SMS hold exactly, are visible, and are told once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction

from provider.messages.flows.delivery import deliver
from provider.messages.gateways.loopback import LoopbackSms
from provider.messages.models import Delivery, Message, Spending
from provider.messages.operations import messages, spending
from provider.messages.rules.attempts import Answer
from provider.messages.rules.letters import GatewayAnswer

from .conftest import NOW, make_account, make_user

NUMBER = "+8613912345678"
PLAN = spending.SmsPlan(part_count=1, cost=Decimal("0.045"), gateways=("loopback",), country="CN")


def _send(number: str = NUMBER, **changes: Any) -> Delivery:
    message = messages.send(
        key="sign_in_code", to_phone=number, params={"minutes": 10}, secret_params={"code": "482913"}, at=NOW, **changes
    )
    delivery = message.deliveries.get()
    deliver(delivery_id=delivery.id, at=NOW)
    delivery.refresh_from_db()
    return delivery


def test_the_cap_per_number_holds_and_ends_with_the_hour(db: None, settings: Any, mailbox: Any) -> None:
    settings.SMS_CAP_PER_NUMBER_HOUR = 2

    states = [_send().status for _ in range(4)]

    assert states == ["sent", "sent", "capped", "capped"]
    assert len(mailbox(address=NUMBER)) == 2
    assert _send("+8613912345679").status == "sent"  # another number is free
    held_back = Delivery.objects.filter(status="capped")
    assert {delivery.error for delivery in held_back} == {"number_hour"}
    assert not Message.objects.filter(secret__isnull=False).exists()


def test_the_cap_per_account_and_the_budget_per_day(db: None, settings: Any) -> None:
    account = make_account()
    settings.SMS_CAP_PER_ACCOUNT_DAY = 1
    assert _send(account=account).status == "sent"
    assert _send("+8613900000009", account=account).error == "account_day"

    settings.SMS_CAP_COST_PER_DAY = Spending.objects.get(cap="cost_day").cost
    assert _send("+8613900000010").error == "cost_day"


def test_a_country_that_is_not_allowed_gets_none(db: None) -> None:
    delivery = _send("+4915112345678")

    assert (delivery.status, delivery.error) == ("capped", "country")


def test_operators_are_told_once_however_many_are_held_back(db: None, settings: Any) -> None:
    settings.SMS_CAP_PER_NUMBER_HOUR = 1
    house = make_account(name="House", portal="provider", email="house@p.example")
    operator = make_user(account=house, email="op@p.example", role="operator")
    make_user(account=house, email="fin@p.example", role="finance")

    for _ in range(4):
        _send()

    notice = Delivery.objects.get(message__key="sms_cap_reached")
    assert notice.reader == operator
    assert notice.message.params["subject"] == "+86139****5678"


def test_a_retry_is_not_counted_twice(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        LoopbackSms, "send", lambda _self, _sms, **_when: GatewayAnswer(answer=Answer.AGAIN, error="no_answer")
    )
    delivery = _send()
    assert delivery.status == "queued"
    monkeypatch.undo()
    deliver(delivery_id=delivery.id, at=NOW + timedelta(seconds=10))

    assert Spending.objects.get(cap="number_hour").sms_count == 1


def _race(take: Callable[[], object], *, count: int) -> int:
    """How many of `count` threads that start together may send."""
    barrier, allowed = threading.Barrier(count), []

    def run() -> None:
        barrier.wait()
        try:
            with transaction.atomic():
                if take() is None:
                    allowed.append(1)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(allowed)


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_a_cap_is_overrun_so_the_race_is_real(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SMS_CAP_PER_NUMBER_HOUR = 3
    meeting = threading.Barrier(8)

    def read_without_lock(cap: Any) -> Spending:
        row = Spending(cap=cap.name, subject=cap.subject, window_at=cap.window_at)
        if cap.name == "number_hour":
            row = Spending.objects.filter(cap=cap.name).first() or row
            meeting.wait(timeout=10)
        return row

    monkeypatch.setattr(spending, "lock_spending", read_without_lock)

    assert _race(lambda: spending.take(number=NUMBER, account_id=None, plan=PLAN, at=NOW), count=8) == 8


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_with_the_lock_exactly_the_cap_is_sent(settings: Any) -> None:
    settings.SMS_CAP_PER_NUMBER_HOUR = 3

    assert _race(lambda: spending.take(number=NUMBER, account_id=None, plan=PLAN, at=NOW), count=8) == 3
    row = Spending.objects.get(cap="number_hour")
    assert (row.sms_count, row.cost) == (3, Decimal("0.135"))


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_the_money_of_a_day_is_never_overspent(settings: Any) -> None:
    settings.SMS_CAP_PER_NUMBER_HOUR = 100
    settings.SMS_CAP_COST_PER_DAY = Decimal("0.2")  # four parts and a bit

    assert _race(lambda: spending.take(number=NUMBER, account_id=None, plan=PLAN, at=NOW), count=10) == 4
