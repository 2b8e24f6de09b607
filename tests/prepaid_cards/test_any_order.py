"""Cards and batches acted on in any order: whatever is refused changes nothing, and what must be true stays true.

Each example begins with an approved batch and takes the acts as they come: made, exported, shipped, received, sold,
taken back, redeemed, undone, frozen, released, withdrawn, extended, given to another shelf, locked and opened, while
time goes by. After each act every law of cards and books is asked; at the end no secret is found in any row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from invoices.operations.subscriptions import NewSubscription, start_subscription
from plans.models import PaidTerm
from plans.rules.story import read_story
from prepaid_cards.flows.exports import fetch_export
from prepaid_cards.models import Card, CardBatch, CardExport, CardShipment, Redemption
from prepaid_cards.operations.batches import approve_batch, lock_all_of_batch, open_batch, order_batch, void_batch
from prepaid_cards.operations.cards import activate, reverse_activation
from prepaid_cards.operations.exports import approve_export, confirm_export, request_export, show_password
from prepaid_cards.operations.products import create_product, offer_product
from prepaid_cards.operations.ranges import (
    extend_range,
    freeze_range,
    reassign_range,
    release_range,
    void_range,
)
from prepaid_cards.operations.redemption import open_card, promise, redeem, undo_redemption
from prepaid_cards.operations.shipments import call_back, receive, ship
from prepaid_cards.operations.vault import read_codes
from prepaid_cards.queries.cards import card_history, counts_of, stock_of
from prepaid_cards.queries.redeeming import place_of
from provider.kernel import clock, jobs, laws
from provider.kernel.errors import Refusal
from provider.workshop.stories.stage import set_stage
from tests import properties
from tests.factories import AT, make_account
from tests.prepaid_cards.conftest import House, wish
from tests.prepaid_cards.test_hygiene import dump, found_in

STORY = """\
story: The stage of cards with seats
timezone: Asia/Shanghai
currency: CNY
meters: {seats: {aggregate: unique, property: user, carries_over: true}}
plans:
  standard:
    interval: month
    anchor: anniversary
    bill: in_advance
    price: "98.00"
    charges: [{code: seat, model: per_unit, meter: seats, price: "31", bill: in_advance, prorate: true}]
steps: [{at: 2026-01-01, do: bill}]
expect: [{at: 2026-01-01, nothing: true}]
"""

CARDS, CANARIES = 6, 3
FOR_LATER = {"card_secrets_end_with_the_printer"}  # asks the real clock
counters = st.integers(1, CARDS + CANARIES)
pytestmark = [pytest.mark.django_db, pytest.mark.hypothesis, pytest.mark.slow]


class World:
    """What all examples share: who takes part, and a card that grants a month."""

    def __init__(self, house: House) -> None:
        self.house = house
        stage = set_stage(read_story(STORY))
        version = stage.versions["standard"]
        month = wish(version.plan, name="A month with two seats", months=1, seats=2, face_minor=9800)
        self.product = offer_product(
            product_id=create_product(wish=month, by=house.ann, at=AT).id, by=house.ann, at=AT
        )  # fmt: skip
        self.accounts = [stage.account, make_account(name="Second", currency="CNY")]
        for account in self.accounts:
            start_subscription(
                account_id=account.id, wish=NewSubscription(version_id=version.id, pays="prepaid"), by=house.ann, at=AT
            )  # fmt: skip
        self.laws = [law for law in laws.known() if "card" in law.name or "ledger" in law.name or "entr" in law.name]
        self.laws = [law for law in self.laws if law.name not in FOR_LATER]
        assert len(self.laws) >= 8
        self.done = Counter[str]()


class Life(RuleBasedStateMachine):
    """One batch, from its approval on."""

    world: World  # given by the test

    def __init__(self) -> None:
        super().__init__()
        self.at, self.keys, self.codes = AT, 0, dict[int, str]()
        self.house = self.world.house
        self.before = transaction.savepoint()

    def teardown(self) -> None:
        try:
            assert found_in(dump(), codes=list(self.codes.values())) == set()
        finally:
            transaction.savepoint_rollback(self.before)

    def tried(self, act: Callable[..., Any], **facts: Any) -> Any:
        """Do it; a refusal is an answer, and leaves everything as it was."""
        try:
            with transaction.atomic():
                done = act(**facts, at=self.at)
            self.world.done[act.__name__] += 1
            return done
        except Refusal:
            return None

    def key(self) -> str:
        self.keys += 1
        return f"key {self.keys}"

    @initialize(is_exported=st.sampled_from([True, True, True, False]))
    def order(self, is_exported: bool) -> None:
        batch = order_batch(
            product_id=self.world.product.id, count=CARDS, request_key=self.key(), by=self.house.ann, at=self.at
        )  # fmt: skip
        self.batch_id = approve_batch(batch_id=batch.id, by=self.house.bo, at=self.at).id
        batch.refresh_from_db()
        assert batch.job_id is not None
        jobs.run_to_end(job_id=batch.job_id, at=clock.now())
        batch.refresh_from_db()
        self.codes = dict(enumerate(read_codes(batch), start=1))
        for _ in range(4 if is_exported else 0):
            self.export()

    @rule()
    def export(self) -> None:
        found = CardExport.objects.filter(batch_id=self.batch_id).first()
        if found is None:
            self.tried(
                request_export, batch_id=self.batch_id, method="archive", printer="P", recipient="",
                is_recipient_good=False, by=self.house.ann,
            )  # fmt: skip
        elif found.status == "requested":
            self.tried(approve_export, export_id=found.id, by=self.house.bo)
        elif found.status == "approved":
            self.tried(show_password, export_id=found.id, by=self.house.ann)
            self.tried(fetch_export, export_id=found.id, by=self.house.ann)
        else:
            self.tried(
                confirm_export,
                export_id=found.id,
                file_sha256=bytes(found.file_sha256 or b"").hex(),
                by=self.house.ann,
            )

    @rule(first=counters, last=counters, is_rival=st.booleans())
    def ship(self, first: int, last: int, is_rival: bool) -> None:
        reseller = self.house.rival if is_rival else self.house.reseller
        self.tried(
            ship, batch_id=self.batch_id, first=first, last=last, to_account_id=reseller.id, by=self.house.ann
        )  # fmt: skip

    @rule(arrives=st.booleans())
    def end_shipment(self, arrives: bool) -> None:
        found = CardShipment.objects.filter(batch_id=self.batch_id, status="sent").order_by("id").first()
        if found is not None and arrives:
            self.tried(receive, shipment_id=found.id, account_id=found.to_account_id, by=self.house.clerk)
        elif found is not None:
            self.tried(call_back, shipment_id=found.id, reason="Lost", by=self.house.ann)

    def one_of(self, *states: str, number: int) -> Card:
        """A card in one of these states, if there is one; else any card, to be refused."""
        cards = Card.objects.select_related("activation").filter(batch_id=self.batch_id).order_by("counter")
        found = list(cards.filter(status__in=states, is_canary=False)) or list(cards)
        return found[number % len(found)]

    @rule(number=counters)
    def sell(self, number: int) -> None:
        card = self.one_of("received", "generated", number=number)
        self.tried(
            activate, seller_id=card.holder_id or self.house.provider.id, from_store=card.holder_id is None,
            serials=[card.serial], receipt="R", request_key=self.key(), by=self.house.clerk,
        )  # fmt: skip

    @rule(number=counters)
    def take_sale_back(self, number: int) -> None:
        card = self.one_of("active", "redeemed", number=number)
        seller = card.activation.seller_id if card.activation else self.house.reseller.id
        self.tried(reverse_activation, seller_id=seller, serials=[card.serial], by=self.house.clerk)

    @rule(number=counters)
    def use(self, number: int) -> None:
        account = self.world.accounts[number % 2]
        code = self.codes[self.one_of("active", number=number).counter]
        card = self.tried(open_card, code_typed=code, account_id=account.id, by=self.house.ann)
        if card is None:
            return
        told = promise(card=card, account=account, at=self.at)
        made = self.tried(redeem, card_id=card.id, account_id=account.id, expected=told.digest, by=self.house.ann)
        place = place_of(account=account, at=self.at)
        assert made is not None, "what was just promised is kept"
        assert told.quote is not None
        assert place is not None
        assert place.standing.paid_until == told.quote.ends_on, "the end is the quote's, to the day"
        served = PaidTerm.objects.get(source_id=str(made.id))
        assert (served.seats, served.end_on) == (told.quote.seats, told.quote.ends_on), "and so are the seats"
        assert made.ends_at.astimezone(ZoneInfo(place.subscription.time_zone)).date() == told.quote.ends_on

    @rule()
    def undo(self) -> None:
        made = Redemption.objects.filter(card__batch_id=self.batch_id, status="done").order_by("at").last()
        if made is not None:
            self.tried(undo_redemption, redemption_id=made.id, account_id=made.account_id, by=self.house.ann)

    @rule(act=st.sampled_from([freeze_range, release_range, release_range, void_range]), first=counters, last=counters)
    def act_on_range(self, act: Callable[..., int], first: int, last: int) -> None:
        self.tried(act, batch_id=self.batch_id, first=first, last=last, reason="Checked", by=self.house.ann)

    @rule(first=counters, last=counters, days=st.integers(-1, 60))
    def extend(self, first: int, last: int, days: int) -> None:
        until = self.at + timedelta(days=days)
        self.tried(
            extend_range, batch_id=self.batch_id, first=first, last=last, redeem_before=until, reason="Late",
            by=self.house.ann,
        )  # fmt: skip

    @rule(first=counters, last=counters, to_store=st.booleans())
    def reassign(self, first: int, last: int, to_store: bool) -> None:
        self.tried(
            reassign_range, batch_id=self.batch_id, first=first, last=last, reason="Closed", by=self.house.ann,
            to_account_id=None if to_store else self.house.rival.id,
        )  # fmt: skip

    @rule(act=st.sampled_from([lock_all_of_batch, open_batch, open_batch, open_batch, void_batch]))
    def act_on_batch(self, act: Callable[..., CardBatch]) -> None:
        reason = {} if act is open_batch else {"reason": "Checked"}
        self.tried(act, batch_id=self.batch_id, by=self.house.ann, **reason)

    @rule(hours=st.sampled_from([1, 23, 25]))
    def pass_time(self, hours: int) -> None:
        self.at += timedelta(hours=hours)

    @invariant()
    def every_law_holds(self) -> None:
        broken = [one for law in self.world.laws if not (one := laws.check(law)).holds]
        assert [(one.law.name, one.examples) for one in broken] == []

    @invariant()
    def stock_adds_up(self) -> None:
        cards = Card.objects.filter(batch_id=self.batch_id)
        assert sum(counts_of(cards).values()) == CARDS + CANARIES
        for holder in (self.house.reseller, self.house.rival):
            counted = counts_of(cards.filter(holder=holder))
            for told in [one for one in stock_of(holder.id) if one.batch_id == self.batch_id]:
                states = ("received", "shipped", "active", "redeemed", "frozen")
                shelf = (told.received, told.shipped, told.sold, told.redeemed, told.frozen)
                assert shelf == tuple(counted.get(status, 0) for status in states)
        for card in cards.filter(is_canary=True):
            assert card.status == "generated", "a canary takes part in nothing"

    @invariant()
    def history_tells_of_a_sale_exactly_if_there_is_one(self) -> None:
        for card in Card.objects.filter(batch_id=self.batch_id):
            verbs = [line.verb for line in card_history(card)]
            assert verbs.count("activated") - verbs.count("reversed") == (card.activation_id is not None)


def test_cards_acted_on_in_any_order_keep_every_law(house: House) -> None:
    life: type[Life] = type("LifeInThisHouse", (Life,), {"world": World(house)})

    run_state_machine_as_test(
        life,
        settings=settings(
            max_examples=properties.on_tables(5), stateful_step_count=20, deadline=None,
            derandomize=not properties.ASKED, suppress_health_check=list(HealthCheck), database=None,
        ),
    )  # fmt: skip

    world = life.world
    assert world.done["activate"], f"nothing was sold, so little was tried: {world.done}"
    assert world.done["redeem"], f"nothing was redeemed, so little was tried: {world.done}"
