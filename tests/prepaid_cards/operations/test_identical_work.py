"""Refused tries cost the same, whatever is wrong: so that nobody learns from the clock which codes exist."""

from __future__ import annotations

import hmac
import re
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from prepaid_cards.models import Card
from prepaid_cards.operations.cards import activate
from prepaid_cards.operations.generation import canaries_of
from prepaid_cards.operations.ranges import freeze_range, void_range
from prepaid_cards.operations.redemption import open_card
from prepaid_cards.rules import keys
from prepaid_cards.rules.codes import draw
from provider.kernel.actor import Actor
from provider.kernel.errors import Refusal
from tests.factories import AT
from tests.prepaid_cards.conftest import House, codes_of, opened_batch

_LITERAL = re.compile(r"'(?:[^']|'')*'(?:::\w+)?|\b(?:\d+|null|true|false)\b|\bs\d+_x\d+\b", re.IGNORECASE)


class Work:
    """What one try cost: its answer, its statements without their values, and how many keyed hashes it made."""

    def __init__(self, code: str, *, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.hashes = 0
        digest = hmac.digest

        def counted(*given: object) -> bytes:
            self.hashes += 1
            return digest(*given)  # type: ignore[arg-type]

        by = Actor(kind="anonymous", address=f"203.0.{number}.7")
        with monkeypatch.context() as patched, CaptureQueriesContext(connection) as queries:
            patched.setattr(keys.hmac, "digest", counted)
            try:
                open_card(code_typed=code, account_id=None, by=by, at=AT + timedelta(hours=number))
            except Refusal as refusal:
                self.answer = refusal.code
        self.statements = Counter(_LITERAL.sub("?", query["sql"]) for query in queries.captured_queries)


def test_every_refused_try_does_the_same_queries_and_hashes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = opened_batch(house)
    codes = codes_of(batch)
    unsold, frozen, void, *_ = Card.objects.filter(batch=batch, is_canary=False).order_by("counter")
    activate(
        seller_id=house.provider.id, serials=[frozen.serial], receipt="", request_key="k", from_store=True,
        by=house.ann, at=AT,
    )  # fmt: skip
    for act, card in ((freeze_range, frozen), (void_range, void)):
        act(batch_id=batch.id, first=card.counter, last=card.counter, reason="Stolen", by=house.ann, at=AT)
    (unknown,) = draw(1)
    tried = [unknown, codes[min(canaries_of(batch))], *(codes[card.counter] for card in (unsold, frozen, void))]
    Work(unknown, number=99, monkeypatch=monkeypatch)  # whatever is remembered from now on

    done = [Work(code, number=number, monkeypatch=monkeypatch) for number, code in enumerate(tried)]

    assert [work.answer for work in done] == [
        "card_not_taken", "card_not_taken", "card_unsold", "card_frozen", "card_void",
    ]  # fmt: skip
    assert len({work.hashes for work in done}) == 1
    assert all(work.statements == done[0].statements for work in done), [
        (work.answer, work.statements - done[0].statements, done[0].statements - work.statements) for work in done
    ]


def test_a_slip_of_the_finger_costs_no_query_and_no_hash(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    (code,) = draw(1)
    slip = ("2" if code[0] != "2" else "3") + code[1:]

    work = Work(slip, number=1, monkeypatch=monkeypatch)

    assert (work.answer, work.hashes, work.statements) == ("card_code_mistyped", 0, Counter())
