"""What happens to one card at the same time. Each race comes with its positive control: the very same operations with
the row locks taken out, where the harm is seen; without that, a race that never met would prove nothing."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, connection
from django.db.models import QuerySet

from invoices.operations.subscriptions import NewSubscription, start_subscription
from plans.models import PaidTerm
from prepaid_cards.models import Card, CardEvent, Redemption
from prepaid_cards.operations import cards as selling
from prepaid_cards.operations import locks
from prepaid_cards.operations import redemption as redeeming
from prepaid_cards.operations.cards import activate, reverse_activation
from prepaid_cards.operations.ranges import freeze_range
from prepaid_cards.operations.redemption import promise, redeem
from provider.accounts.models import Account
from provider.kernel import laws
from provider.kernel.actor import SYSTEM
from provider.kernel.errors import Refusal
from provider.workshop.stories.stage import Stage
from tests.factories import AT, make_account
from tests.prepaid_cards.factories import make_batch
from tests.prepaid_cards.operations.test_redemption import a_card, stage
from tests.racing import race

__all__ = ["stage"]
pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
Outcomes = Counter[str]


def at_once(*acts: Callable[[], object]) -> Outcomes:
    """Run all at the same time; what each came to: "done", or the code of its refusal."""
    seen: Outcomes = Counter()
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        connection.ensure_connection()
        start.wait()
        try:
            act()
        except Refusal as refusal:
            seen[refusal.code] += 1
        except IntegrityError:
            seen["stopped by a constraint"] += 1
        else:
            seen["done"] += 1

    race(*[lambda act=act: run(act) for act in acts])
    return seen


def unlocked(rows: QuerySet[Any], *_args: object, **_facts: object) -> QuerySet[Any]:
    """A read that takes no lock."""
    return rows


def take_locks_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the ORM's reads, and of those that are written out."""
    monkeypatch.setattr(QuerySet, "select_for_update", unlocked)
    monkeypatch.setattr(locks, "_CARD", locks._CARD.removesuffix(" for update of c"))
    monkeypatch.setattr(locks, "_ACCOUNT", locks._ACCOUNT.removesuffix(" for no key update of a\n"))


def write(row: Any, *, to: str, transitions: object, **facts: Any) -> None:
    """A write that does not ask whether somebody moved the row meanwhile."""
    type(row).objects.filter(pk=row.pk).update(status=to, **facts)


@pytest.fixture
def without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Row locks and compare-and-sets taken out, and two sides held between judging and writing until both have judged.

    What is left is what an honest but naive programmer would have written: read, judge, write.
    """
    both = threading.Barrier(2)

    def write_when_both_have_judged(row: Any, **facts: Any) -> None:
        both.wait(timeout=20)
        write(row, **facts)

    take_locks_out(monkeypatch)
    monkeypatch.setattr(redeeming, "move", write_when_both_have_judged)
    monkeypatch.setattr(selling, "move", write_when_both_have_judged)


def as_owner() -> psycopg.Connection[Any]:
    """A connection that may take a constraint away."""
    database = connection.settings_dict["NAME"]
    return psycopg.connect(os.environ["DATABASE_OWNER_URL"], dbname=database, autocommit=True)


def accounts_of(stage: Stage, count: int) -> list[Account]:
    made = []
    for _ in range(count):
        account = make_account(currency="CNY")
        wish = NewSubscription(version_id=stage.versions["standard"].id, pays="prepaid")
        start_subscription(account_id=account.id, wish=wish, by=SYSTEM, at=AT)
        made.append(account)
    return made


def redeemers(card: Card, accounts: list[Account]) -> list[Callable[[], object]]:
    """Everybody has seen the quote; now all confirm."""
    quoted = [(account, promise(card=card, account=account, at=AT).digest) for account in accounts]
    return [
        lambda account=account, digest=digest: redeem(
            card_id=card.id, account_id=account.id, expected=digest, by=SYSTEM, at=AT
        )
        for account, digest in quoted
    ]


def laws_hold() -> bool:
    names = ["card_liability_is_the_sold_cards", "cards_redeemed_have_their_redemption", "ledger_balances"]
    return all(laws.check(law).holds for law in laws.known(names))


# --- One card, many accounts ---


def test_of_twenty_at_once_exactly_one_redeems_the_card(stage: Stage) -> None:
    card, _ = a_card(stage)

    seen = at_once(*redeemers(card, accounts_of(stage, 20)))

    assert seen == {"done": 1, "card_used": 19}
    assert Redemption.objects.filter(card=card).count() == PaidTerm.objects.count() == 1
    assert laws_hold()


@pytest.mark.usefixtures("without_locks")
def test_control_without_lock_and_constraint_two_redeem_it(stage: Stage) -> None:
    card, _ = a_card(stage)
    racers = redeemers(card, accounts_of(stage, 2))
    with as_owner() as owner:
        owner.execute("drop index card_redeemed_once")
    try:
        assert at_once(*racers) == {"done": 2}
        assert PaidTerm.objects.count() == 2
        assert not laws_hold()
    finally:
        Redemption.objects.filter(id=Redemption.objects.latest("id").id).update(status="undone", undone_at=AT)
        with as_owner() as owner:
            owner.execute("create unique index card_redeemed_once on prepaid_cards_redemption (card_id)"
                          " where status = 'done'")  # fmt: skip


# --- Sold twice, taken back, frozen ---


def shelf(stage: Stage) -> tuple[Card, Account]:
    """A card on a reseller's shelf."""
    seller = make_account(name="A shop", portal="reseller")
    card, _ = a_card(stage)
    batch = make_batch(product=card.batch.product, count=1, prefix="230001")
    Card.objects.filter(batch=batch).update(status="received", holder=seller)
    return Card.objects.get(batch=batch), seller


def sale(card: Card, *, seller: Account, key: str) -> Callable[[], object]:
    return lambda: activate(
        seller_id=seller.id, serials=[card.serial], receipt="R", request_key=key, by=SYSTEM, at=AT
    )  # fmt: skip


def sales_of(card: Card) -> int:
    return CardEvent.objects.filter(batch=card.batch, verb="activated").count()


def test_a_card_goes_over_two_counters_only_once(stage: Stage) -> None:
    card, seller = shelf(stage)

    seen = at_once(*[sale(card, seller=seller, key=f"till {number}") for number in range(8)])

    assert seen == {"done": 1, "card_not_for_sale": 7}
    assert sales_of(card) == 1
    assert laws_hold()


@pytest.mark.usefixtures("without_locks")
def test_control_without_the_lock_it_is_sold_twice(stage: Stage) -> None:
    card, seller = shelf(stage)

    seen = at_once(*[sale(card, seller=seller, key=f"till {number}") for number in range(2)])

    assert seen == {"done": 2}
    assert sales_of(card) == 2
    assert not laws_hold()


def test_one_key_sent_eight_times_at_once_is_one_sale(stage: Stage) -> None:
    card, seller = shelf(stage)

    assert at_once(*[sale(card, seller=seller, key="once") for _ in range(8)]) == {"done": 8}
    assert sales_of(card) == 1
    assert laws_hold()


def taking_back(card: Card) -> Callable[[], object]:
    seller_id = card.holder_id
    assert seller_id is not None
    return lambda: reverse_activation(seller_id=seller_id, serials=[card.serial], by=SYSTEM, at=AT)


def test_taken_back_or_redeemed_but_never_both(stage: Stage) -> None:
    card, _ = a_card(stage)

    seen = at_once(*redeemers(card, accounts_of(stage, 1)), taking_back(card))

    assert seen["done"] == 1, seen
    assert seen["card_redeemed_already"] + seen["card_unsold"] == 1, seen
    assert laws_hold()


@pytest.mark.usefixtures("without_locks")
def test_control_without_the_lock_both_go_ahead_and_only_a_constraint_stops_one(stage: Stage) -> None:
    card, _ = a_card(stage)

    seen = at_once(*redeemers(card, accounts_of(stage, 1)), taking_back(card))

    assert seen == {"done": 1, "stopped by a constraint": 1}


def test_frozen_or_redeemed_but_never_both(stage: Stage) -> None:
    (account,) = accounts_of(stage, 1)
    card, _ = a_card(stage)
    freeze = lambda: freeze_range(  # noqa: E731
        batch_id=card.batch_id, first=1, last=1, reason="Stolen", by=SYSTEM, at=AT
    )

    seen = at_once(*redeemers(card, [account]), freeze)

    card.refresh_from_db()
    redeemed = Redemption.objects.filter(card=card, status="done").exists()
    assert seen["done"] == 1, seen
    assert (card.status, redeemed) in (("redeemed", True), ("frozen", False))
    assert seen["card_frozen"] + seen["card_range_nothing_to_do"] == 1
    assert laws_hold()


def test_control_without_the_lock_a_frozen_card_is_redeemed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    card, _ = a_card(stage)
    judged, frozen = threading.Event(), threading.Event()
    keep = redeeming._write

    def keep_when_frozen(*given: Any, **facts: Any) -> Redemption:
        judged.set()
        assert frozen.wait(timeout=20)
        return keep(*given, **facts)

    def freeze() -> None:
        assert judged.wait(timeout=20)
        freeze_range(batch_id=card.batch_id, first=1, last=1, reason="Stolen", by=SYSTEM, at=AT)
        frozen.set()

    take_locks_out(monkeypatch)
    monkeypatch.setattr(redeeming, "_write", keep_when_frozen)
    monkeypatch.setattr(redeeming, "move", write)

    assert at_once(*redeemers(card, accounts_of(stage, 1)), freeze) == {"done": 2}
    card.refresh_from_db()
    assert (card.status, card.frozen_from) == ("redeemed", "active")


def test_the_same_account_twice_at_once_gets_its_redemption_once(stage: Stage) -> None:
    (account,) = accounts_of(stage, 1)
    card, _ = a_card(stage)

    seen = at_once(*redeemers(card, [account, account, account]))

    assert seen == {"done": 3}
    assert Redemption.objects.filter(card=card).count() == 1
