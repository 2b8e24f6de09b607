"""The fraud desk: which tries freeze a carton by themselves, and that releasing puts exactly that back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings

from prepaid_cards import errors
from prepaid_cards.models import Card, CardAlert, CardBatch, CardEvent
from prepaid_cards.operations.fraud import keep_alert, release_alert
from prepaid_cards.operations.ranges import freeze_range
from prepaid_cards.operations.redemption import open_card
from prepaid_cards.rules.codes import draw
from provider.accounts.models import Account
from provider.kernel import outbox
from provider.kernel.actor import SYSTEM, Actor
from provider.kernel.errors import ForbiddenMove, NotFound, Refusal
from tests.factories import AT, make_account, make_member
from tests.prepaid_cards.factories import make_batch, make_product
from tests.sessions import signed_in

Codes = Callable[..., str]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def batch(db: None) -> CardBatch:
    """1,200 cards in a store."""
    make_account(name="Perennial", portal="provider")
    return make_batch(product=make_product(), count=1200)


@pytest.fixture
def code_of(batch: CardBatch) -> Codes:
    """Gives one card of the batch a secret that is known."""

    def given(counter: int, **facts: Any) -> str:
        (code,) = draw(1)
        hashed = settings.CARD_KEYS.newest.digest(code.encode())
        Card.objects.filter(batch=batch, counter=counter).update(
            secret_hmac=hashed, key_path=settings.CARD_KEYS.newest.name, **facts
        )  # fmt: skip
        return code

    return given


def try_code(code: str, *, after: timedelta = timedelta(), account: Account | None = None, address: str = "") -> None:
    by = Actor(kind="anonymous", address=address or "203.0.113.5")
    with pytest.raises(Refusal):
        open_card(code_typed=code, account_id=account.id if account else None, by=by, at=AT + after)
    outbox.drain()


def frozen(batch: CardBatch) -> list[int]:
    return sorted(Card.objects.filter(batch=batch, status="frozen").values_list("counter", flat=True))


def test_a_canary_freezes_the_carton_around_it(batch: CardBatch, code_of: Codes) -> None:
    try_code(code_of(700, is_canary=True))

    alert = CardAlert.objects.get()
    assert (alert.kind, alert.first, alert.last, alert.frozen_count) == ("canary", 200, 1200, 1000)
    assert frozen(batch) == [*range(200, 700), *range(701, 1201)]


def test_one_unsold_card_is_a_till_that_forgot_three_are_a_stolen_stack(batch: CardBatch, code_of: Codes) -> None:
    for minute, counter in enumerate((30, 31)):
        try_code(code_of(counter), after=minute * MINUTE, address=f"198.51.{minute}.1")
    assert not CardAlert.objects.exists()

    try_code(code_of(32), after=3 * MINUTE, address="198.51.9.1")

    alert = CardAlert.objects.get()
    assert (alert.kind, alert.serial, alert.first, alert.last) == ("unsold", alert.serial, 1, 532)
    assert len(frozen(batch)) == alert.frozen_count == 532


def test_far_apart_or_long_ago_is_no_stack(batch: CardBatch, code_of: Codes) -> None:
    for day, counter in enumerate((10, 500, 1000)):
        try_code(code_of(counter), after=day * MINUTE)
    try_code(code_of(11), after=timedelta(days=2))
    try_code(code_of(12), after=timedelta(days=2, minutes=1))

    assert not CardAlert.objects.exists()


def test_one_network_that_goes_through_a_stack_is_a_scan_whatever_the_reason(batch: CardBatch, code_of: Codes) -> None:
    for minute, counter in enumerate((101, 102, 103, 104)):
        try_code(code_of(counter, status="void", voided_at=AT), after=minute * MINUTE)

    assert CardAlert.objects.get().kind == "scan"


def test_an_open_alarm_is_not_raised_again(batch: CardBatch, code_of: Codes) -> None:
    first, second = (code_of(counter, is_canary=True) for counter in (700, 710))
    try_code(first)
    try_code(second, after=MINUTE)

    assert CardAlert.objects.count() == 1


def test_releasing_puts_back_what_the_alarm_froze_and_nothing_else(batch: CardBatch, code_of: Codes) -> None:
    freeze_range(batch_id=batch.id, first=650, last=660, reason="Police", by=SYSTEM, at=AT - MINUTE)
    try_code(code_of(700, is_canary=True))

    alert = release_alert(alert_id=CardAlert.objects.get().id, by=SYSTEM, at=AT + MINUTE)

    assert alert.status == "released"
    assert frozen(batch) == list(range(650, 661))
    assert CardEvent.objects.filter(batch=batch, verb="released").count() == 3  # the runs beside 650 and the canary
    with pytest.raises(ForbiddenMove):
        release_alert(alert_id=alert.id, by=SYSTEM, at=AT)
    with pytest.raises(NotFound):
        release_alert(alert_id=0, by=SYSTEM, at=AT)


def test_kept_frozen_with_a_reason_it_can_still_be_released_later(batch: CardBatch, code_of: Codes) -> None:
    try_code(code_of(700, is_canary=True))
    alert = CardAlert.objects.get()

    with pytest.raises(errors.ReasonMissing):
        keep_alert(alert_id=alert.id, reason=" ", by=SYSTEM, at=AT)
    keep_alert(alert_id=alert.id, reason="The printer's van was robbed", by=SYSTEM, at=AT + MINUTE)
    assert len(frozen(batch)) == 1000

    release_alert(alert_id=alert.id, by=SYSTEM, at=AT + 2 * MINUTE)
    assert frozen(batch) == []


def test_an_operator_sees_the_alarm_and_releases_it_with_one_click(batch: CardBatch, code_of: Codes) -> None:
    code = code_of(700, is_canary=True)
    try_code(code)
    alert = CardAlert.objects.get()
    provider = Account.objects.get(name="Perennial")
    client = signed_in(make_member(account=provider, portal="provider", role="operator").user)

    page = client.get("/operator/cards/fraud/").content.decode()
    assert "250001-0000700" in page
    assert ">To be checked<" in page
    assert "1,000 frozen of the cards 200 – 1,200" in page
    assert client.get("/operator/cards/fraud/tries/?block=203.0.113").status_code == 200
    assert client.post(f"/operator/cards/fraud/{alert.id}/keep/", {"reason": ""}).status_code == 422
    assert client.post(f"/operator/cards/fraud/{alert.id}/release/").status_code == 302
    after = client.get("/operator/cards/fraud/").content.decode()
    assert ">False alarm<" in after
    assert code not in page + after
