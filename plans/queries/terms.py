"""What versions of plans say, as rating needs it. What was published never changes, so it is read once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Final
from uuid import UUID

from plans.errors import NotPriced
from plans.models import PlanVersion, VersionStatus
from plans.rules.calendar import Anchor
from plans.rules.catalogue import Version, terms_in
from plans.rules.catalogue.naming import Names
from plans.rules.terms import Charge, PlanTerms

from .catalogue import contents_of

Wanted = tuple[UUID, str]  # a version and a currency
MOST_KEPT: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """The terms of a version in one currency. `terms.name` is the version's id, so that two versions never mix."""

    version_id: UUID
    plan_id: UUID
    plan_code: str
    seller_id: UUID
    grants_crm: bool
    anchor: Anchor
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
    contents = contents_of(list(versions.values()))
    found = {}
    for version_id, currency in wanted:
        version = versions[version_id]
        found[version_id, currency] = made = _sold(version, content=contents[version_id], currency=currency)
        if version.status != VersionStatus.DRAFT:
            _keep((version_id, currency), made)
    return found


def _keep(key: Wanted, made: Sold) -> None:
    with _lock:
        _kept[key] = made
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)


def _sold(version: PlanVersion, *, content: Version, currency: str) -> Sold:
    for charge in content.charges:
        if currency not in charge.prices:
            raise NotPriced(field="version", charge=charge.code, currency=currency)
    plan = version.plan
    return Sold(
        version_id=version.id,
        plan_id=plan.id,
        plan_code=plan.code,
        seller_id=plan.seller_id,
        grants_crm=plan.grants_crm,
        anchor=content.boundary,
        names=(plan.name, plan.name_hans, plan.name_hant),
        charge_names={charge.code: charge.names for charge in content.charges},
        terms=terms_in(content, currency=currency, name=str(version.id)),
    )
