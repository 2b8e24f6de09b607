"""What versions of plans say, as rating needs it. What was published never changes, so it is read once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from threading import Lock
from typing import Any, Final
from uuid import UUID

from plans.errors import NotPriced
from plans.models import ChargePrice, PlanCharge, PlanMinimum, PlanVersion, VersionStatus
from plans.rules.calendar import Interval
from plans.rules.rating import PercentagePrice, Tier
from plans.rules.service import ChargeTerms, Phase
from plans.rules.terms import Charge, MeterTerms, PlanTerms

Wanted = tuple[UUID, str]  # a version and a currency
Names = tuple[str, str, str]  # in English, Simplified and Traditional Chinese
MOST_KEPT: Final = 2_000
_PLACE: Final = {"zh-hans": 1, "zh-hant": 2}  # of a language among the names


def in_language(names: Names, language: str) -> str:
    """The name in the language, else in English."""
    return names[_PLACE.get(language, 0)] or names[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """The terms of a version in one currency. `terms.name` is the version's id, so that two versions never mix."""

    version_id: UUID
    plan_id: UUID
    plan_code: str
    seller_id: UUID
    grants_crm: bool
    anchor: str | int
    names: Names
    charge_names: Mapping[str, Names]
    terms: PlanTerms

    def charge(self, code: str) -> Charge | None:
        """The charge of this code; None for the plan's minimum."""
        return next((charge for charge in self.terms.charges if charge.code == code), None)


_kept: OrderedDict[Wanted, Sold] = OrderedDict()
_lock = Lock()


def sold(wanted: Iterable[Wanted]) -> dict[Wanted, Sold]:
    """The terms of each version in its currency; raises `NotPriced` where a charge has no price in it."""
    asked = set(wanted)
    with _lock:
        found = {key: _kept[key] for key in asked & _kept.keys()}
    if missing := asked - found.keys():
        found |= _read(missing)
    return found


def sold_version(*, version_id: UUID, currency: str) -> Sold:
    """The terms of one version."""
    return sold([(version_id, currency)])[version_id, currency]


def _read(wanted: set[Wanted]) -> dict[Wanted, Sold]:
    ids = {version_id for version_id, _ in wanted}
    versions = PlanVersion.objects.filter(id__in=ids).select_related("plan").in_bulk()
    charges: dict[UUID, list[PlanCharge]] = {}
    for charge in PlanCharge.objects.filter(version_id__in=ids).select_related("meter").order_by("position", "code"):
        charges.setdefault(charge.version_id, []).append(charge)
    prices = {
        (price.charge_id, price.currency): price for price in ChargePrice.objects.filter(charge__version_id__in=ids)
    }
    minimums = {(row.version_id, row.currency): row.amount for row in PlanMinimum.objects.filter(version_id__in=ids)}
    found = {}
    for version_id, currency in wanted:
        version = versions[version_id]
        found[version_id, currency] = made = _sold(
            version,
            charges=charges.get(version_id, []),
            prices={charge: price for (charge, of), price in prices.items() if of == currency},
            currency=currency,
            minimum=minimums.get((version_id, currency)),
        )
        if version.status != VersionStatus.DRAFT:
            _keep((version_id, currency), made)
    return found


def _keep(key: Wanted, made: Sold) -> None:
    with _lock:
        _kept[key] = made
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)


def _sold(
    version: PlanVersion,
    *,
    charges: list[PlanCharge],
    prices: Mapping[UUID, ChargePrice],
    currency: str,
    minimum: Decimal | None,
) -> Sold:
    for charge in charges:
        if charge.id not in prices:
            raise NotPriced(field="version", charge=charge.code, currency=currency)
    plan = version.plan
    return Sold(
        version_id=version.id,
        plan_id=plan.id,
        plan_code=plan.code,
        seller_id=plan.seller_id,
        grants_crm=plan.grants_crm,
        anchor=version.anchor_day if version.anchor == "day" and version.anchor_day else version.anchor,
        names=(plan.name, plan.name_hans, plan.name_hant),
        charge_names={charge.code: (charge.name, charge.name_hans, charge.name_hant) for charge in charges},
        terms=PlanTerms(
            name=str(version.id),
            interval=Interval(months=version.interval_months, days=version.interval_days),
            charges=tuple(_charge(charge, version=version, price=prices[charge.id]) for charge in charges),
            minimum=minimum,
            trial_days=version.trial_days,
            grace_days=version.grace_days,
            bills_last_day=version.bills_last_day,
        ),
    )


def _charge(charge: PlanCharge, *, version: PlanVersion, price: ChargePrice) -> Charge:
    return Charge(
        due=_due(charge, version=version, price=price),
        model=charge.model,  # type: ignore[arg-type]
        price=price.price,
        tiers=tuple(_tier(tier) for tier in price.tiers),
        size=price.size,
        free_units=price.free_units,
        percentage=_percentage(price),
        meter=MeterTerms(charge.meter.code, charge.meter.aggregate, charge.meter.carries_over)  # type: ignore[arg-type]
        if charge.meter
        else None,
        quantity=charge.quantity,
        minimum=price.minimum,
        tax_rate=charge.tax_rate,
    )


def _due(charge: PlanCharge, *, version: PlanVersion, price: ChargePrice) -> ChargeTerms:
    own = charge.interval_months or charge.interval_days
    phases = tuple(
        Phase(Decimal(phase["price"]), int(phase.get("days") or 0), int(phase.get("months") or 0))
        for phase in price.phases
    )
    return ChargeTerms(
        code=charge.code,
        timing=charge.timing,  # type: ignore[arg-type]
        is_prorated=charge.is_prorated,
        interval=Interval(months=charge.interval_months, days=charge.interval_days) if own else None,
        phases=phases,
        trial_days=version.trial_days if charge.code == "base" else 0,
        is_term=charge.model == "flat",
    )


def _tier(plain: Mapping[str, Any]) -> Tier:
    up_to = plain.get("up_to")
    return Tier(
        up_to=None if up_to is None else Decimal(up_to),
        unit=Decimal(plain["unit"]),
        flat=Decimal(plain.get("flat") or 0),
    )


def _percentage(price: ChargePrice) -> PercentagePrice | None:
    if price.rate is None:
        return None
    return PercentagePrice(
        rate=price.rate,
        fixed=price.fixed,
        free_events=price.free_events,
        free_total=price.free_total,
        min_per_event=price.min_per_event,
        max_per_event=price.max_per_event,
    )
