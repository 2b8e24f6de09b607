"""Where an SMS goes, what it costs, and when a delivery is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from provider.messages.rules.attempts import ATTEMPTS_MAX, Answer, decide, next_attempt_at
from provider.messages.rules.caps import masked_number
from provider.messages.rules.sms_routes import country_of, gateways_for, is_number, price_per_part

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ROUTES = {"+86": ("aliyun", "twilio"), "+852": ("aliyun",), "*": ("twilio",)}


@pytest.mark.parametrize(
    ("number", "country", "gateways"),
    [
        ("+8613912345678", "CN", ("aliyun", "twilio")),
        ("+85291234567", "HK", ("aliyun",)),
        ("+886912345678", "TW", ("twilio",)),
        ("+85366123456", "MO", ("twilio",)),
    ],
)
def test_the_longest_prefix_wins(number: str, country: str, gateways: tuple[str, ...]) -> None:
    assert country_of(number) == country
    assert gateways_for(number=number, routes=ROUTES) == gateways


def test_a_number_without_a_price_costs_the_dearest() -> None:
    prices = {"+86": Decimal("0.045"), "+852": Decimal("0.5")}

    assert price_per_part(number="+8613912345678", prices=prices) == Decimal("0.045")
    assert price_per_part(number="+4915112345678", prices=prices) == Decimal("0.5")


@pytest.mark.parametrize("number", ["", "13912345678", "+86 139 1234 5678", "+86１３９", "+1", "+8613912345678;x=1"])
def test_only_e164_is_a_number(number: str) -> None:
    assert not is_number(number)


def test_a_masked_number_can_be_recognised_but_not_dialled() -> None:
    assert masked_number("+8613912345678") == "+86139****5678"


def test_waits_grow_and_end() -> None:
    waits = [next_attempt_at(attempts_count=n, at=NOW, expires_at=None) for n in range(1, ATTEMPTS_MAX)]

    assert all(earlier < later for earlier, later in pairwise(waits))  # type: ignore[operator]
    assert next_attempt_at(attempts_count=ATTEMPTS_MAX, at=NOW, expires_at=None) is None


def test_a_code_is_given_up_when_the_next_try_would_come_too_late() -> None:
    soon = NOW + timedelta(minutes=1)

    assert next_attempt_at(attempts_count=1, at=NOW, expires_at=soon) == NOW + timedelta(seconds=10)
    assert next_attempt_at(attempts_count=3, at=NOW, expires_at=soon) is None


@pytest.mark.parametrize(
    ("answer", "has_next", "status", "is_next"),
    [
        (Answer.ACCEPTED, False, "sent", False),
        (Answer.AGAIN, True, "queued", False),  # nobody knows: never at another gateway, it might arrive twice
        (Answer.ELSEWHERE, True, "queued", True),
        (Answer.ELSEWHERE, False, "failed", False),
        (Answer.REFUSED, True, "failed", False),
        (Answer.BOUNCED, True, "bounced", False),
        (Answer.OPTED_OUT, True, "suppressed", False),
    ],
)
def test_each_answer_has_its_consequence(answer: Answer, has_next: bool, status: str, is_next: bool) -> None:
    decision = decide(answer=answer, attempts_count=1, has_next_gateway=has_next, at=NOW, expires_at=None)

    assert (decision.status, decision.is_next_gateway) == (status, is_next)
