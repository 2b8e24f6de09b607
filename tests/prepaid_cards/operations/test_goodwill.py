"""Expired by days: the holder asks, an operator gives a reason, and the card is taken once more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from prepaid_cards.errors import (
    CardExpired,
    GoodwillNotNeeded,
    GoodwillNotSold,
    GoodwillOnce,
    GoodwillTooLate,
    ReasonMissing,
)
from prepaid_cards.models import Card
from prepaid_cards.operations.goodwill import extend_by_goodwill
from prepaid_cards.operations.redemption import open_card
from prepaid_cards.queries.cards import card_history
from provider.kernel.actor import SYSTEM
from tests.factories import AT
from tests.prepaid_cards.conftest import House
from tests.prepaid_cards.factories import make_product
from tests.prepaid_cards.redeeming import sold_card

DAY = timedelta(days=1)


def expired(house: House, **facts: Any) -> tuple[Card, str]:
    """A sold card whose last day has passed by AT."""
    return sold_card(make_product(), seller=house.reseller, redeem_before=AT - DAY, **facts)


def test_a_card_that_expired_by_days_is_taken_for_a_fortnight_more_once(house: House) -> None:
    card, code = expired(house)
    with pytest.raises(CardExpired):
        open_card(code_typed=code, account_id=None, by=SYSTEM, at=AT)
    with pytest.raises(ReasonMissing):
        extend_by_goodwill(serial=card.serial, reason=" ", by=house.ann, at=AT)

    extend_by_goodwill(serial=card.serial, reason="Was in hospital", by=house.ann, at=AT)

    assert open_card(code_typed=code, account_id=None, by=SYSTEM, at=AT + 14 * DAY).id == card.id
    revived = card_history(card)[-1]
    assert (revived.verb, revived.reason) == ("revived", "Was in hospital")
    with pytest.raises(GoodwillNotNeeded):
        extend_by_goodwill(serial=card.serial, reason="Again", by=house.ann, at=AT + DAY)
    with pytest.raises(GoodwillOnce):
        extend_by_goodwill(serial=card.serial, reason="Again", by=house.ann, at=AT + 20 * DAY)


def test_cards_that_expired_long_ago_or_were_never_sold_are_refused(house: House) -> None:
    card, _ = expired(house)
    with pytest.raises(GoodwillTooLate):
        extend_by_goodwill(serial=card.serial, reason="Found in a drawer", by=house.ann, at=AT + 89 * DAY)

    Card.objects.filter(id=card.id).update(status="received", activation=None, activated_at=None)
    with pytest.raises(GoodwillNotSold):
        extend_by_goodwill(serial=card.serial, reason="Found", by=house.ann, at=AT)
