"""Who stands on the head of an invoice: set up once, changed for the documents to come."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction

from invoices.errors import (
    SellerCountryUnknown,
    SellerIncomplete,
    SellerPrefixBad,
    SellerPrefixTaken,
    SellerTaxBad,
    SellerZoneUnknown,
)
from invoices.models import Seller
from provider.accounts.operations.locks import lock_account
from provider.kernel import audit
from provider.kernel.actor import Actor
from provider.kernel.clock import zone_names
from provider.look import formats

_PREFIX: Final = re.compile(r"[A-Z0-9][A-Z0-9-]{0,11}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SellerDetails:
    """What invoices say about who sends them. Documents that were made keep what they said."""

    legal_name: str
    number_prefix: str
    time_zone: str
    address: str = ""
    country: str = ""
    tax_id: str = ""
    bank_details: str = ""
    tax_rate: Decimal = Decimal(0)  # percent
    is_tax_inclusive: bool = False
    payment_days: int = 14


_NEW: Final = SellerDetails(legal_name="", number_prefix="", time_zone="UTC")


def change_seller(*, account_id: UUID, changes: Mapping[str, Any], by: Actor, at: datetime) -> Seller:
    """Set up the seller, or change some of what it says: what somebody else changes meanwhile stays."""
    with transaction.atomic():
        lock_account(account_id)
        seller = Seller.objects.filter(account_id=account_id).first()
        now = _NEW if seller is None else SellerDetails(**_facts(seller))
        return set_up_seller(account_id=account_id, details=replace(now, **changes), by=by, at=at)


def set_up_seller(*, account_id: UUID, details: SellerDetails, by: Actor, at: datetime) -> Seller:
    """Make the account a seller, or change what its next documents say."""
    _check(details)
    with transaction.atomic():
        account = lock_account(account_id)
        seller = Seller.objects.select_for_update().filter(account=account).first()
        before = _plain(seller) if seller else None
        seller = seller or Seller(account=account, is_test=account.is_test, created_at=at)

        for name, value in asdict(details).items():
            setattr(seller, name, value)
        try:
            with transaction.atomic():
                seller.save()
        except IntegrityError as trouble:
            raise SellerPrefixTaken(field="number_prefix", prefix=details.number_prefix) from trouble

        audit.record(
            by=by, verb="seller.set_up", subject_kind="seller", subject_id=seller.id, account_id=account_id, at=at,
            before=before, after=_plain(seller),
        )  # fmt: skip
        return seller


def _check(details: SellerDetails) -> None:
    if not details.legal_name.strip():
        raise SellerIncomplete(field="legal_name")
    if not _PREFIX.fullmatch(details.number_prefix):
        raise SellerPrefixBad(field="number_prefix")
    if details.time_zone not in zone_names():
        raise SellerZoneUnknown(field="time_zone")
    if details.country not in {"", *formats.countries()}:
        raise SellerCountryUnknown(field="country")
    if not 0 <= details.tax_rate <= 100 or details.tax_rate != round(details.tax_rate, 4):
        raise SellerTaxBad(field="tax_rate")


def _plain(seller: Seller) -> dict[str, Any]:
    return {name: str(value) for name, value in _facts(seller).items()}


def _facts(seller: Seller) -> dict[str, Any]:
    return {name: getattr(seller, name) for name in SellerDetails.__dataclass_fields__}
