"""A chosen group of a plan's subscribers: what somebody must fit to be in it, all of it together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Of the subscribers of a plan those who fit all that is chosen; with nothing chosen everybody."""

    version_ids: tuple[UUID, ...] = ()  # who had one of them
    account_ids: tuple[UUID, ...] = ()  # who were named
    region: str = ""
    currency: str = ""
    brand_id: UUID | None = None
    reseller_id: UUID | None = None  # through whom they come
    seats: int = 0  # at least so many, at the end
    records: int = 0

    @property
    def is_everybody(self) -> bool:
        """Whether nothing is chosen."""
        return self == EVERYBODY

    def plain(self) -> dict[str, Any]:
        """As it is kept with what was done with it: what was chosen and nothing else."""
        if self.is_everybody:
            return {}
        chosen: dict[str, Any] = {
            "version_ids": [str(one) for one in self.version_ids],
            "account_ids": [str(one) for one in self.account_ids],
            "region": self.region,
            "currency": self.currency,
            "brand_id": str(self.brand_id or ""),
            "reseller_id": str(self.reseller_id or ""),
            "seats": self.seats,
            "records": self.records,
        }
        return {name: value for name, value in chosen.items() if value}


EVERYBODY = Group()


def group_of(plain: Mapping[str, Any]) -> Group:
    """The group that was kept."""
    return Group(
        version_ids=tuple(UUID(one) for one in plain.get("version_ids", ())),
        account_ids=tuple(UUID(one) for one in plain.get("account_ids", ())),
        region=plain.get("region", ""),
        currency=plain.get("currency", ""),
        brand_id=UUID(plain["brand_id"]) if "brand_id" in plain else None,
        reseller_id=UUID(plain["reseller_id"]) if "reseller_id" in plain else None,
        seats=plain.get("seats", 0),
        records=plain.get("records", 0),
    )
