"""Redeeming: the quote is kept to the day, once only, and a guesser learns nothing."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from invoices.operations.billing import bill_account
from invoices.operations.subscriptions import NewSubscription, start_subscription
from plans.models import PaidTerm, Subscription
from plans.queries.access import access_of
from plans.rules.story import read_story
from prepaid_cards import errors
from prepaid_cards.models import Card, CardBatch, Redemption, RedemptionAttempt
from prepaid_cards.operations.redemption import open_card, promise, redeem, undo_redemption
from prepaid_cards.rules.codes import draw, grouped
from prepaid_cards.rules.keys import Key
from provider.accounts.models import Account
from provider.kernel import laws, ledger
from provider.kernel.actor import SYSTEM, Actor
from provider.kernel.chart import LedgerAccount
from provider.kernel.clock import local_day
from provider.kernel.errors import FactsChanged, NotFound
from provider.kernel.ids import new_id
from provider.kernel.models import OutboxEvent
from provider.kernel.money import exact_minor
from provider.kernel.wording import say
from provider.workshop.stories.stage import Stage, set_stage
from tests.factories import AT, make_account
from tests.prepaid_cards.redeeming import sold_card, term_product, use

STORIES = Path(__file__).parents[2] / "stories"
_STORY = """\
story: The stage of a redemption
timezone: Asia/Shanghai
currency: CNY
plans:
  standard: {interval: month, anchor: anniversary, bill: in_advance, price: "98.00", trial: 14}
  pro: {interval: month, anchor: anniversary, bill: in_advance, price: "196.00"}
steps: [{at: 2026-03-01, do: bill}]
expect: [{at: 2026-03-01, nothing: true}]
"""
DAY = timedelta(days=1)


@pytest.fixture
def stage(db: None) -> Stage:
    """A seller with two plans, the provider's own account, and an account on prepaid terms since 2 March."""
    make_account(name="Perennial", portal="provider", time_zone="Asia/Shanghai")
    made = set_stage(read_story(_STORY))
    subscribe(made, "standard", at=AT)
    return made


def subscribe(stage: Stage, plan: str, *, at: datetime, pays: str = "prepaid") -> Subscription:
    wish = NewSubscription(version_id=stage.versions[plan].id, pays=pays)
    return start_subscription(account_id=stage.account.id, wish=wish, by=SYSTEM, at=at).subscription


def a_card(stage: Stage, *, plan: str = "standard", **facts: Any) -> tuple[Card, str]:
    return sold_card(term_product(stage.versions[plan].plan, **({"months": 12} | facts)))


def stands(of: LedgerAccount) -> int:
    return ledger.balance(of=of, currency="CNY").minor


def laws_hold() -> bool:
    names = ["card_liability_is_the_sold_cards", "cards_redeemed_have_their_redemption", "ledger_balances"]
    return all(laws.check(law).holds for law in laws.known(names))


@pytest.mark.django_db
@pytest.mark.parametrize("path", sorted(STORIES.glob("redeem-*.yaml")), ids=lambda path: path.stem)
def test_a_story_is_paid_until_the_day_that_it_says(path: Path) -> None:
    """Subscribing and redeeming as the story tells it; what `bill` does in between is the player's."""
    story = read_story(path.read_text(encoding="utf-8"))
    played = set_stage(story)
    expected = {e.at: e.facts["paid_until"] for e in story.expect if "paid_until" in e.facts}
    for step in story.steps:
        if step.do == "subscribe":
            subscribe(played, step.facts["plan"], at=step.at, pays=step.facts.get("pays", "on_terms"))
        elif step.do == "redeem":
            card = step.facts["card"]
            _, code = sold_card(
                term_product(
                    played.versions[card["plan"]].plan, months=int(card.get("months") or 0),
                    days=int(card.get("days") or 0),
                    face=exact_minor(amount=card["face"], currency=story.currency), currency=story.currency,
                )
            )  # fmt: skip
            use(code, account_id=played.account.id, at=step.at)
        if step.at in expected:
            row = Subscription.objects.get(account=played.account)
            assert row.paid_until == expected.pop(step.at), step.at
    assert not expected


def test_the_act_does_to_the_day_what_the_quote_said(stage: Stage) -> None:
    card, code = a_card(stage)

    opened = open_card(code_typed=grouped(code).lower(), account_id=stage.account.id, by=SYSTEM, at=AT)
    shown = promise(card=opened, account=stage.account, at=AT)
    assert not Redemption.objects.exists()
    made = redeem(card_id=opened.id, account_id=stage.account.id, expected=shown.digest, by=SYSTEM, at=AT + DAY)

    assert shown.quote.begins_on == date(2026, 3, 16)  # the trial's end
    assert local_day(at=made.ends_at, zone=_zone(made)) == shown.quote.ends_on == date(2027, 3, 16)
    term = PaidTerm.objects.get()
    assert (term.start_on, term.end_on) == (shown.quote.begins_on, shown.quote.ends_on)
    card.refresh_from_db()
    assert card.status == "redeemed"
    assert (stands(LedgerAccount.CARD_LIABILITY), stands(LedgerAccount.DEFERRED_SERVICE)) == (0, -98000)
    assert laws_hold()


def _zone(made: Redemption) -> Any:
    from zoneinfo import ZoneInfo

    return ZoneInfo(made.facts["zone"])


def test_what_moved_since_the_quote_is_quoted_again(stage: Stage) -> None:
    _, first = a_card(stage)
    card, second = a_card(stage)
    opened = open_card(code_typed=second, account_id=stage.account.id, by=SYSTEM, at=AT)
    shown = promise(card=opened, account=stage.account, at=AT)
    use(first, account_id=stage.account.id, at=AT)

    with pytest.raises(FactsChanged):
        redeem(card_id=card.id, account_id=stage.account.id, expected=shown.digest, by=SYSTEM, at=AT)

    card.refresh_from_db()
    assert card.status == "active"


def test_the_same_confirmation_twice_redeems_once(stage: Stage) -> None:
    card, code = a_card(stage)
    first = use(code, account_id=stage.account.id, at=AT)

    again = redeem(
        card_id=card.id, account_id=stage.account.id, expected=bytes(first.quote_digest), by=SYSTEM, at=AT
    )  # fmt: skip

    assert again == first


def test_tax_of_a_multi_purpose_card_is_due_when_it_is_redeemed(stage: Stage) -> None:
    _, code = sold_card(
        term_product(stage.versions["standard"].plan, months=1, face=10600, tax_rate=6), tax_rate=6
    )  # fmt: skip

    use(code, account_id=stage.account.id, at=AT)

    assert stands(LedgerAccount.TAX_PAYABLE) == -600
    assert stands(LedgerAccount.DEFERRED_SERVICE) == -10000
    assert laws_hold()


def test_a_card_that_was_given_away_moves_no_money(stage: Stage) -> None:
    _, code = sold_card(
        term_product(stage.versions["standard"].plan, months=1, tax_class="promotional"), tax_class="promotional"
    )  # fmt: skip

    use(code, account_id=stage.account.id, at=AT)

    assert stands(LedgerAccount.DEFERRED_SERVICE) == 0


def test_redeeming_gives_access_at_once_and_undoing_takes_it_back(stage: Stage) -> None:
    row = Subscription.objects.get(account=stage.account)
    lapsed = AT + 30 * DAY
    bill_account(account_id=stage.account.id, at=lapsed, by=SYSTEM)
    assert access_of(account_id=stage.account.id).state == "dormant"
    _, code = a_card(stage, months=1)

    made = use(code, account_id=stage.account.id, at=lapsed)

    assert access_of(account_id=stage.account.id).state == "active"
    assert made.begins_at <= lapsed < made.ends_at
    undo_redemption(redemption_id=made.id, account_id=stage.account.id, by=SYSTEM, at=lapsed + timedelta(hours=2))
    assert access_of(account_id=stage.account.id).state == "dormant"
    row.refresh_from_db()
    assert row.paid_until is None


def test_undone_within_a_day_the_card_is_as_it_was_and_may_be_used_again(stage: Stage) -> None:
    card, code = a_card(stage)
    made = use(code, account_id=stage.account.id, at=AT)

    undo_redemption(redemption_id=made.id, account_id=stage.account.id, by=SYSTEM, at=AT + timedelta(hours=23))

    card.refresh_from_db()
    assert card.status == "active"
    assert (stands(LedgerAccount.CARD_LIABILITY), stands(LedgerAccount.DEFERRED_SERVICE)) == (-98000, 0)
    assert laws_hold()
    again = use(code, account_id=stage.account.id, at=AT + DAY)
    with pytest.raises(errors.UndoOnceOnly):
        undo_redemption(redemption_id=again.id, account_id=stage.account.id, by=SYSTEM, at=AT + DAY)


def test_undoing_has_its_limits(stage: Stage) -> None:
    _, first = a_card(stage)
    _, second = a_card(stage)
    one = use(first, account_id=stage.account.id, at=AT)
    use(second, account_id=stage.account.id, at=AT)

    with pytest.raises(errors.UndoOutOfOrder):
        undo_redemption(redemption_id=one.id, account_id=stage.account.id, by=SYSTEM, at=AT)
    with pytest.raises(errors.UndoTooLate):
        undo_redemption(redemption_id=one.id, account_id=stage.account.id, by=SYSTEM, at=AT + DAY)
    with pytest.raises(NotFound):
        undo_redemption(redemption_id=one.id, account_id=make_account().id, by=SYSTEM, at=AT)


def test_twice_a_year_is_enough(stage: Stage) -> None:
    for _ in range(2):
        made = use(a_card(stage)[1], account_id=stage.account.id, at=AT)
        undo_redemption(redemption_id=made.id, account_id=stage.account.id, by=SYSTEM, at=AT)
    made = use(a_card(stage)[1], account_id=stage.account.id, at=AT)

    with pytest.raises(errors.UndoTwiceAYear):
        undo_redemption(redemption_id=made.id, account_id=stage.account.id, by=SYSTEM, at=AT)


# --- What is not taken ---


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"status": "received", "activated_at": None, "activation": None}, errors.CardUnsold),
        ({"status": "redeemed", "redeemed_at": AT}, errors.CardUsed),
        ({"status": "frozen", "frozen_from": "active", "frozen_at": AT}, errors.CardFrozen),
        ({"status": "void", "voided_at": AT}, errors.CardVoid),
        ({"status": "active", "redeem_before": AT}, errors.CardExpired),
    ],
)
def test_with_the_right_secret_the_true_reason_is_told(
    stage: Stage, facts: dict[str, Any], refusal: type[Exception]
) -> None:
    card, code = a_card(stage)
    Card.objects.filter(id=card.id).update(**facts)

    with pytest.raises(refusal):
        open_card(code_typed=code, account_id=stage.account.id, by=SYSTEM, at=AT)

    assert not RedemptionAttempt.objects.get().is_guess


@pytest.mark.parametrize(("status", "refusal"), [("locked", errors.CardFrozen), ("void", errors.CardVoid)])
def test_the_batch_must_allow_it_too(stage: Stage, status: str, refusal: type[Exception]) -> None:
    card, code = a_card(stage)
    CardBatch.objects.filter(id=card.batch_id).update(status=status, locked_at=AT, voided_at=AT)

    with pytest.raises(refusal):
        open_card(code_typed=code, account_id=stage.account.id, by=SYSTEM, at=AT)


def test_a_card_for_another_region_is_told_so(stage: Stage, django_user_model: object) -> None:
    from provider.accounts.models import Region

    card, code = a_card(stage)
    region, _ = Region.objects.get_or_create(
        code="taipei",
        defaults={
            "name": "Taipei", "name_hans": "台北", "name_hant": "台北", "country": "TW", "time_zone": "Asia/Taipei",
            "currency": "TWD",
        },
    )  # fmt: skip
    card.batch.product.regions.add(region)

    with pytest.raises(errors.CardNotForYou):
        promise(
            card=open_card(code_typed=code, account_id=stage.account.id, by=SYSTEM, at=AT), account=stage.account, at=AT
        )  # fmt: skip


def test_an_account_without_a_plan_is_told_what_to_do(stage: Stage) -> None:
    _, code = a_card(stage)
    nobody = make_account()

    with pytest.raises(errors.NoSubscription):
        use(code, account_id=nobody.id, at=AT)


# --- Guessing ---


def guess(account: Account, *, at: datetime = AT, address: str = "203.0.113.5") -> None:
    by = Actor(kind="person", account_id=account.id, address=address)
    with pytest.raises(errors.CardNotTaken):
        open_card(code_typed=draw(1)[0], account_id=account.id, by=by, at=at)


def test_five_wrong_secrets_lock_the_account_for_a_quarter_of_an_hour(stage: Stage) -> None:
    for minute in range(5):
        guess(stage.account, at=AT + timedelta(minutes=minute), address=f"198.51.{minute}.1")
    _, code = a_card(stage)

    with pytest.raises(errors.TriesLocked) as locked:
        open_card(code_typed=code, account_id=stage.account.id, by=SYSTEM, at=AT + timedelta(minutes=5))
    assert "Wait 14 minutes," in say(locked.value)
    open_card(code_typed=code, account_id=stage.account.id, by=SYSTEM, at=AT + timedelta(minutes=20))


def test_a_day_of_waiting_lasts_a_day_though_the_first_failures_are_older_by_then(stage: Stage) -> None:
    for minutes in (0, 20, 60, 130):
        for _ in range(5):
            guess(stage.account, at=AT + timedelta(minutes=minutes))
    last, code = AT + timedelta(minutes=130), a_card(stage)[1]

    with pytest.raises(errors.TriesLocked) as locked:
        open_card(code_typed=code, account_id=stage.account.id, by=SYSTEM, at=last)
    assert "Wait 24 hours," in say(locked.value)
    with pytest.raises(errors.TriesLocked) as still:
        open_card(code_typed=code, account_id=stage.account.id, by=SYSTEM, at=last + timedelta(hours=23, minutes=59))
    assert "Wait 1 minute," in say(still.value)
    open_card(code_typed=code, account_id=stage.account.id, by=SYSTEM, at=last + timedelta(hours=24))


def wrong_before(count: int, *, at: datetime = AT) -> None:
    """So many wrong tries of others, from the network of 203.0.113.5."""
    RedemptionAttempt.objects.bulk_create(
        RedemptionAttempt(at=at, outcome="wrong", is_guess=True, account_id=new_id(), block="203.0.113.0/24")
        for _ in range(count)
    )


def test_a_neighbour_who_guesses_locks_himself_and_nobody_else_of_the_network(stage: Stage) -> None:
    guesser, code = make_account(), a_card(stage)[1]
    for _ in range(5):
        guess(guesser)

    with pytest.raises(errors.TriesLocked) as locked:
        guess(guesser, at=AT + timedelta(minutes=1))
    assert "from this account" in str(locked.value.facts["cause"])
    by = Actor(kind="person", account_id=stage.account.id, address="203.0.113.9")
    open_card(code_typed=code, account_id=stage.account.id, by=by, at=AT + timedelta(minutes=1))


def test_five_wrong_secrets_of_visitors_lock_the_visitors_of_their_network_and_no_account(stage: Stage) -> None:
    code = a_card(stage)[1]
    visitor = Actor(kind="anonymous", address="203.0.113.5")
    for _ in range(5):
        with pytest.raises(errors.CardNotTaken):
            open_card(code_typed=draw(1)[0], account_id=None, by=visitor, at=AT)

    neighbour = Actor(kind="anonymous", address="203.0.113.77")
    with pytest.raises(errors.TriesLocked):
        open_card(code_typed=code, account_id=None, by=neighbour, at=AT + timedelta(minutes=1))
    by = Actor(kind="person", account_id=stage.account.id, address="203.0.113.9")
    open_card(code_typed=code, account_id=stage.account.id, by=by, at=AT + timedelta(minutes=1))


def test_a_network_is_locked_after_ten_times_as_many_whatever_accounts_it_tries(stage: Stage) -> None:
    code = a_card(stage)[1]
    wrong_before(49)
    guess(make_account())

    by = Actor(kind="anonymous", address="203.0.113.99")
    with pytest.raises(errors.TriesLocked) as locked:
        open_card(code_typed=draw(1)[0], account_id=None, by=by, at=AT + timedelta(minutes=1))
    assert "from your network" in str(locked.value.facts["cause"])
    own_key = Actor(kind="api_key", portal="provider", address="203.0.113.99")
    for _ in range(5):
        with pytest.raises(errors.CardNotTaken):
            open_card(code_typed=draw(1)[0], account_id=None, by=own_key, at=AT + timedelta(minutes=1))
    open_card(code_typed=code, account_id=stage.account.id, by=own_key, at=AT + timedelta(minutes=1))
    assert RedemptionAttempt.objects.filter(block="203.0.113.0/24").count() == 50


def test_typing_errors_are_not_counted(stage: Stage) -> None:
    code = draw(1)[0]
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    for _ in range(20):
        with pytest.raises(errors.CodeMistyped):
            open_card(code_typed=wrong, account_id=stage.account.id, by=SYSTEM, at=AT)
    with pytest.raises(errors.CodeIncomplete):
        open_card(code_typed="7KQM", account_id=stage.account.id, by=SYSTEM, at=AT)

    assert not RedemptionAttempt.objects.exists()


def test_a_success_resets_the_accounts_own_counter_and_no_other(stage: Stage) -> None:
    for _ in range(4):
        guess(stage.account)
    use(a_card(stage)[1], account_id=stage.account.id, at=AT + timedelta(minutes=1))
    guess(stage.account, at=AT + timedelta(minutes=2), address="198.51.100.1")
    open_card(code_typed=a_card(stage)[1], account_id=stage.account.id, by=SYSTEM, at=AT + timedelta(minutes=3))

    wrong_before(45, at=AT + timedelta(minutes=1))
    guess(make_account(), at=AT + timedelta(minutes=2))  # the fiftieth from that network
    with pytest.raises(errors.TriesLocked):
        guess(make_account(), at=AT + timedelta(minutes=3))


def a_canary(stage: Stage) -> str:
    card, code = a_card(stage)
    Card.objects.filter(id=card.id).update(
        status="generated", activation=None, activated_at=None, holder=None, is_canary=True
    )  # fmt: skip
    return code


def test_a_canary_answers_like_a_wrong_secret_and_is_told_apart_only_inside(stage: Stage) -> None:
    code = a_canary(stage)

    with pytest.raises(errors.CardNotTaken):
        open_card(code_typed=code, account_id=stage.account.id, by=SYSTEM, at=AT)

    assert RedemptionAttempt.objects.get().outcome == "canary"
    assert OutboxEvent.objects.get(name="prepaid_cards.card_try_refused").payload["outcome"] == "canary"


def test_every_wrong_secret_costs_the_same_work(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unknown or a canary's: the same statements and the same hashes, so that no clock can tell them apart."""
    hashed: list[str] = []
    digest = Key.digest

    def counted(key: Key, message: bytes) -> bytes:
        hashed.append(key.name)
        return digest(key, message)

    monkeypatch.setattr(Key, "digest", counted)

    def work(code: str) -> tuple[list[str], int]:
        hashed.clear()
        with CaptureQueriesContext(connection) as ran, pytest.raises(errors.CardNotTaken):
            open_card(code_typed=code, account_id=stage.account.id, by=SYSTEM, at=AT)
        statements = [re.sub(r'"s\d+_x\d+"', "", query["sql"]) for query in ran.captured_queries]
        return [" ".join(statement.split(" ")[:3]) for statement in statements], len(hashed)

    unknown, canary = work(draw(1)[0]), work(a_canary(stage))

    assert unknown == canary
    assert unknown[1] >= 1


def test_utc_is_what_is_stored(stage: Stage) -> None:
    made = use(a_card(stage)[1], account_id=stage.account.id, at=AT)

    made.refresh_from_db()
    assert made.ends_at == datetime(2027, 3, 15, 16, tzinfo=UTC)
