"""The stage of a story: a seller of its own with series, meters and published plans, and an account that buys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from invoices.models import Seller
from plans.models import ChargePrice, Meter, Plan, PlanCharge, PlanMinimum, PlanVersion
from plans.rules.catalogue import Version, terms_in
from plans.rules.catalogue.content import BASE
from plans.rules.story import Story
from plans.rules.terms import Charge, PlanTerms
from plans.rules.terms_of_story import terms_of
from provider.accounts.models import Account
from provider.kernel.ids import new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Who and what plays."""

    seller: Seller
    account: Account
    versions: Mapping[str, PlanVersion]


def set_stage(story: Story, *, draft: Version | None = None) -> Stage:
    """Write the seller, the account and the plans of a story into the tables; `draft` is the plan it is kept with."""
    opened_at = story.steps[0].at - timedelta(days=1)
    party = Account.objects.create(name="Seller of a story", is_test=True, created_at=opened_at)
    seller = Seller.objects.create(
        account=party,
        legal_name="Seller of a story",
        time_zone=story.zone.key,
        number_prefix=f"T{new_id().hex[-11:]}".upper(),
        tax_rate=story.tax_rate,
        is_tax_inclusive=story.is_tax_inclusive,
        is_test=True,
        created_at=opened_at,
    )
    account = Account.objects.create(
        name="Account of a story",
        is_test=True,
        time_zone=story.zone.key,
        currency=story.currency,
        created_at=opened_at,
    )
    meters = {
        name: Meter.objects.create(
            seller=party,
            code=name,
            name=name,
            aggregate=meter.aggregate,
            property=meter.property,
            carries_over=meter.carries_over,
            created_at=opened_at,
        )
        for name, meter in story.meters.items()
    }
    versions = {
        name: publish_terms(
            seller=party,
            terms=terms_of(plan, story),
            anchor=plan.anchor,
            currency=story.currency,
            meters=meters,
            at=opened_at,
        )
        for name, plan in story.plans.items()
    }
    if draft is not None:
        versions[story.given] = publish_terms(
            seller=party,
            terms=terms_in(draft, currency=story.currency, name=story.given),
            anchor=draft.boundary,
            currency=story.currency,
            meters=meters,
            at=opened_at,
        )
    return Stage(seller=seller, account=account, versions=versions)


def publish_terms(
    *,
    seller: Account,
    terms: PlanTerms,
    anchor: str | int,
    currency: str,
    meters: Mapping[str, Meter],
    at: datetime,
) -> PlanVersion:
    """A plan with one published version that says exactly these terms."""
    plan = Plan.objects.create(seller=seller, code=terms.name, name=terms.name, created_at=at)
    version = PlanVersion.objects.create(
        plan=plan,
        number=1,
        interval_months=terms.interval.months,
        interval_days=terms.interval.days,
        anchor="day" if isinstance(anchor, int) else anchor,
        anchor_day=anchor if isinstance(anchor, int) else None,
        trial_days=terms.trial_days,
        grace_days=terms.grace_days,
        bills_last_day=terms.bills_last_day,
        created_at=at,
        changed_at=at,
    )
    for position, charge in enumerate(terms.charges):
        _charge(version, charge=charge, position=position, meters=meters, currency=currency)
    if terms.minimum is not None:
        PlanMinimum.objects.create(version=version, currency=currency, amount=terms.minimum)
    PlanVersion.objects.filter(pk=version.pk).update(status="published", published_at=at, digest=new_id().hex)
    version.refresh_from_db()
    return version


def _charge(version: PlanVersion, *, charge: Charge, position: int, meters: Mapping[str, Meter], currency: str) -> None:
    interval = charge.due.interval
    row = PlanCharge.objects.create(
        version=version,
        position=position,
        code=charge.code,
        model=charge.model,
        meter=meters[charge.meter.name] if charge.meter else None,
        timing=charge.due.timing,
        is_prorated=charge.due.is_prorated,
        interval_months=interval.months if interval else 0,
        interval_days=interval.days if interval else 0,
        quantity=charge.quantity,
        tax_rate=charge.tax_rate,
        is_free_in_trial=charge.due.trial_days > 0 and charge.code != BASE,
    )
    ChargePrice.objects.create(
        charge=row,
        currency=currency,
        price=charge.price,
        tiers=[
            {"up_to": _text(tier.up_to), "unit": _text(tier.unit), "flat": _text(tier.flat)} for tier in charge.tiers
        ],
        phases=[
            {"price": _text(phase.price), "days": phase.days, "months": phase.months} for phase in charge.due.phases
        ],
        size=charge.size,
        free_units=charge.free_units,
        minimum=charge.minimum,
        **_percentage(charge),
    )


def _percentage(charge: Charge) -> dict[str, Any]:
    if charge.percentage is None:
        return {}
    price = charge.percentage
    return {
        "rate": price.rate,
        "fixed": price.fixed,
        "free_events": price.free_events,
        "free_total": price.free_total,
        "min_per_event": price.min_per_event,
        "max_per_event": price.max_per_event,
    }


def _text(number: Decimal | None) -> str | None:
    return None if number is None else f"{number:f}"
