"""Promotions: quoted and kept, stacked by the rule that is shown, never beyond the budget, rehearsed before launch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from invoices.operations.subscriptions import NewSubscription, start_subscription
from invoices.queries.accounts import credit_of, points_of
from plans.rules.story import read_story
from prepaid_cards import errors
from prepaid_cards.models import Activation, Campaign, CampaignUse, Redemption, SellingPlace
from prepaid_cards.operations.campaigns import CampaignWish, create_campaign, launch_campaign, stop_campaign
from prepaid_cards.operations.places import note_place
from prepaid_cards.operations.redemption import open_card, promise, redeem, undo_redemption
from prepaid_cards.queries.campaigns import offer_of, past_cases
from prepaid_cards.rules.campaigns import rehearse
from provider.accounts.models import Account
from provider.kernel import laws
from provider.kernel.actor import SYSTEM
from provider.kernel.errors import FactsChanged, Refusal
from provider.kernel.ids import new_id
from provider.workshop.stories.stage import Stage, set_stage
from tests.factories import make_account, make_member
from tests.prepaid_cards.factories import make_product
from tests.prepaid_cards.redeeming import sold_card, term_product, use
from tests.prepaid_cards.traded import STORY
from tests.racing import race
from tests.sessions import signed_in

AT = datetime(2026, 3, 2, 4, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def stage(db: None) -> Stage:
    """A plan without a trial, and an account on prepaid terms."""
    return _stage()


def _stage() -> Stage:
    make_account(name="Perennial", portal="provider", time_zone="Asia/Shanghai")
    made = set_stage(read_story(STORY))
    _subscribe(made, made.account)
    return made


def _subscribe(stage: Stage, account: Account) -> None:
    wish = NewSubscription(version_id=stage.versions["standard"].id, pays="prepaid")
    start_subscription(account_id=account.id, wish=wish, by=SYSTEM, at=AT)


def wish(**facts: Any) -> CampaignWish:
    """A month more for everybody, in March and April."""
    given: dict[str, Any] = {
        "name": "Spring", "starts_at": AT - DAY, "ends_at": AT + 60 * DAY, "bonus_kind": "months", "bonus_amount": 1,
        "audience": "anybody", "currency": "CNY",
    }  # fmt: skip
    return CampaignWish(**(given | facts))


def launched(**facts: Any) -> Campaign:
    made = create_campaign(wish=wish(**facts), by=SYSTEM, at=AT)
    return launch_campaign(campaign_id=made.id, by=SYSTEM, at=AT)


def a_card(stage: Stage, *, months: int = 12, face: int = 98000) -> tuple[Any, str]:
    return sold_card(term_product(stage.versions["standard"].plan, months=months, face=face))


def laws_hold() -> bool:
    names = [
        "campaign_budgets_are_their_uses", "card_liability_on_every_day", "cards_redeemed_have_their_redemption",
        "ledger_balances", "prepaid_money_stands_in_the_books",
    ]  # fmt: skip
    return all(laws.check(law).holds for law in laws.known(names))


def test_the_bonus_is_in_the_quote_served_and_taken_back_with_an_undo(stage: Stage) -> None:
    campaign = launched(budget_count=1)
    card, code = a_card(stage)

    shown = promise(card=open_card(code_typed=code, account_id=stage.account.id, by=SYSTEM, at=AT),
                    account=stage.account, at=AT)  # fmt: skip
    assert [one.months for one in shown.bonuses] == [1]
    made = redeem(card_id=card.id, account_id=stage.account.id, expected=shown.digest, by=SYSTEM, at=AT)
    assert shown.quote is not None
    assert shown.quote.ends_on.isoformat() == "2027-04-02"
    assert made.ends_at == datetime(2027, 4, 1, 16, tzinfo=UTC)
    stage.account.refresh_from_db()
    campaign.refresh_from_db()
    assert (campaign.used_count, campaign.used_minor) == (1, 8167)  # 98000 for a twelfth of 360 days, rounded once
    assert laws_hold()

    undo_redemption(redemption_id=made.id, account_id=stage.account.id, by=SYSTEM, at=AT + HOUR)
    campaign.refresh_from_db()
    assert (campaign.used_count, campaign.used_minor) == (0, 0)
    again = use(code, account_id=stage.account.id, at=AT + 2 * HOUR)
    assert again.ends_at == made.ends_at
    assert laws_hold()


def test_promotions_stack_by_rank_and_only_where_they_may(stage: Stage) -> None:
    launched(name="alone", priority=5, bonus_kind="days", bonus_amount=3)
    launched(name="a", priority=6, is_combinable=True)
    launched(name="b", priority=7, is_combinable=True, bonus_kind="points", bonus_amount=50)
    made = use(a_card(stage)[1], account_id=stage.account.id, at=AT)
    assert [one.campaign.name for one in made.bonuses.all()] == ["alone"]

    stop_campaign(campaign_id=Campaign.objects.get(name="alone").id, reason="over", by=SYSTEM, at=AT)
    launched(name="last alone", priority=9, bonus_kind="days", bonus_amount=30)
    made = use(a_card(stage)[1], account_id=stage.account.id, at=AT + HOUR)
    assert {one.campaign.name for one in made.bonuses.all()} == {"a", "b"}
    assert points_of(account_id=stage.account.id) == 50


def test_it_is_only_for_whom_it_is_meant(stage: Stage) -> None:
    card, code = a_card(stage, months=1, face=9800)
    other = make_account(name="Another shop", portal="reseller")
    for facts in (
        {"product_ids": [make_product().id]}, {"seller_ids": [other.id]}, {"audience": "again"},
        {"audience": "win_back"}, {"starts_at": AT + DAY}, {"currency": "TWD"},
    ):  # fmt: skip
        launched(**facts)
    made = use(code, account_id=stage.account.id, at=AT)
    assert not made.bonuses.exists()

    made = use(a_card(stage)[1], account_id=stage.account.id, at=AT + HOUR)  # the second card: "again"
    assert [one.campaign.audience for one in made.bonuses.all()] == ["again"]
    assert card.batch.product.months == 1


def test_a_card_of_money_is_no_renewal(stage: Stage) -> None:
    launched(audience="again")
    use(sold_card(make_product())[1], account_id=stage.account.id, at=AT)

    assert not use(a_card(stage)[1], account_id=stage.account.id, at=AT + HOUR).bonuses.exists()
    assert use(a_card(stage)[1], account_id=stage.account.id, at=AT + 2 * HOUR).bonuses.count() == 1
    told = past_cases(since=AT - DAY, until=AT + DAY, currency="CNY")
    assert [case.has_renewed for case in told] == [False, False, True]


def test_money_gets_a_percentage_more_as_a_discount(stage: Stage) -> None:
    launched(bonus_kind="percent", bonus_amount=10, budget_minor=1500)
    made = use(sold_card(make_product())[1], account_id=stage.account.id, at=AT)
    assert [one.minor for one in credit_of(account_id=stage.account.id)] == [11000]
    second = use(sold_card(make_product())[1], account_id=stage.account.id, at=AT)  # 5.00 are left: not enough
    assert (made.bonuses.count(), second.bonuses.count()) == (1, 0)
    undo_redemption(redemption_id=made.id, account_id=stage.account.id, by=SYSTEM, at=AT + HOUR)
    assert [one.minor for one in credit_of(account_id=stage.account.id)] == [10000]
    assert laws_hold()


@pytest.mark.parametrize(
    ("facts", "refused"),
    [
        ({"ends_at": AT - 2 * DAY}, errors.CampaignWindow),
        ({"starts_at": AT - 9 * DAY, "ends_at": AT - DAY}, errors.CampaignOver),
        ({"bonus_amount": 0}, errors.CampaignBonus),
        ({"bonus_kind": "percent", "bonus_amount": 101}, errors.CampaignBonus),
        ({"budget_count": 0}, errors.CampaignBudget),
        ({"budget_minor": -1}, errors.CampaignBudget),
    ],
)
def test_what_cannot_be_is_refused(db: None, facts: dict[str, Any], refused: type[Refusal]) -> None:
    with pytest.raises(refused):
        create_campaign(wish=wish(**facts), by=SYSTEM, at=AT)
    assert not Campaign.objects.exists()


def test_it_is_not_launched_late_nor_stopped_without_a_reason(db: None) -> None:
    made = create_campaign(wish=wish(), by=SYSTEM, at=AT)
    with pytest.raises(errors.CampaignOver):
        launch_campaign(campaign_id=made.id, by=SYSTEM, at=AT + 61 * DAY)
    with pytest.raises(errors.ReasonMissing):
        stop_campaign(campaign_id=made.id, reason=" ", by=SYSTEM, at=AT)


def test_the_rehearsal_counts_costs_and_says_when_the_budget_is_used_up(stage: Stage) -> None:
    for number in range(4):
        use(a_card(stage, months=1, face=9800)[1], account_id=stage.account.id, at=AT + number * DAY)
    campaign = create_campaign(wish=wish(budget_count=3, ends_at=AT + 90 * DAY), by=SYSTEM, at=AT)
    since, until = AT - DAY, AT + 9 * DAY

    done = rehearse(
        offer_of(campaign), cases=past_cases(since=since, until=until, currency="CNY"), since=since, until=until
    )
    assert (done.asked, done.given, done.turned_away) == (4, 3, 1)
    assert (done.face_minor, done.cost_minor, done.margin_minor) == (3 * 9800, 3 * 9800, 0)
    assert done.exhausted_at == campaign.starts_at + 4 * DAY
    assert not CampaignUse.objects.exists()


# --- For stores ---


@dataclass(frozen=True, slots=True)
class Street:
    """A reseller with a store in each of two streets, and another reseller's store."""

    seller: Account
    here: SellingPlace
    there: SellingPlace
    rival: SellingPlace


@pytest.fixture
def street(stage: Stage) -> Street:
    seller, rival = (make_account(name=name, portal="reseller") for name in ("Hengyue", "Rival"))
    places = [
        note_place(place_id=new_id(), seller_id=of.id, code=code, name=name, is_open=True)
        for of, code, name in ((seller, "NJ", "Nanjing Road"), (seller, "HH", "Huaihai Road"), (rival, "NJ", "Corner"))
    ]
    return Street(seller, *places)


def sold_in(place: SellingPlace | None, stage: Stage, *, months: int = 12) -> str:
    """A card that went over the counter there, and its code."""
    card, code = a_card(stage, months=months)
    assert card.activation is not None
    Activation.objects.filter(id=card.activation_id).update(store_id=place.id if place else None)
    return code


def test_a_promotion_for_stores_is_given_to_cards_sold_there_and_to_no_others(stage: Stage, street: Street) -> None:
    launched(store_ids=[street.here.id, street.rival.id])

    given = [
        use(sold_in(place, stage), account_id=stage.account.id, at=AT + number * HOUR).bonuses.count()
        for number, place in enumerate((street.here, street.there, street.rival, None))
    ]

    assert given == [1, 0, 1, 0]
    assert laws_hold()


def test_the_rehearsal_of_a_promotion_for_stores_counts_only_cards_sold_there(stage: Stage, street: Street) -> None:
    for number, place in enumerate((street.here, street.there, street.here, None)):
        use(sold_in(place, stage, months=1), account_id=stage.account.id, at=AT + number * HOUR)
    campaign = create_campaign(wish=wish(store_ids=[street.here.id]), by=SYSTEM, at=AT)
    since, until = AT - DAY, AT + DAY

    done = rehearse(
        offer_of(campaign), cases=past_cases(since=since, until=until, currency="CNY"), since=since, until=until
    )

    assert (done.asked, done.given) == (4, 2)


def test_a_store_whose_reseller_is_left_out_is_refused(stage: Stage, street: Street) -> None:
    with pytest.raises(errors.CampaignStoreOfAnother):
        create_campaign(
            wish=wish(seller_ids=[street.seller.id], store_ids=[street.here.id, street.rival.id]), by=SYSTEM, at=AT
        )
    both = wish(seller_ids=[street.seller.id], store_ids=[street.here.id])
    assert create_campaign(wish=both, by=SYSTEM, at=AT).stores.get() == street.here


def test_an_operator_chooses_stores_and_reads_them_on_the_promotions_page(stage: Stage, street: Street) -> None:
    provider = Account.objects.get(name="Perennial")
    operator = signed_in(make_member(account=provider, portal="provider", role="operator").user)
    note_place(place_id=street.there.id, seller_id=street.seller.id, code="HH", name="Huaihai Road", is_open=False)
    url = reverse("prepaid_cards:campaign_new")
    form = {
        "name": "Street", "bonus_kind": "months", "bonus_amount": "1", "first_day": "2090-09-01",
        "last_day": "2090-09-30", "audience": "anybody", "currency": "CNY", "priority": "100",
    }  # fmt: skip
    offered = operator.get(url).content.decode()
    assert "Hengyue · Nanjing Road" in offered
    assert "Huaihai Road" not in offered  # it is closed

    refused = operator.post(url, form | {"sellers": [str(street.seller.id)], "stores": [str(street.rival.id)]})
    assert "Corner" in refused.context["form"].errors["stores"][0]
    made = operator.post(url, form | {"stores": [str(street.here.id), str(street.rival.id)]}, follow=True)

    assert "Hengyue · Nanjing Road, Rival · Corner" in made.content.decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("budget", [1, 6])  # six: the positive control, where nobody is turned away
def test_the_last_bonus_goes_to_exactly_one_of_many_at_once(budget: int) -> None:
    stage = _stage()
    campaign = launched(budget_count=budget)
    holders = [make_account(name=f"Holder {number}", currency="CNY") for number in range(6)]
    ready = []
    for holder in holders:
        _subscribe(stage, holder)
        card, code = a_card(stage)
        shown = promise(card=open_card(code_typed=code, account_id=holder.id, by=SYSTEM, at=AT), account=holder, at=AT)
        assert len(shown.bonuses) == 1  # everybody was promised it
        ready.append((card.id, holder.id, shown.digest))
    refused: list[str] = []

    def act(card_id: int, account_id: Any, digest: bytes) -> None:
        try:
            redeem(card_id=card_id, account_id=account_id, expected=digest, by=SYSTEM, at=AT)
        except FactsChanged:
            refused.append("facts changed")

    race(*(lambda one=one: act(*one) for one in ready))
    campaign.refresh_from_db()
    assert campaign.used_count == CampaignUse.objects.count() == Redemption.objects.count() == budget
    assert len(refused) == 6 - budget
    with pytest.raises(IntegrityError), transaction.atomic():  # the second wall
        Campaign.objects.filter(id=campaign.id).update(used_count=budget + 1)


def test_an_operator_describes_launches_and_stops_one(stage: Stage) -> None:
    provider = Account.objects.get(name="Perennial")
    operator = signed_in(make_member(account=provider, portal="provider", role="operator").user)
    form = {
        "name": "Autumn", "bonus_kind": "months", "bonus_amount": "1", "first_day": "2090-09-01",
        "last_day": "2090-08-01", "audience": "anybody", "currency": "CNY", "priority": "100", "budget_count": "10",
    }  # fmt: skip
    refused = operator.post(reverse("prepaid_cards:campaign_new"), form)
    assert refused.context["form"].errors["last_day"]
    made = operator.post(reverse("prepaid_cards:campaign_new"), form | {"last_day": "2090-09-30"}, follow=True)
    campaign = Campaign.objects.get()
    assert "Autumn" in made.content.decode()
    operator.post(reverse("prepaid_cards:campaign_launch", args=[campaign.id]))
    operator.post(reverse("prepaid_cards:campaign_stop", args=[campaign.id]), {"reason": "enough"})
    campaign.refresh_from_db()
    assert campaign.status == "stopped"
    assert operator.get(reverse("prepaid_cards:campaigns")).status_code == 200
