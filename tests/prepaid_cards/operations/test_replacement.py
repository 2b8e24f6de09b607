"""A damaged card is replaced: ended, an electronic one in its place, one sale, and the books as they were."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from prepaid_cards.errors import (
    CardBrokenOff,
    CardNotReplaceable,
    CardReplacedBefore,
    NoElectronicTwin,
    ReasonMissing,
    ReplacedSinceSold,
    ReplacementRedeemed,
)
from prepaid_cards.models import (
    BreakageMonth,
    BreakagePolicy,
    BreakageRelease,
    Card,
    CardBatch,
    CardBreakage,
    CardReplacement,
    CardReport,
    ReportStatus,
)
from prepaid_cards.operations.cards import activate, reverse_activation
from prepaid_cards.operations.electronic import Issued
from prepaid_cards.operations.redemption import why_not
from prepaid_cards.operations.replacement import replace_card
from prepaid_cards.operations.reports import ReportWish, file_report, released_card, replace_reported_card
from prepaid_cards.queries.cards import card_history
from prepaid_cards.queries.liability import liability_by, scope_on
from prepaid_cards.queries.postings import cards_of_entry, entries_of_card
from prepaid_cards.queries.redeeming import find_card
from prepaid_cards.rules.codes import draw, grouped, read_code
from prepaid_cards.rules.serials import shown
from provider.kernel import laws
from provider.kernel.models import AuditRow, IdempotencyKey, LedgerEntry
from provider.messages.models import Message
from tests.api.conftest import Caller, _fresh_limits, assert_problem, caller_for
from tests.factories import AT, make_account
from tests.prepaid_cards.conftest import House, opened_batch
from tests.prepaid_cards.factories import make_batch
from tests.prepaid_cards.test_operator_pages import browser, page, send
from tests.racing import race

__all__ = ["_fresh_limits"]

LATER = AT + timedelta(days=3)


def sold_card(house: House) -> Card:
    """One of the reseller's cards, sold at its till."""
    batch = opened_batch(house, count=3)
    card = Card.objects.filter(batch=batch, is_canary=False).order_by("counter")[0]
    Card.objects.filter(id=card.id).update(holder=house.reseller, status="received")
    activate(seller_id=house.reseller.id, serials=[card.serial], receipt="R-1", request_key="k", by=house.clerk, at=AT)
    card.refresh_from_db()
    return card


def electronic(house: House, *, prefix: str = "240901", **facts: Any) -> CardBatch:
    batch = make_batch(product=house.product, count=5, prefix=prefix, kind="electronic", **facts)
    Card.objects.filter(batch=batch).delete()
    CardBatch.objects.filter(id=batch.id).update(made_count=0)
    return batch


def broken() -> list[str]:
    """The laws of cards that do not hold."""
    return [law.name for law in laws.known() if law.name.startswith("card") and not laws.check(law).holds]


def replaced(house: House, card: Card) -> Issued:
    return replace_card(serial=card.serial, reason="Scratched through", by=house.ann, at=LATER)


def test_the_sale_goes_over_to_the_new_card_and_nothing_else_happens_in_the_books(house: House) -> None:
    electronic(house)
    old = sold_card(house)
    until = AT + timedelta(days=400)
    Card.objects.filter(id=old.id).update(redeem_before=until)
    before = liability_by(scope_on(on=AT.date(), currency="CNY"), by="seller")

    issued = replaced(house, old)

    old.refresh_from_db()
    new = find_card(issued.code)
    assert new is not None
    assert why_not(new, at=LATER) is None
    assert (old.status, old.activation_id) == ("void", None)
    assert new.activation is not None
    assert (new.activation.receipt, new.activated_at, new.redeem_before) == ("R-1", AT, until)
    assert new.holder_id == house.reseller.id
    after = liability_by(scope_on(on=LATER.date(), currency="CNY"), by="seller")
    assert [(one.sold, one.liability_minor) for one in after] == [(one.sold, one.liability_minor) for one in before]
    assert liability_by(scope_on(on=AT.date(), currency="CNY"), by="seller") == before, "the past stays as it was"
    [entry] = LedgerEntry.objects.filter(source_kind="card_replacement")
    assert set(cards_of_entry(source_kind="card_replacement", source_id=entry.source_id)) == {old, new}
    assert entry.id in {one.id for card in (old, new) for one in entries_of_card(card)}
    assert [line.reason for line in card_history(new)][-1] == "Scratched through"
    told = AuditRow.objects.get(verb="card.replaced")
    assert told.reason == "Scratched through"
    assert issued.code not in str(told.__dict__)
    assert broken() == []


def test_a_card_is_replaced_once_and_only_while_it_is_taken(house: House) -> None:
    electronic(house)
    old = sold_card(house)
    with pytest.raises(ReasonMissing):
        replace_card(serial=old.serial, reason=" ", by=house.ann, at=LATER)
    issued = replaced(house, old)

    with pytest.raises(CardReplacedBefore):
        replaced(house, old)
    unsold = Card.objects.filter(batch=old.batch, is_canary=False, status="generated").first()
    assert unsold is not None
    with pytest.raises(CardNotReplaceable):
        replaced(house, unsold)
    assert replaced(house, issued.card).card.activation_id == issued.card.activation_id, "a lost e-mail is helped too"


def test_a_batch_of_another_worth_or_a_shorter_time_is_not_taken_in_its_place(house: House) -> None:
    old = sold_card(house)
    with pytest.raises(NoElectronicTwin):
        replaced(house, old)

    electronic(house, prefix="240902", face_minor=97000)
    electronic(house, prefix="240903", redeem_by="fixed", redeem_before=LATER + timedelta(days=30))
    with pytest.raises(NoElectronicTwin):
        replaced(house, old)

    electronic(house, prefix="240904")
    assert replaced(house, old).card.batch.prefix == "240904"


def test_a_card_that_counts_as_never_redeemed_is_released_instead(house: House) -> None:
    electronic(house)
    old = sold_card(house)
    month = BreakageMonth.objects.create(month=AT.date().replace(day=1), count=1, closed_at=AT)
    policy = BreakagePolicy.objects.create(
        method="proportional", expected_percent=50, remote_months=0, starts_on=month.month, reason="Sales",
        decided_at=AT, decided_by_id=house.ann.user_id,
    )  # fmt: skip
    release = BreakageRelease.objects.create(
        month=month, batch=old.batch, seller=house.reseller, policy=policy, sold=1, redeemed=0, due=1,
        standing=0, count=1, minor=98000, currency="CNY", at=AT,
    )  # fmt: skip
    CardBreakage.objects.create(release=release, card=old, minor=98000, released_at=AT)

    with pytest.raises(CardBrokenOff):
        replaced(house, old)


def test_the_holder_who_reported_it_redeems_the_new_one_on_the_reports_page(house: House) -> None:
    electronic(house)
    old = sold_card(house)
    holder = make_account(name="Lantu", portal="subscriber", parent=house.provider, email="wei@lantu.example")
    wish = ReportWish(kind="damaged", serial=old.serial, receipt="R-1")
    report = file_report(wish=wish, account_id=holder.id, by=house.ann, at=LATER)

    issued = replace_reported_card(
        report_id=report.id, reason="Receipt seen", to_email="wei@lantu.example", language="zh-hans", by=house.ann,
        at=LATER,
    )  # fmt: skip

    solved = CardReport.objects.get(id=report.id)
    assert (solved.status, solved.answer, solved.card_id) == (ReportStatus.SOLVED, "Receipt seen", issued.card.id)
    assert released_card(report=solved, at=LATER).id == issued.card.id


def take_back(house: House, card: Card) -> None:
    at = AT + timedelta(hours=2)
    reverse_activation(seller_id=house.reseller.id, serials=[card.serial], by=house.clerk, at=at)


def test_within_a_day_the_seller_takes_the_sale_of_the_new_card_back(house: House) -> None:
    electronic(house)
    old = sold_card(house)
    issued = replace_card(serial=old.serial, reason="Torn", by=house.ann, at=AT + timedelta(hours=1))

    with pytest.raises(ReplacedSinceSold):
        take_back(house, old)
    Card.objects.filter(id=issued.card.id).update(status="redeemed", redeemed_at=AT)
    with pytest.raises(ReplacementRedeemed) as refused:
        take_back(house, old)
    assert refused.value.facts == {"serial": shown(old.serial), "new": shown(issued.card.serial)}

    Card.objects.filter(id=issued.card.id).update(status="active", redeemed_at=None)
    reverse_activation(
        seller_id=house.reseller.id, serials=[issued.card.serial], by=house.clerk, at=AT + timedelta(hours=2)
    )

    assert broken() == []


def test_an_operator_replaces_it_on_its_page_and_sees_the_code_once(house: House) -> None:
    electronic(house)
    old = sold_card(house)
    ann: Client = browser(house.ann.user_id)
    url = f"/operator/cards/serials/{old.serial}/"
    assert f"{url}replace/" in page(ann, url)

    answer = send(ann, f"{url}replace/", reason="Water damage", email="", language="en")

    assert "no-store" in answer.headers["Cache-Control"]
    assert "Shown this once" in answer.content.decode()
    new = Card.objects.get(in_place_of__old=old)
    assert new.serial in page(ann, url)
    assert "Replaced" in page(ann, f"/operator/cards/serials/{new.serial}/")
    again = send(ann, f"{url}replace/", reason="Water damage", email="", language="en")
    assert "was replaced by card" in again.content.decode()


# --- By a program ---


@pytest.fixture
def desk(house: House) -> Caller:
    """The support desk's own system."""
    return caller_for(house.provider, portal="provider", scopes=["cards:replace"])


def test_a_program_replaces_a_card_and_may_ask_again_with_the_same_key(house: House, desk: Caller) -> None:
    electronic(house)
    old = sold_card(house)
    url, wish = f"/cards/serials/{shown(old.serial)}/replace", {"reason": "Scratched through"}

    first, second = (desk.post(url, wish, key="once") for _ in range(2))

    assert first.status_code == 200, first.content
    assert first.json() == second.json()
    new = find_card(read_code(first.json()["code"]))
    assert new is not None
    assert (shown(new.serial), first.json()["card"]["status"]) == (first.json()["card"]["serial"], "active")
    kept = IdempotencyKey.objects.get(key="once")
    assert kept.is_sealed
    assert first.json()["code"].encode() not in bytes(kept.answer_body or b"")
    assert CardReplacement.objects.count() == 1
    assert_problem(desk.post(url, wish), status=409, code="card_replaced_before")
    assert_problem(desk.post(url, {"reason": "Other"}, key="once"), status=422, code="idempotency_key_reused")
    assert broken() == []


def test_a_program_sends_the_code_by_mail_and_keeps_none_in_the_reason(house: House, desk: Caller) -> None:
    electronic(house)
    old = sold_card(house)
    (code,) = draw(1)

    answer = desk.post(
        f"/cards/serials/{old.serial}/replace", {"reason": f"Reads {grouped(code)}", "email": "lan@example.test"}
    )

    assert (answer.json()["code"], answer.json()["link"]) == (None, None)
    assert CardReplacement.objects.get().reason == "Reads •••• (a code was removed)"
    assert Message.objects.filter(key="electronic_card").count() == 1


def test_a_program_is_told_why_a_card_is_not_replaced(house: House, desk: Caller) -> None:
    old = sold_card(house)
    url = f"/cards/serials/{old.serial}/replace"
    assert_problem(desk.post(url, {"reason": "Lost"}), status=409, code="card_replacement_without_batch")
    assert_problem(desk.post(url, {"reason": " "}), status=422, code="card_reason_missing")
    assert_problem(desk.post("/cards/serials/123/replace", {"reason": "Lost"}), status=404, code="not_found")
    reader = caller_for(house.provider, portal="provider", scopes=["cards:read", "cards:issue"])
    assert reader.post(url, {"reason": "Lost"}).status_code == 403
    electronic(house)
    tester = caller_for(house.provider, portal="provider", scopes=["cards:replace"], is_test=True)
    assert_problem(tester.post(url, {"reason": "Lost"}), status=404, code="not_found")
    assert not CardReplacement.objects.exists()  # a card of a real holder goes on


@pytest.mark.django_db(transaction=True)
def test_of_two_who_replace_one_card_at_once_one_does(house: House) -> None:
    electronic(house)
    old = sold_card(house)
    outcomes: list[str] = []

    def replaces() -> None:
        try:
            replaced(house, old)
        except CardReplacedBefore:
            outcomes.append("before")
        else:
            outcomes.append("done")

    race(replaces, replaces)
    assert sorted(outcomes) == ["before", "done"]
    assert Card.objects.filter(batch__kind="electronic").count() == 1
