"""Winning accounts back: the list of those that sleep, an offer to the chosen ones, and what came of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from plans.operations.access import settle_access
from plans.queries.access import access_of
from prepaid_cards.errors import CampaignNotForThem, NobodyChosen, OfferWithoutWords, RoundSentAlready
from prepaid_cards.models import OfferStatus, WinBackOffer, WinBackRound
from prepaid_cards.operations.winback import choose_accounts, send_offers
from prepaid_cards.queries import winback as queries
from provider.kernel import clock, jobs
from provider.kernel.actor import SYSTEM
from provider.messages.models import Message
from tests.factories import make_member
from tests.sessions import signed_in

from .factories import make_campaign
from .traded import Trade, day, open_trade

ASLEEP = day(200)


@pytest.fixture
def trade(db: None) -> Trade:
    """The one subscriber redeemed two months in January and sleeps since the spring."""
    trade = open_trade()
    trade.sell(0, at=day(0), seller=1)
    trade.redeem(0, at=day(1))
    start_owner(trade)
    sleep(trade)
    return trade


def start_owner(trade: Trade) -> None:
    make_member(account=trade.stage.account, portal="subscriber", role="owner")


def sleep(trade: Trade) -> None:
    settle_access(account_id=trade.stage.account.id, by=SYSTEM, at=ASLEEP)
    assert access_of(account_id=trade.stage.account.id).state == "dormant"


def test_the_list_says_what_they_paid_who_sold_last_and_whether_they_were_written_to(trade: Trade) -> None:
    (row,) = queries.sleeping_accounts()
    found: Any = row
    assert found.id == trade.stage.account.id
    assert (found.paid_minor, found.records, found.last_seller, found.last_contact) == (19600, 0, "Shop B", None)
    assert list(queries.sold_by(queries.sleeping_accounts(), [str(trade.sellers[0].id)])) == []
    assert list(queries.contacted(queries.sleeping_accounts(), ["never"])) == [row]


def test_an_offer_is_written_once_and_whoever_returns_is_counted(trade: Trade) -> None:
    account = trade.stage.account
    made = choose_accounts(account_ids=[account.id, account.id], by=SYSTEM, at=ASLEEP)
    campaign = make_campaign(status="running", launched_at=day(0), audience="win_back")

    sent = send_offers(round_id=made.id, campaign_id=campaign.id, note="Come back", by=SYSTEM, at=ASLEEP)
    assert sent.job_id
    jobs.run_to_end(job_id=sent.job_id, at=clock.now())

    message = Message.objects.get(key="win_back_offer")
    assert message.params["campaign"] == campaign.name
    assert message.params["note"] == "Come back"
    assert queries.result_of(made) == queries.Result(chosen=1, sent=1, returned=0)
    with pytest.raises(RoundSentAlready):
        send_offers(round_id=made.id, campaign_id=None, note="Again", by=SYSTEM, at=ASLEEP)

    again = choose_accounts(account_ids=[account.id], by=SYSTEM, at=clock.now())
    lately = send_offers(round_id=again.id, campaign_id=None, note="And?", by=SYSTEM, at=ASLEEP)
    assert lately.job_id
    jobs.run_to_end(job_id=lately.job_id, at=clock.now())
    assert WinBackOffer.objects.get(round=again).status == OfferStatus.RECENT
    assert Message.objects.filter(key="win_back_offer").count() == 1

    later = clock.now() + timedelta(hours=1)
    trade.sell(1, at=later)
    trade.redeem(1, at=later)
    assert queries.result_of().returned == queries.result_of(made).returned == 1
    assert not queries.sleeping_accounts().exists()


def test_who_woke_before_the_letter_or_never_slept_is_left_out(trade: Trade) -> None:
    made = choose_accounts(account_ids=[trade.stage.account.id, trade.sellers[0].id], by=SYSTEM, at=ASLEEP)
    trade.sell(1, at=day(201))
    trade.redeem(1, at=day(202))
    sent = send_offers(round_id=made.id, campaign_id=None, note="Hello", by=SYSTEM, at=day(203))
    assert sent.job_id
    jobs.run_to_end(job_id=sent.job_id, at=clock.now())
    assert set(made.offers.values_list("status", flat=True)) == {OfferStatus.AWAKE}
    assert not Message.objects.filter(key="win_back_offer").exists()


def test_nobody_chosen_no_words_or_a_promotion_that_is_not_theirs_is_refused(trade: Trade) -> None:
    with pytest.raises(NobodyChosen):
        choose_accounts(account_ids=[], by=SYSTEM, at=ASLEEP)
    made = choose_accounts(account_ids=[trade.stage.account.id], by=SYSTEM, at=ASLEEP)
    with pytest.raises(OfferWithoutWords):
        send_offers(round_id=made.id, campaign_id=None, note=" ", by=SYSTEM, at=ASLEEP)
    for campaign in (make_campaign(), make_campaign(status="running", launched_at=day(0), audience="first")):
        with pytest.raises(CampaignNotForThem):
            send_offers(round_id=made.id, campaign_id=campaign.id, note="", by=SYSTEM, at=ASLEEP)


def test_an_operator_chooses_from_the_list_writes_and_sees_the_result(trade: Trade) -> None:
    member = make_member(account=trade.provider, portal="provider", role="operator")
    client: Client = signed_in(member.user)
    page = client.get(reverse("prepaid_cards:win_back"))
    assert trade.stage.account.name in page.content.decode()

    chosen = client.post(reverse("prepaid_cards:win_back_choose"), {"ids": [str(trade.stage.account.id)]})
    made = WinBackRound.objects.get()
    assert chosen.url == reverse("prepaid_cards:win_back_round", args=[made.id])  # type: ignore[attr-defined]
    url = reverse("prepaid_cards:win_back_send", args=[made.id])
    assert client.post(url, {"note": ""}).context["form"].errors["note"]
    assert client.post(url, {"note": "We miss you"}).status_code == 302
    made.refresh_from_db()
    assert made.job_id
    jobs.run_to_end(job_id=made.job_id, at=clock.now())

    shown = client.get(reverse("prepaid_cards:win_back_round", args=[made.id])).content.decode()
    assert "We miss you" in shown
    listed = client.get(reverse("prepaid_cards:win_back"), {"export": "csv"})
    assert b"Shop B" in b"".join(listed.streaming_content) if listed.streaming else listed.content  # type: ignore[attr-defined]
