"""The fraud desk: which tries freeze a carton by themselves, and that releasing puts exactly that back."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from prepaid_cards import errors
from prepaid_cards.models import Card, CardAlert, CardBatch, CardEvent, RedemptionAttempt, WaitEnded
from prepaid_cards.operations.fraud import end_wait, keep_alert, release_alert
from prepaid_cards.operations.ranges import freeze_range
from prepaid_cards.operations.redemption import open_card
from prepaid_cards.queries.fraud import waits
from prepaid_cards.queries.redeeming import lock_of
from prepaid_cards.rules.codes import draw
from provider.accounts.models import Account
from provider.kernel import clock, outbox
from provider.kernel.actor import SYSTEM, Actor
from provider.kernel.errors import ForbiddenMove, NotFound, Refusal
from provider.kernel.models import AuditRow
from tests.factories import AT, make_account, make_member
from tests.prepaid_cards.factories import make_batch, make_product
from tests.properties import examples
from tests.racing import race
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


# --- Waits after wrong codes ---


def guess(*, account: Account | None = None, address: str = "203.0.113.5", at: datetime = AT) -> None:
    by = Actor(kind="anonymous", address=address)
    with pytest.raises(errors.CardNotTaken):
        open_card(code_typed=draw(1)[0], account_id=account.id if account else None, by=by, at=at)


def is_kept_waiting(*, account: Account | None = None, at: datetime) -> bool:
    by = Actor(kind="anonymous", address="203.0.113.5")
    try:
        open_card(code_typed=draw(1)[0], account_id=account.id if account else None, by=by, at=at)
    except errors.TriesLocked:
        return True
    except errors.CardNotTaken:
        return False
    raise AssertionError("a code drawn at random is a card's")


def test_the_desk_knows_who_waits_until_when_as_the_holder_is_told(batch: CardBatch) -> None:
    lan, ming = make_account(name="Lan"), make_account(name="Ming")
    for minute in range(5):
        guess(account=lan, at=AT + minute * MINUTE, address="198.51.100.7")
        guess(at=AT + minute * MINUTE)
    for minute in range(4):
        guess(account=ming, at=AT + minute * MINUTE, address="198.51.100.8")
    at = AT + 5 * MINUTE

    told = [(one.whose, one.key, one.count, one.last_at, one.until) for one in waits(at=at)]

    last, until = AT + 4 * MINUTE, AT + 19 * MINUTE
    assert sorted(told) == [
        ("account", str(lan.id), 5, last, until), ("visitors", "203.0.113.0/24", 5, last, until)
    ]  # fmt: skip
    with pytest.raises(errors.TriesLocked) as refused:
        open_card(code_typed=draw(1)[0], account_id=lan.id, by=SYSTEM, at=at)
    assert refused.value.facts["until"] == until
    assert not waits(at=until)


MINUTES = st.integers(0, 90) | st.integers(1380, 1530)  # of one day, and around the end of the first failures' day


@given(
    tries=st.lists(
        st.tuples(st.sampled_from(["lan", "ming", ""]), st.sampled_from("12"), MINUTES),
        min_size=1, max_size=120,
    ),
    after=st.integers(0, 120) | st.integers(1380, 1600),
)  # fmt: skip
@examples(30)
def test_whoever_the_desk_names_waits_and_nobody_else(
    db: None, tries: list[tuple[str, str, int]], after: int
) -> None:  # fmt: skip
    with transaction.atomic():
        ids = {"lan": UUID(int=1), "ming": UUID(int=2), "": None}
        RedemptionAttempt.objects.bulk_create(
            RedemptionAttempt(
                at=AT + minute * MINUTE, outcome="wrong", is_guess=True, account_id=ids[who], block=f"203.0.{net}.0/24"
            )
            for who, net, minute in tries if minute <= after
        )  # fmt: skip
        at = AT + after * MINUTE

        named = {(one.whose, one.key): one.until for one in waits(at=at)}

        for who, net in itertools.product(ids, "12"):
            block, account_id = f"203.0.{net}.0/24", ids[who]
            lock = lock_of(account_id=account_id, block=block, serial="", since=None, at=at)
            own = ("account", str(account_id)) if account_id else ("visitors", block)
            ends = [named[key] for key in (own, ("network", block), ("everybody", "")) if key in named]
            assert (lock.until if lock else None) == max(ends, default=None)
        transaction.set_rollback(True)


def test_a_wait_that_is_ended_counts_anew_and_says_why(batch: CardBatch) -> None:
    lan = make_account(name="Lan")
    for _ in range(5):
        guess(account=lan)
    assert is_kept_waiting(account=lan, at=AT + MINUTE)

    with pytest.raises(errors.ReasonMissing):
        end_wait(whose="account", key=str(lan.id), reason=" ", by=SYSTEM, at=AT + MINUTE)
    end_wait(whose="account", key=str(lan.id), reason="She rang: her hands shake", by=SYSTEM, at=AT + MINUTE)

    assert not waits(at=AT + 2 * MINUTE)
    assert [is_kept_waiting(account=lan, at=AT + 2 * MINUTE) for _ in range(6)] == [False] * 5 + [True]
    row = AuditRow.objects.get(verb="card_wait.ended")
    assert (row.account_id, row.reason) == (lan.id, "She rang: her hands shake")


def test_a_wait_is_ended_for_one_and_only_while_it_lasts(batch: CardBatch) -> None:
    lan = make_account(name="Lan")
    for _ in range(5):
        guess(account=lan)
        guess()
    end_wait(whose="visitors", key="203.0.113.0/24", reason="A school", by=SYSTEM, at=AT + MINUTE)

    assert not is_kept_waiting(at=AT + 2 * MINUTE)
    assert is_kept_waiting(account=lan, at=AT + 2 * MINUTE)
    for whose, key in (("visitors", "203.0.113.0/24"), ("account", "nobody"), ("nobody", "")):
        with pytest.raises(errors.NobodyWaits):
            end_wait(whose=whose, key=key, reason="Again", by=SYSTEM, at=AT + 2 * MINUTE)
    with pytest.raises(errors.NobodyWaits):
        end_wait(whose="account", key=str(lan.id), reason="Late", by=SYSTEM, at=AT + timedelta(days=2))


@pytest.mark.django_db(transaction=True)
def test_of_two_operators_who_end_one_wait_one_is_told_that_it_is_over() -> None:
    make_account(name="Perennial", portal="provider")
    lan = make_account(name="Lan")
    for _ in range(5):
        guess(account=lan)

    outcomes: list[str] = []

    def ends() -> None:
        try:
            end_wait(whose="account", key=str(lan.id), reason="She rang", by=SYSTEM, at=AT + MINUTE)
        except errors.NobodyWaits:
            outcomes.append("over")
        else:
            outcomes.append("ended")

    race(ends, ends)
    assert sorted(outcomes) == ["ended", "over"]
    assert WaitEnded.objects.count() == 1


def test_an_operator_reads_who_waits_and_lets_them_try_again(batch: CardBatch) -> None:
    lan, at = make_account(name="Lan"), clock.now()
    for _ in range(5):
        guess(account=lan, at=at)
    provider = Account.objects.get(name="Perennial")
    client = signed_in(make_member(account=provider, portal="provider", role="operator").user)

    page = client.get("/operator/cards/fraud/").content.decode()
    assert "Made to wait" in page
    assert ">Lan<" in page
    assert "wrong codes counted: 5" in page
    url = "/operator/cards/fraud/waits/account/end/"
    assert client.post(url, {"key": str(lan.id), "reason": ""}).status_code == 422
    code = draw(1)[0]
    assert client.post(url, {"key": str(lan.id), "reason": f"She rang and said {code}"}).status_code == 302
    after = client.get("/operator/cards/fraud/").content.decode()
    assert "Nobody waits" in after
    assert "She rang and said" in after
    assert code not in after
    assert client.post(url, {"key": str(lan.id), "reason": "Again"}).status_code == 409
