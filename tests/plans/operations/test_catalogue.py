"""Plans are drafted, changed, proved, published and withdrawn; what was promised stays as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from plans import errors
from plans.models import ChargePrice, Meter, Plan, PlanVersion, Story, StoryResult, VersionStatus
from plans.operations import catalogue
from plans.queries.catalogue import content_of, draft_of, offers, version_on_sale
from plans.queries.stories import unproven_stories
from plans.rules.calendar import Interval
from plans.rules.catalogue import Charge, Entitlement, Price, Version, differences_of, digest_of
from plans.rules.rating import Tier
from plans.rules.service import Phase
from plans.rules.terms import MeterTerms
from provider.kernel.actor import SYSTEM
from provider.kernel.errors import ForbiddenMove, NotFound, Refusal
from provider.kernel.ids import new_id
from provider.kernel.models import AuditRow, OutboxEvent
from tests.factories import make_account

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
ACT: dict[str, Any] = {"by": SYSTEM, "at": AT}
SEATS = MeterTerms("seats", "unique", carries_over=True)
RECORDS = MeterTerms("records", "sum", carries_over=True)
CALLS = MeterTerms("calls", "count", carries_over=False)
FEW, MANY = Decimal(10), Decimal(100)
BASE = Charge(
    code="base", model="flat", timing="in_advance", is_prorated=True, names=("Base fee", "基本费", "基本費"),
    prices={"CNY": Price(price=Decimal("88"))},
)  # fmt: skip
SEAT = Charge(
    code="seat", model="graduated", timing="in_arrears", is_prorated=True, meter=SEATS,
    prices={"CNY": Price(tiers=(Tier(Decimal(3), Decimal(0)), Tier(None, Decimal("30.5"), Decimal(1))))},
)  # fmt: skip


def make_plan(*charges: Charge, **terms: Any) -> PlanVersion:
    """A plan and its draft with these charges, in yuan unless said otherwise."""
    seller = make_account(portal="provider")
    details = catalogue.PlanDetails(names=("Standard", "标准版", "標準版"))
    plan = catalogue.create_plan(seller_id=seller.id, code="standard", details=details, **ACT)
    draft = draft_of(plan)
    assert draft is not None
    content = Version(**{"currencies": ("CNY",)} | terms)
    catalogue.change_draft(version_id=draft.pk, change=lambda _: content, **ACT)
    for charge in charges:
        catalogue.put_charge(version_id=draft.pk, charge=charge, **ACT)
    draft.refresh_from_db()
    return draft


def publish(version: PlanVersion) -> PlanVersion:
    return catalogue.publish_version(version_id=version.pk, **ACT)


def test_a_new_plan_can_count_seats_records_and_sales_at_once() -> None:
    draft = make_plan()

    meters = Meter.objects.filter(seller=draft.plan.seller).values_list("code", "aggregate", "carries_over")
    assert set(meters) == {("seats", "unique", True), ("records", "sum", True), ("sales", "sum", False)}
    assert (draft.number, draft.status) == (1, VersionStatus.DRAFT)


def test_what_a_draft_says_is_read_back_exactly() -> None:
    content = Version(
        interval=Interval(months=12),
        anchor="day",
        anchor_day=15,
        trial_days=14,
        grace_days=10,
        currencies=("CNY", "USD"),
        charges=(
            replace(BASE, prices={"CNY": Price(phases=(Phase(Decimal(0), months=3), Phase(Decimal("88"))))}),
            SEAT,
            Charge(
                code="packs", model="package", timing="in_arrears", is_prorated=False, meter=RECORDS,
                interval=Interval(months=1), tax_rate=Decimal("6"),
                prices={"CNY": Price(price=Decimal("5"), size=Decimal(1000), free_units=FEW, minimum=Decimal(9))},
            ),
            Charge(
                code="share", model="percentage", timing="in_arrears", is_prorated=False, meter=RECORDS,
                prices={"USD": Price(rate=Decimal("0.05"), fixed=Decimal("0.1"), free_events=3, max_per_event=FEW)},
            ),
            Charge(
                code="phones", model="per_unit", timing="in_advance", is_prorated=True, quantity=Decimal(2),
                is_free_in_trial=True, prices={"CNY": Price(price=Decimal("1.00000001"))},
            ),
        ),
        minimums={"CNY": Decimal("100")},
        entitlements={"seats": Entitlement(limit=20, stops_at_limit=True), "api": Entitlement()},
    )  # fmt: skip
    draft = make_plan()

    catalogue.change_draft(version_id=draft.pk, change=lambda _: content, **ACT)

    draft.refresh_from_db()
    assert differences_of(content, content_of(draft)) == []
    assert digest_of(content_of(draft)) == digest_of(content)


def test_published_it_is_on_sale_and_frozen() -> None:
    draft = make_plan(BASE, SEAT)

    published = publish(draft)

    assert version_on_sale(draft.plan) == published
    assert published.digest == digest_of(content_of(published))
    assert OutboxEvent.objects.get(name="plans.plan_published").payload["number"] == 1
    for act in (
        lambda: catalogue.put_charge(version_id=draft.pk, charge=BASE, instead_of="base", **ACT),
        lambda: catalogue.discard_draft(version_id=draft.pk, **ACT),
        lambda: publish(draft),
    ):
        with pytest.raises(errors.NotADraft):
            act()


def test_the_next_version_begins_as_a_copy_and_takes_the_place_of_the_last() -> None:
    first = publish(make_plan(BASE, SEAT))
    dearer = replace(BASE, prices={"CNY": Price(price=Decimal("98"))})

    second = catalogue.draft_version(plan_id=first.plan_id, **ACT)
    with pytest.raises(errors.NothingNew):
        publish(second)
    catalogue.put_charge(version_id=second.pk, charge=dearer, instead_of="base", **ACT)
    catalogue.remove_charge(version_id=second.pk, code="seat", **ACT)
    publish(second)

    first.refresh_from_db()
    assert (first.status, second.number) == (VersionStatus.WITHDRAWN, 2)
    found = differences_of(content_of(first), content_of(second))
    assert [(one.charge, one.member, one.before, one.after) for one in found] == [
        ("base", "price", "88", "98"),
        ("seat", "charge", "graduated", None),
    ]


def test_a_plan_has_one_draft_which_can_be_thrown_away() -> None:
    first = publish(make_plan(BASE))
    second = catalogue.draft_version(plan_id=first.plan_id, **ACT)

    with pytest.raises(errors.DraftExists):
        catalogue.draft_version(plan_id=first.plan_id, **ACT)
    catalogue.discard_draft(version_id=second.pk, **ACT)

    assert catalogue.draft_version(plan_id=first.plan_id, **ACT).number == 2


def test_the_first_draft_is_emptied_since_a_plan_without_versions_is_nothing() -> None:
    draft = make_plan(BASE)

    catalogue.discard_draft(version_id=draft.pk, **ACT)

    draft.refresh_from_db()
    assert content_of(draft).charges == ()


def test_a_withdrawn_version_can_be_offered_again() -> None:
    first = publish(make_plan(BASE))

    catalogue.withdraw_version(version_id=first.pk, reason="Too cheap", **ACT)
    assert version_on_sale(first.plan) is None
    catalogue.offer_version_again(version_id=first.pk, reason="It was not", **ACT)

    assert version_on_sale(first.plan) == first
    with pytest.raises(ForbiddenMove):
        catalogue.offer_version_again(version_id=first.pk, reason="Again", **ACT)
    assert AuditRow.objects.filter(verb="plan_version.withdrawn", reason="Too cheap").count() == 1


def test_a_draft_is_not_put_on_sale_by_the_back_door() -> None:
    draft = make_plan(BASE)

    for act in (catalogue.offer_version_again, catalogue.withdraw_version):
        with pytest.raises(ForbiddenMove):
            act(version_id=draft.pk, reason="", **ACT)


def test_it_is_not_published_while_a_story_has_not_passed_with_this_content() -> None:
    draft = make_plan(BASE)
    story = Story.objects.create(
        plan=draft.plan, title="A month", content="story: A month", digest="1" * 64, created_at=AT, changed_at=AT
    )
    run = {"story": story, "version": draft, "differences": [], "played_at": AT, "story_digest": story.digest}

    StoryResult.objects.create(has_passed=True, version_digest="0" * 64, **run)
    with pytest.raises(errors.StoriesFail) as refusal:
        publish(draft)
    assert refusal.value.facts["stories"] == ["A month"]
    StoryResult.objects.create(has_passed=True, version_digest=digest_of(content_of(draft)), **run)

    assert unproven_stories(version=draft, digest=digest_of(content_of(draft))) == []
    publish(draft)


def cny(**amounts: Any) -> dict[str, Price]:
    return {"CNY": Price(**amounts)}


@pytest.mark.parametrize(
    ("charge", "refusal"),
    [
        (replace(BASE, code="Base fee"), errors.ChargeCodeBad),
        (replace(BASE, code="minimum"), errors.ChargeCodeBad),
        (replace(BASE, meter=CALLS), errors.MeterUnfit),
        (replace(SEAT, meter=None), errors.MeterUnfit),
        (replace(BASE, model="per_unit"), errors.QuantityUnfit),
        (replace(SEAT, meter=CALLS), errors.ProrationUnfit),
        (replace(BASE, interval=Interval(months=3)), errors.IntervalUnfit),
        (replace(BASE, tax_rate=Decimal(101)), errors.TaxRateUnfit),
        (replace(BASE, tax_rate=Decimal("6.12345")), errors.TaxRateUnfit),
        (replace(BASE, prices=cny(price=Decimal("-1"))), errors.NegativePrice),
        (replace(BASE, prices=cny(price=Decimal("0.123456789"))), errors.PriceTooFine),
        (replace(BASE, prices=cny(price=Decimal("1E15"))), errors.PriceTooLarge),
        (replace(BASE, prices=cny(price=Decimal("NaN"))), errors.PriceTooLarge),
        (replace(BASE, prices=cny(phases=(Phase(FEW), Phase(MANY)))), errors.PhasesUnfit),
        (replace(BASE, model="one_time", is_prorated=False, is_free_in_trial=True), errors.FreeInTrialUnfit),
        (replace(BASE, prices=cny(price=FEW, rate=FEW)), errors.PriceMemberUnfit),
        (replace(BASE, prices=cny(price=FEW, minimum=FEW)), errors.PriceMemberUnfit),
        (replace(BASE, prices={"EUR": Price(price=FEW)}), errors.CurrencyNotSold),
        (
            replace(BASE, prices={code: Price(phases=(Phase(FEW, months=months), Phase(MANY)))
                                  for months, code in enumerate(("CNY", "USD"), start=1)}),
            errors.DiffersByCurrency,
        ),
        (replace(SEAT, prices=cny()), errors.TiersOpen),
        (replace(SEAT, prices=cny(tiers=(Tier(MANY, FEW),))), errors.TiersOpen),
        (replace(SEAT, prices=cny(tiers=(Tier(MANY, FEW), Tier(FEW, FEW), Tier(None, FEW)))), errors.TiersOverlap),
        (replace(SEAT, prices=cny(tiers=(Tier(None, FEW), Tier(None, FEW)))), errors.TiersOverlap),
        (replace(SEAT, prices=cny(tiers=(Tier(None, Decimal(-1)),))), errors.NegativePrice),
        (replace(SEAT, model="package", is_prorated=False, prices=cny(size=Decimal(0))), errors.PackageTooSmall),
        (replace(SEAT, model="percentage", is_prorated=False, prices=cny()), errors.RateUnfit),
        (
            replace(SEAT, model="percentage", is_prorated=False,
                    prices=cny(rate=FEW, min_per_event=MANY, max_per_event=FEW)),
            errors.EventLimitsCrossed,
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_a_charge_is_refused_and_the_draft_stays(charge: Charge, refusal: type[Refusal]) -> None:
    draft = make_plan(BASE)

    with pytest.raises(refusal):
        catalogue.put_charge(version_id=draft.pk, charge=charge, instead_of="base", **ACT)

    assert [one.code for one in content_of(draft).charges] == ["base"]
    assert content_of(draft).charges[0].prices["CNY"].price == 88


@pytest.mark.parametrize(
    ("terms", "refusal"),
    [
        ({"currencies": ("CNY", "QQQ")}, errors.UnknownPlanCurrency),
        ({"anchor": "day"}, errors.AnchorDayUnfit),
        ({"anchor": "day", "anchor_day": 32}, errors.AnchorDayUnfit),
        ({"anchor": "day", "anchor_day": 3, "interval": Interval(days=7)}, errors.AnchorDayUnfit),
        ({"anchor_day": 3}, errors.AnchorDayUnfit),
        ({"minimums": {"CNY": Decimal(-5)}}, errors.NegativePrice),
        ({"minimums": {"EUR": Decimal(5)}}, errors.CurrencyNotSold),
        ({"charges": (BASE, BASE)}, errors.ChargeCodeTaken),
    ],
)
def test_what_cannot_be_terms_is_refused(terms: dict[str, Any], refusal: type[Refusal]) -> None:
    draft = make_plan(BASE)

    with pytest.raises(refusal):
        catalogue.change_draft(version_id=draft.pk, change=lambda content: replace(content, **terms), **ACT)


@pytest.mark.parametrize(
    ("charges", "terms", "refusal"),
    [
        ((), {"currencies": ()}, errors.CurrenciesMissing),
        ((), {}, errors.ChargesMissing),
        ((BASE,), {"currencies": ("CNY", "USD")}, errors.PriceMissing),
    ],
)
def test_an_unfinished_draft_is_kept_but_not_published(
    charges: tuple[Charge, ...], terms: dict[str, Any], refusal: type[Refusal]
) -> None:
    draft = make_plan(*charges, **({"currencies": ("CNY",)} | terms))
    catalogue.change_draft(version_id=draft.pk, change=lambda content: replace(content, **terms), **ACT)

    with pytest.raises(refusal):
        publish(draft)


def test_two_charges_of_one_version_have_two_codes() -> None:
    draft = make_plan(BASE, SEAT)

    with pytest.raises(errors.ChargeCodeTaken):
        catalogue.put_charge(version_id=draft.pk, charge=replace(SEAT, code="base"), instead_of="seat", **ACT)


def test_visitors_are_offered_what_is_on_sale_in_their_currency() -> None:
    draft = make_plan(BASE)
    seller_id = draft.plan.seller_id
    assert offers(seller_id=seller_id, currency="CNY") == []

    publish(draft)

    assert [offer.version for offer in offers(seller_id=seller_id, currency="CNY")] == [draft]
    assert offers(seller_id=seller_id, currency="USD") == []
    catalogue.archive_plan(plan_id=draft.plan_id, is_archived=True, **ACT)
    assert offers(seller_id=seller_id, currency="CNY") == []


def test_codes_and_names_are_asked_for() -> None:
    draft = make_plan()
    named = catalogue.PlanDetails(names=("Second", "", ""))
    seller_id = draft.plan.seller_id

    with pytest.raises(errors.PlanCodeTaken):
        catalogue.create_plan(seller_id=seller_id, code="standard", details=named, **ACT)
    with pytest.raises(errors.PlanCodeBad):
        catalogue.create_plan(seller_id=seller_id, code="Über", details=named, **ACT)
    with pytest.raises(errors.PlanNameMissing):
        catalogue.create_plan(
            seller_id=seller_id, code="second", details=catalogue.PlanDetails(names=("", "二", "二")), **ACT
        )
    assert Plan.objects.count() == 1


def test_meters_are_added_and_renamed_but_count_as_they_did() -> None:
    seller = make_account(portal="provider")
    details = catalogue.MeterDetails(code="sms", names=("SMS", "短信", "簡訊"), aggregate="sum", unit="parts")

    meter = catalogue.create_meter(seller_id=seller.id, details=details, **ACT)
    catalogue.rename_meter(
        seller_id=seller.id, meter_id=meter.pk, names=("Text messages", "短信", "簡訊"), unit="", **ACT
    )

    meter.refresh_from_db()
    assert (meter.name, meter.aggregate) == ("Text messages", "sum")
    with pytest.raises(errors.MeterCodeTaken):
        catalogue.create_meter(seller_id=seller.id, details=details, **ACT)
    odd = replace(details, code="odd", aggregate="max", carries_over=True)
    with pytest.raises(errors.MeterShapeUnfit):
        catalogue.create_meter(seller_id=seller.id, details=odd, **ACT)
    with pytest.raises(NotFound):
        catalogue.rename_meter(seller_id=make_account().id, meter_id=meter.pk, names=("x", "", ""), unit="", **ACT)


def test_a_draft_of_what_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound):
        catalogue.draft_version(plan_id=new_id(), **ACT)
    with pytest.raises(NotFound):
        catalogue.publish_version(version_id=new_id(), **ACT)


# --- Colleagues ---


def test_a_charge_that_a_colleague_removed_is_not_brought_back_by_saving_it() -> None:
    draft = make_plan(BASE, SEAT)
    catalogue.remove_charge(version_id=draft.pk, code="seat", **ACT)
    before = AuditRow.objects.count()

    with pytest.raises(errors.ChargeGone, match="“seat” is no longer in this draft"):
        catalogue.put_charge(version_id=draft.pk, charge=SEAT, instead_of="seat", **ACT)

    assert [one.code for one in content_of(draft).charges] == ["base"]
    assert AuditRow.objects.count() == before
    catalogue.put_charge(version_id=draft.pk, charge=SEAT, **ACT)  # who wants it after all adds it anew
    assert [one.code for one in content_of(draft).charges] == ["base", "seat"]


# --- Plans of old, whose charges count otherwise in each currency ---


def unlike(code: str) -> Charge:
    """In yuan the first 3 are free, in Taiwan dollars the first 5."""
    tiers = {
        currency: Price(tiers=(Tier(Decimal(free), Decimal(0)), Tier(None, MANY)))
        for currency, free in (("CNY", 3), ("TWD", 5))
    }
    return replace(SEAT, code=code, prices=tiers)


def alike(code: str) -> Charge:
    charge = unlike(code)
    return replace(charge, prices=dict.fromkeys(charge.prices, charge.prices["CNY"]))


def old_plan() -> PlanVersion:
    """Published before currencies had to agree, with two such charges; and the draft of what comes next."""
    both = replace(BASE, prices={"CNY": Price(price=FEW), "TWD": Price(price=MANY)})
    version = make_plan(both, alike("seat"), alike("desk"), currencies=("CNY", "TWD"))
    for row in ChargePrice.objects.filter(charge__version=version, currency="TWD", charge__code__in=["seat", "desk"]):
        row.tiers[0]["up_to"] = "5"
        row.save(update_fields=["tiers"])
    return publish_as_once(version)


def publish_as_once(version: PlanVersion) -> PlanVersion:
    PlanVersion.objects.filter(pk=version.pk).update(status="published", published_at=AT, digest=new_id().hex)
    return catalogue.draft_version(plan_id=version.plan_id, **ACT)


def test_an_old_plan_is_mended_charge_by_charge_while_the_rest_of_it_is_changed() -> None:
    draft = old_plan()
    catalogue.change_draft(version_id=draft.pk, change=lambda content: replace(content, trial_days=14), **ACT)
    catalogue.put_charge(version_id=draft.pk, charge=replace(BASE, code="extra"), **ACT)
    catalogue.remove_charge(version_id=draft.pk, code="extra", **ACT)

    with pytest.raises(errors.DiffersByCurrency, match="“seat” counts otherwise in TWD than in CNY"):
        publish(draft)
    with pytest.raises(errors.DiffersByCurrency):  # what is typed now is judged as ever
        catalogue.put_charge(version_id=draft.pk, charge=replace(unlike("seat"), is_prorated=False),
                             instead_of="seat", **ACT)  # fmt: skip

    catalogue.put_charge(version_id=draft.pk, charge=alike("seat"), instead_of="seat", **ACT)
    with pytest.raises(errors.DiffersByCurrency, match="“desk”"):
        publish(draft)
    catalogue.put_charge(version_id=draft.pk, charge=alike("desk"), instead_of="desk", **ACT)

    assert publish(draft).status == "published"


def test_an_old_plan_is_sold_in_one_currency_from_now_on() -> None:
    draft = old_plan()

    catalogue.change_draft(version_id=draft.pk, change=lambda content: replace(content, currencies=("CNY",)), **ACT)

    assert publish(draft).status == "published"
