"""Names behind the codes and ids of usage: of the meter that is told, and of the people that it counts.

What else a meter counts is known to whoever tells it: a higher storey says once, at the start, how it is named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol
from uuid import UUID

from django.db.models import Case, F, OuterRef, Subquery, TextField, UUIDField, Value, When
from django.db.models.functions import Cast, Coalesce, JSONObject, NullIf

from plans.models import Meter
from provider.accounts.models import User
from provider.kernel.actor import Actor

_IS_ID: Final = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


def meter_names() -> Subquery:
    """The names of the meter that a row names by its code, to be read with `catalogue.name_in`."""
    meters = Meter.objects.filter(code=OuterRef("meter_code")).order_by(F("archived_at").asc(nulls_first=True), "id")
    return Subquery(meters.values(names=JSONObject(name="name", name_hans="name_hans", name_hant="name_hant"))[:1])


def item_name() -> Case:
    """What a row counts: the person whose id it names, else the item as it was told."""
    called = Coalesce(NullIf("name", Value("")), "email", "phone", output_field=TextField())
    people = User.objects.filter(id=Cast(OuterRef("item"), UUIDField()))
    person: Any = Subquery(people.values(called=called)[:1])
    return Case(When(item__regex=_IS_ID, then=person), default=F("item"), output_field=TextField())


@dataclass(frozen=True, slots=True)
class Named:
    """What an item is called, and the page that shows it."""

    name: str
    href: str


class Namer(Protocol):
    """Says of items what they are called, as far as this reader may know."""

    def __call__(self, *, account_id: UUID, items: Sequence[str], by: Actor) -> Mapping[str, Named]: ...


_namers: dict[str, Namer] = {}


def name_items_of(meter: str, namer: Namer) -> None:
    """Have the items of a meter named by `namer`. Called in `AppConfig.ready`."""
    _namers[meter] = namer


def has_names(meter: str) -> bool:
    """Whether anybody names the items of a meter."""
    return meter in _namers


def names_of_items(*, meter: str, account_id: UUID, items: Sequence[str], by: Actor) -> Mapping[str, Named]:
    """The names of these items, where somebody knows them and the reader may."""
    namer = _namers.get(meter)
    return namer(account_id=account_id, items=items, by=by) if namer and items else {}
