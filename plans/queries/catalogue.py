"""What is sold: plans, their versions and what they say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from plans.models import (
    ChargePrice,
    Meter,
    Plan,
    PlanCharge,
    PlanVersion,
    Stretch,
    VersionStatus,
)
from plans.rules.calendar import Interval
from plans.rules.catalogue import Charge, Entitlement, Price, Version
from plans.rules.catalogue.content import phases_of, tiers_of
from plans.rules.literals import AGGREGATES, ANCHORS, MODELS, TIMINGS, one_of
from plans.rules.terms import MeterTerms
from provider.accounts.queries import the_provider
from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound

# --- Rows ---


def plans_of(*, seller_id: UUID) -> QuerySet[Plan]:
    """The plans of a seller with their versions, newest first; those sold no more come last."""
    versions = Prefetch("versions", queryset=PlanVersion.objects.order_by("-number"))
    rows = Plan.objects.filter(seller_id=seller_id).prefetch_related(versions)
    return rows.order_by("archived_at", "position", "code")


def plans_open_to_key(by: Actor) -> QuerySet[Plan]:
    """All plans of the provider that a key of the provider works for; else those that are offered and on sale."""
    if by.portal == "provider":
        return Plan.objects.filter(seller_id=by.account_id)
    on_sale = PlanVersion.objects.filter(plan=OuterRef("pk"), status=VersionStatus.PUBLISHED)
    return Plan.objects.filter(Exists(on_sale), seller=the_provider(), is_offered=True, archived_at=None)


def access_plan_by_key(*, by: Actor, plan_id: UUID) -> Plan:
    """One plan that the key may read."""
    plan = plans_open_to_key(by).filter(pk=plan_id).first()
    if plan is None:
        raise NotFound()
    return plan


def versions_open_to_key(by: Actor) -> QuerySet[PlanVersion]:
    """The versions of these plans, the newest first: all of them for the provider, else those that were published.

    A subscriber reads the versions that serve it too, whether or not they are still offered.
    """
    assert by.account_id is not None, "a key always acts in its account"
    rows = PlanVersion.objects.select_related("plan").order_by("-number")
    if by.portal == "provider":
        return rows.filter(plan__seller_id=by.account_id)
    own = Stretch.objects.filter(subscription__account_id=by.account_id).values("version_id")
    is_offered = Q(plan__in=plans_open_to_key(by), status=VersionStatus.PUBLISHED)
    return rows.filter(is_offered | Q(pk__in=own))


def access_version_by_key(*, by: Actor, version_id: UUID) -> PlanVersion:
    """One version that the key may read."""
    version = versions_open_to_key(by).filter(pk=version_id).first()
    if version is None:
        raise NotFound()
    return version


def seller_of_key(by: Actor) -> UUID:
    """The account whose plans a key manages. A test key manages none: what it did would hold for real customers."""
    if by.is_test or by.account_id is None:
        raise NotFound()
    return by.account_id


def access_plan(*, seller_id: UUID, plan_id: UUID) -> Plan:
    """The seller's plan; absent and another's are the same answer."""
    plan = Plan.objects.filter(seller_id=seller_id, pk=plan_id).first()
    if plan is None:
        raise NotFound()
    return plan


def access_version(*, seller_id: UUID, version_id: UUID) -> PlanVersion:
    """A version of one of the seller's plans."""
    version = PlanVersion.objects.filter(plan__seller_id=seller_id, pk=version_id).select_related("plan").first()
    if version is None:
        raise NotFound()
    return version


def versions_of(plan: Plan) -> list[PlanVersion]:
    """All versions, newest first."""
    return list(plan.versions.order_by("-number"))


def draft_of(plan: Plan) -> PlanVersion | None:
    """The draft of a plan, if it has one."""
    return plan.versions.filter(status=VersionStatus.DRAFT).first()


def version_on_sale(plan: Plan) -> PlanVersion | None:
    """What a new subscriber gets: the newest version that is published and was not withdrawn."""
    return plan.versions.filter(status=VersionStatus.PUBLISHED).order_by("-number").first()


def compared_with(version: PlanVersion) -> PlanVersion | None:
    """What a version is compared with: a draft with the one on sale, any other with the one before it."""
    if version.status == VersionStatus.DRAFT and (on_sale := version_on_sale(version.plan)):
        return on_sale
    return version.plan.versions.filter(number__lt=version.number).order_by("-number").first()


def subscribers_by_version(version_ids: Iterable[UUID]) -> dict[UUID, int]:
    """How many subscriptions are served by each version now."""
    rows = Stretch.objects.filter(version_id__in=list(version_ids), end_on=None).order_by()
    counted = rows.values("version_id").annotate(number=Count("subscription_id"))
    return {row["version_id"]: row["number"] for row in counted}


def subscribers_of_other_versions(version: PlanVersion) -> int:
    """How many subscriptions are served by other versions of the same plan now."""
    others = Stretch.objects.filter(version__plan_id=version.plan_id, end_on=None)
    return others.exclude(version_id=version.pk).count()


def meters_of(*, seller_id: UUID) -> QuerySet[Meter]:
    """The seller's meters, with the number of charges on them in versions that may be sold."""
    priced = PlanCharge.objects.filter(meter=OuterRef("pk"), version__status=VersionStatus.PUBLISHED)
    return Meter.objects.filter(seller_id=seller_id).annotate(is_priced=Exists(priced)).order_by("code")


def chargeable_meters(*, seller_id: UUID, besides: str = "") -> list[Meter]:
    """The meters on which a charge may be put: those in use, and the one `besides` that it counts on already."""
    return [row for row in meters_of(seller_id=seller_id) if row.archived_at is None or row.code == besides]


# --- Content ---


def content_of(version: PlanVersion) -> Version:
    """What a version says."""
    return contents_of([version])[version.pk]


def contents_of(versions: Sequence[PlanVersion]) -> dict[UUID, Version]:
    """What several versions say, in a constant number of reads."""
    prices = Prefetch("prices", queryset=ChargePrice.objects.order_by("currency"))
    charges = PlanCharge.objects.select_related("meter").prefetch_related(prices).order_by("position", "code")
    rows = PlanVersion.objects.filter(pk__in=[version.pk for version in versions]).prefetch_related(
        Prefetch("charges", queryset=charges), "minimums", "entitlements"
    )
    return {row.pk: _version(row) for row in rows}


def _version(row: PlanVersion) -> Version:
    charges = tuple(_charge(charge) for charge in row.charges.all())
    priced = {currency for charge in charges for currency in charge.prices}
    return Version(
        interval=Interval(months=row.interval_months, days=row.interval_days),
        anchor=one_of(ANCHORS, row.anchor),
        anchor_day=row.anchor_day,
        trial_days=row.trial_days,
        grace_days=row.grace_days,
        late_usage_days=row.late_usage_days,
        bills_last_day=row.bills_last_day,
        currencies=tuple(row.currencies) or tuple(sorted(priced)),
        charges=charges,
        minimums={minimum.currency: minimum.amount for minimum in row.minimums.all()},
        entitlements={
            allowed.feature: Entitlement(limit=allowed.limit, stops_at_limit=allowed.stops_at_limit)
            for allowed in row.entitlements.all()
        },
    )


def meter_terms(meter: Meter) -> MeterTerms:
    """The meter as rating knows it."""
    return MeterTerms(meter.code, one_of(AGGREGATES, meter.aggregate), meter.carries_over)


def _charge(row: PlanCharge) -> Charge:
    has_interval = row.interval_months or row.interval_days
    return Charge(
        code=row.code,
        names=(row.name, row.name_hans, row.name_hant),
        model=one_of(MODELS, row.model),
        meter=meter_terms(row.meter) if row.meter else None,
        timing=one_of(TIMINGS, row.timing),
        is_prorated=row.is_prorated,
        interval=Interval(months=row.interval_months, days=row.interval_days) if has_interval else None,
        quantity=row.quantity,
        tax_rate=row.tax_rate,
        is_free_in_trial=row.is_free_in_trial,
        prices={price.currency: _price(price) for price in row.prices.all()},
    )


def _price(row: ChargePrice) -> Price:
    return Price(
        price=row.price,
        tiers=tiers_of(row.tiers),
        phases=phases_of(row.phases),
        size=row.size,
        free_units=row.free_units,
        rate=row.rate,
        fixed=row.fixed,
        free_events=row.free_events,
        free_total=row.free_total,
        min_per_event=row.min_per_event,
        max_per_event=row.max_per_event,
        minimum=row.minimum,
    )


# --- On sale ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A plan as a visitor may choose it, with what it says and the lowest price of a first period."""

    plan: Plan
    version: PlanVersion
    content: Version


def offers(*, seller_id: UUID, currency: str, with_unoffered: bool = False) -> list[Offer]:
    """The plans that new subscribers may choose in this currency, in the order that the seller gave them.

    `with_unoffered` adds those on sale that are not shown to visitors: staff may sell them all.
    """
    rows = plans_of(seller_id=seller_id).filter(archived_at=None)
    if not with_unoffered:
        rows = rows.filter(is_offered=True)
    on_sale = [(plan, version) for plan in rows if (version := _newest_published(plan))]
    contents = contents_of([version for _, version in on_sale])
    found = [Offer(plan=plan, version=version, content=contents[version.pk]) for plan, version in on_sale]
    return [offer for offer in found if currency in offer.content.currencies]


def _newest_published(plan: Plan) -> PlanVersion | None:
    return next((one for one in plan.versions.all() if one.status == VersionStatus.PUBLISHED), None)


def offered_currencies(*, seller_id: UUID, with_addons: bool = True) -> list[str]:
    """The currencies in which something is on sale; without add-ons, in which a plan that gives a CRM is."""
    rows = PlanVersion.objects.filter(
        Q(plan__seller_id=seller_id, plan__is_offered=True, plan__archived_at=None), status=VersionStatus.PUBLISHED
    )
    if not with_addons:
        rows = rows.filter(plan__grants_crm=True)
    return sorted({currency for currencies in rows.values_list("currencies", flat=True) for currency in currencies})


def names_by_code() -> dict[str, tuple[str, str, str]]:
    """What each plan is called, in English, Simplified and Traditional Chinese, by its code."""
    rows = Plan.objects.order_by("created_at").values_list("code", "name", "name_hans", "name_hant")
    return {code: (name, hans, hant) for code, name, hans, hant in rows}
