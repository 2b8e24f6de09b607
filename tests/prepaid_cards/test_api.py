"""Cards by API: looked up, quoted, redeemed, undone; and a program that guesses gets no further than a person."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest

from prepaid_cards.models import Card, Redemption, RedemptionAttempt
from prepaid_cards.rules.codes import draw, grouped
from provider.accounts.models import Account, Profile
from provider.kernel import clock
from provider.kernel.models import IdempotencyKey
from provider.workshop.stories.stage import Stage
from tests.api.conftest import Caller, _fresh_limits, assert_problem, caller_for
from tests.factories import make_account
from tests.prepaid_cards.operations.test_redemption import a_card, stage

__all__ = ["_fresh_limits", "stage"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def own(stage: Stage) -> Caller:
    """A program of the subscriber."""
    Profile.objects.create(account=stage.account, portal="subscriber", created_at=clock.now())
    Account.objects.filter(id=stage.account.id).update(test_clock_at=None)
    return caller_for(stage.account, is_test=True, scopes=["cards:redeem"])


def quoted(caller: Caller, code: str, **more: Any) -> dict[str, Any]:
    answer = caller.post("/cards/quote", {"code": code} | more)
    assert answer.status_code == 200, answer.content
    return answer.json()  # type: ignore[no-any-return]


def confirmed(caller: Caller, told: dict[str, Any], **more: Any) -> Any:
    wish = {"ticket": told["ticket"], "fingerprint": told["fingerprint"]}
    return caller.post("/cards/redeem", wish | more)


def test_a_card_is_quoted_redeemed_to_the_day_read_and_undone(stage: Stage, own: Caller) -> None:
    card, code = a_card(stage)

    told = quoted(own, grouped(code).lower())
    assert (told["months"], told["is_converted"], told["product"]) == (12, False, "Time on standard")
    assert not Redemption.objects.exists()
    made = confirmed(own, told).json()

    assert (made["status"], made["serial"], made["undone_at"]) == ("done", told["serial"], None)
    again = confirmed(own, told).json()
    assert again["id"] == made["id"]
    assert own.get("/redemptions").json()["items"] == [made]
    undone = own.post(f"/redemptions/{made['id']}/undo").json()
    assert undone["status"] == own.get(f"/redemptions/{made['id']}").json()["status"] == "undone"
    card.refresh_from_db()
    assert card.status == "active"


def test_the_provider_names_the_account_and_finds_no_other_modes(stage: Stage, own: Caller) -> None:
    provider = Account.objects.get(name="Perennial")
    _, code = a_card(stage)
    tester = caller_for(provider, portal="provider", is_test=True)
    live = caller_for(provider, portal="provider")

    assert_problem(tester.post("/cards/quote", {"code": code}), status=422, code="card_account_missing")
    wish = {"code": code, "account_id": str(stage.account.id)}
    assert_problem(live.post("/cards/quote", wish), status=404, code="not_found")
    told = quoted(tester, code, account_id=str(stage.account.id))
    made = confirmed(tester, told, account_id=str(stage.account.id)).json()
    assert made["account_id"] == str(stage.account.id)
    assert live.get("/redemptions").json()["items"] == []


def test_what_moved_since_the_quote_is_refused(stage: Stage, own: Caller) -> None:
    first, second = (quoted(own, a_card(stage)[1]) for _ in range(2))
    assert confirmed(own, first).status_code == 200

    assert_problem(confirmed(own, second), status=409, code="facts_changed")
    assert Redemption.objects.count() == 1
    forged = second | {"ticket": first["ticket"]}
    assert_problem(confirmed(own, forged), status=409, code="card_used")


def test_a_program_that_guesses_is_stopped_as_a_person_is(stage: Stage, own: Caller) -> None:
    for _ in range(5):
        assert_problem(own.post("/cards/quote", {"code": draw(1)[0]}), status=422, code="card_not_taken")

    assert RedemptionAttempt.objects.filter(account_id=stage.account.id, is_guess=True).count() == 5
    _, code = a_card(stage)
    assert_problem(own.post("/cards/quote", {"code": code}), status=429, code="card_tries_locked")


def test_typing_errors_are_told_apart_and_not_counted(own: Caller) -> None:
    assert_problem(own.post("/cards/quote", {"code": "0000-0000-0000-0001"}), status=422, code="card_code_mistyped")
    assert not RedemptionAttempt.objects.exists()


def test_what_is_kept_for_a_repeated_key_neither_shows_the_ticket_nor_leads_to_the_secret(
    stage: Stage, own: Caller
) -> None:
    _, code = a_card(stage)
    wish = {"code": code}
    first = own.post("/cards/quote", wish, key="once")
    second = own.post("/cards/quote", wish, key="once")

    assert first.json() == second.json()
    assert second["Idempotent-Replayed"] == "true"
    kept = IdempotencyKey.objects.get(key="once")
    assert kept.is_sealed
    assert first.json()["ticket"].encode() not in bytes(kept.answer_body or b"")
    unkeyed = hashlib.sha256()
    for part in (b"POST", b"/api/v1/cards/quote", b'{"code": "' + code.encode() + b'"}'):
        unkeyed.update(len(part).to_bytes(8, "big") + part)
    assert bytes(kept.request_hash) != unkeyed.digest()


def test_a_card_is_looked_up_by_its_serial_by_those_whose_it_is(stage: Stage) -> None:
    card, _ = a_card(stage)
    assert card.activation is not None
    shop = caller_for(card.activation.seller, portal="reseller", scopes=["cards:read"])
    rival = caller_for(make_account(name="Rival", portal="reseller"), portal="reseller", scopes=["cards:read"])

    told = shop.get(f"/cards/serials/{card.serial}").json()

    assert (told["status"], told["batch_status"], told["redeemed_at"]) == ("active", "open", None)
    assert_problem(rival.get(f"/cards/serials/{card.serial}"), status=404, code="not_found")
    assert_problem(shop.get("/cards/serials/12345678901234"), status=404, code="not_found")


def test_a_card_of_a_test_till_renews_no_real_account(stage: Stage, own: Caller) -> None:
    card, code = a_card(stage)
    assert card.activation is not None
    Account.objects.filter(id=card.activation.seller_id).update(is_test=True)
    assert quoted(own, code)["months"] == 12  # ours is a test account

    Account.objects.filter(id=stage.account.id).update(is_test=False)
    live = caller_for(stage.account, scopes=["cards:redeem"])
    assert_problem(live.post("/cards/quote", {"code": code}), status=409, code="card_is_a_test_card")


def test_a_card_is_not_redeemed_on_a_ticket_of_yesterday(
    stage: Stage, own: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = quoted(own, a_card(stage)[1])
    later = clock.now() + timedelta(minutes=61)
    monkeypatch.setattr(clock, "now", lambda: later)

    assert_problem(confirmed(own, told), status=410, code="card_ticket_expired")
    assert not Card.objects.filter(status="redeemed").exists()
