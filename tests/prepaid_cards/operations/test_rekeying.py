"""A new key: every stored hash is wrapped, no secret is needed, and cards are found all the while."""

from __future__ import annotations

import pytest
from celery import current_app
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import override_settings

from prepaid_cards.errors import NothingToRekey
from prepaid_cards.operations import rekeying
from prepaid_cards.operations.rekeying import begin_rekeying
from prepaid_cards.queries.keys import cards_by_path
from prepaid_cards.queries.redeeming import find_card
from prepaid_cards.rules.keys import KeyRing, key_of
from provider.kernel import clock, jobs
from provider.kernel.actor import SYSTEM
from tests.factories import AT
from tests.prepaid_cards.conftest import House, codes_of, made_batch


@pytest.fixture
def own_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of four cards, each done when the test says so."""
    monkeypatch.setitem(current_app.conf, "task_always_eager", False)
    monkeypatch.setattr(rekeying, "_CARDS", 4)


@pytest.mark.usefixtures("own_worker")
def test_cards_are_found_before_while_and_after_they_are_wrapped(house: House) -> None:
    batch = made_batch(house, count=6)
    codes = codes_of(batch)
    old = settings.CARD_KEYS.newest
    with pytest.raises(NothingToRekey):
        begin_rekeying(by=SYSTEM, at=AT)

    with override_settings(CARD_KEYS=KeyRing(keys=(key_of(name="new", secret=b"n" * 32), old))):
        job = begin_rekeying(by=house.ann, at=AT)
        token = jobs.claim(job_id=job.id, at=clock.now())
        assert token is not None
        assert job.total == 9
        assert jobs.run_chunk(job_id=job.id, token=token, at=clock.now())
        assert cards_by_path() == {old.name: 5, f"{old.name}+new": 4}
        assert all(find_card(code) is not None for code in codes.values())

        while jobs.run_chunk(job_id=job.id, token=token, at=clock.now()):
            pass
        assert cards_by_path() == {f"{old.name}+new": 9}
        found = {counter: find_card(code) for counter, code in codes.items()}
        assert all(card is not None and card.counter == counter for counter, card in found.items())
        with pytest.raises(NothingToRekey):
            begin_rekeying(by=SYSTEM, at=AT)

    assert find_card(codes[1]) is None, "without the new key no card is found"
    with pytest.raises(CommandError, match="new"):
        call_command("rekey_cards")
