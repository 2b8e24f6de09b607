"""Card products: described, offered, retired."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import transaction

from plans.rules.catalogue.naming import Names
from prepaid_cards.errors import (
    BadFace,
    BadRedeemBy,
    BadTaxRate,
    ProductIncomplete,
    ProductIsFixed,
    ProductNameMissing,
    SeatsNotCharged,
    SeatsOnlyWithTime,
    TaxNotKnownYet,
)
from prepaid_cards.models import PRODUCT_MOVES, CardProduct, GrantKind, ProductStatus, RedeemBy, TaxClass
from prepaid_cards.queries.batches import charges_for_seats
from provider.accounts.models import Brand, Region
from provider.kernel import audit
from provider.kernel.actor import Actor
from provider.kernel.clock import local_day
from provider.kernel.state import move

from .locks import lock_product
from .zones import provider_zone

MOST_SEATS: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductWish:
    """What a card should grant and cost."""

    name: str
    name_hans: str = ""
    name_hant: str = ""
    kind: str
    plan_id: UUID | None = None
    months: int = 0
    days: int = 0
    seats: int = 0  # that are paid for while the time runs
    top_up_minor: int = 0
    points: int = 0
    face_minor: int
    currency: str
    tax_class: str
    tax_rate: Decimal = Decimal(0)
    redeem_by: str = RedeemBy.NEVER
    redeem_by_on: date | None = None
    redeem_by_years: int | None = None
    region_codes: Sequence[str] = field(default_factory=tuple)
    brand_ids: Sequence[UUID] = field(default_factory=tuple)


_NAMES: Final = ("name", "name_hans", "name_hant")
_COLUMNS: Final = (
    *_NAMES, "kind", "plan_id", "months", "days", "seats", "top_up_minor", "points", "face_minor", "currency",
    "tax_class", "tax_rate", "redeem_by", "redeem_by_on", "redeem_by_years",
)  # fmt: skip


def create_product(*, wish: ProductWish, by: Actor, at: datetime) -> CardProduct:
    """Describe a new card; nobody can order it before it is offered."""
    _check(wish, at=at)
    with transaction.atomic():
        facts = {name: getattr(wish, name) for name in _COLUMNS}
        product = CardProduct.objects.create(**facts, created_at=at, created_by_id=by.user_id)
        _set_places(product, wish=wish)

        _record(product, verb="card_product.created", after=facts, by=by, at=at)
        return product


def change_product(*, product_id: UUID, wish: ProductWish, by: Actor, at: datetime) -> CardProduct:
    """Describe a draft anew. Once offered, only its names may change: what cards promise stays."""
    _check(wish, at=at)
    with transaction.atomic():
        product = lock_product(product_id)
        before = {name: getattr(product, name) for name in _COLUMNS}
        after = {name: getattr(wish, name) for name in _COLUMNS}
        if product.status != ProductStatus.DRAFT and any(before[n] != after[n] for n in _COLUMNS if n not in _NAMES):
            raise ProductIsFixed()

        for name, value in after.items():
            setattr(product, name, value)
        product.save(update_fields=list(_COLUMNS))
        _set_places(product, wish=wish)

        _record(product, verb="card_product.changed", before=before, after=after, by=by, at=at)
        return product


def rename_product(*, product_id: UUID, names: Names, by: Actor, at: datetime) -> CardProduct:
    """Call a card otherwise, at any time: pages say so from now on, receipts and sheets that are out stay."""
    if not names[0].strip():
        raise ProductNameMissing(field="name")
    with transaction.atomic():
        product = lock_product(product_id)
        before, after = dict(zip(_NAMES, product.names, strict=True)), dict(zip(_NAMES, names, strict=True))
        if after == before:
            return product

        product.name, product.name_hans, product.name_hant = names
        product.save(update_fields=_NAMES)

        _record(product, verb="card_product.changed", before=before, after=after, by=by, at=at)
        return product


def offer_product(*, product_id: UUID, by: Actor, at: datetime) -> CardProduct:
    """Let cards of it be ordered; from now on its content stays."""
    with transaction.atomic():
        product = lock_product(product_id)
        move(
            product, to=ProductStatus.OFFERED, transitions=PRODUCT_MOVES,
            offered_at=product.offered_at or at, retired_at=None,
        )  # fmt: skip

        _record(product, verb="card_product.offered", by=by, at=at)
        return product


def retire_product(*, product_id: UUID, reason: str, by: Actor, at: datetime) -> CardProduct:
    """No more cards of it are ordered; those that are out stay good."""
    with transaction.atomic():
        product = lock_product(product_id)
        move(product, to=ProductStatus.RETIRED, transitions=PRODUCT_MOVES, retired_at=at)

        _record(product, verb="card_product.retired", reason=reason, by=by, at=at)
        return product


def _check(wish: ProductWish, *, at: datetime) -> None:
    if not wish.name.strip():
        raise ProductNameMissing(field="name")
    if not _grants_one_thing(wish):
        raise ProductIncomplete(field="kind")
    _check_seats(wish)
    is_gift = wish.tax_class == TaxClass.PROMOTIONAL
    if wish.face_minor < 0 or (wish.face_minor == 0 and not is_gift):
        raise BadFace(field="face")
    if not 0 <= wish.tax_rate < 100 or (is_gift and wish.tax_rate):
        raise BadTaxRate(field="tax_rate")
    if wish.kind in (GrantKind.TOP_UP, GrantKind.POINTS) and wish.tax_class == TaxClass.SINGLE_PURPOSE:
        raise TaxNotKnownYet(field="tax_class")
    if not _redeem_by_is_whole(wish, today=local_day(at=at, zone=provider_zone())):
        raise BadRedeemBy(field="redeem_by")


def _check_seats(wish: ProductWish) -> None:
    if not wish.seats:
        return
    if wish.kind not in (GrantKind.TERM, GrantKind.BUNDLE) or not 0 < wish.seats <= MOST_SEATS:
        raise SeatsOnlyWithTime(field="seats", most=MOST_SEATS)
    if not charges_for_seats(wish.plan_id):
        raise SeatsNotCharged(field="seats")


def _grants_one_thing(wish: ProductWish) -> bool:
    has_term = (wish.months > 0) != (wish.days > 0) and wish.months >= 0 and wish.days >= 0
    has_nothing = not (wish.months or wish.days or wish.plan_id)
    if wish.kind in (GrantKind.TERM, GrantKind.BUNDLE):
        return has_term and wish.plan_id is not None and not wish.top_up_minor and not wish.points
    if wish.kind == GrantKind.TOP_UP:
        return has_nothing and wish.top_up_minor > 0 and not wish.points
    return wish.kind == GrantKind.POINTS and has_nothing and wish.points > 0 and not wish.top_up_minor


def _redeem_by_is_whole(wish: ProductWish, *, today: date) -> bool:
    if wish.redeem_by == RedeemBy.FIXED:
        return wish.redeem_by_on is not None and wish.redeem_by_on >= today and wish.redeem_by_years is None
    if wish.redeem_by == RedeemBy.YEARS:
        return wish.redeem_by_on is None and 1 <= (wish.redeem_by_years or 0) <= 30
    return wish.redeem_by == RedeemBy.NEVER and wish.redeem_by_on is None and wish.redeem_by_years is None


def _set_places(product: CardProduct, *, wish: ProductWish) -> None:
    product.regions.set(Region.objects.filter(code__in=wish.region_codes))
    product.brands.set(Brand.objects.filter(id__in=wish.brand_ids))


def _record(product: CardProduct, *, verb: str, by: Actor, at: datetime, **facts: object) -> None:
    audit.record(
        by=by, verb=verb, subject_kind="card_product", subject_id=product.id, account_id=by.account_id, at=at,
        **facts,  # type: ignore[arg-type]
    )  # fmt: skip
