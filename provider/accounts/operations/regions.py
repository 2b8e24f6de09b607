"""Regions: where workspaces may live."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from provider.accounts.errors import RegionTaken, UnknownCell
from provider.accounts.models import Region
from provider.kernel import audit
from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionDetails:
    """A region as an operator writes it down; `cell` names a database of the settings."""

    code: str
    name: str
    name_hans: str
    name_hant: str
    country: str
    time_zone: str
    currency: str
    cell: str = "default"


def add_region(*, details: RegionDetails, by: Actor, at: datetime) -> Region:
    """Add a region, closed at first. Raises `RegionTaken` or `UnknownCell`."""
    with transaction.atomic():
        if Region.objects.filter(code=details.code).exists():
            raise RegionTaken(field="code", code=details.code)
        if details.cell not in settings.DATABASES:
            raise UnknownCell(field="cell", cell=details.cell)

        region = Region.objects.create(**asdict(details), is_open=False)

        audit.record(
            by=by,
            verb="region.added",
            subject_kind="region",
            subject_id=region.code,
            account_id=by.account_id,
            at=at,
            after={"name": region.name, "cell": region.cell},
        )
        return region


def set_region_open(*, region_code: str, is_open: bool, by: Actor, at: datetime) -> Region:
    """Let new accounts choose a region, or no longer; those who live there stay."""
    with transaction.atomic():
        region = Region.objects.select_for_update().filter(code=region_code).first()
        if region is None:
            raise NotFound()
        before = region.is_open
        if before == is_open:
            return region

        region.is_open = is_open
        region.save(update_fields=["is_open"])

        audit.record(
            by=by,
            verb="region.opened" if is_open else "region.closed",
            subject_kind="region",
            subject_id=region.code,
            account_id=by.account_id,
            at=at,
            before={"is_open": before},
            after={"is_open": is_open},
        )
        return region
