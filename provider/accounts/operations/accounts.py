"""Accounts: made, and their settings changed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import phonenumbers
from django.db import transaction

from provider.accounts.errors import (
    CurrencyFixed,
    MissingName,
    UnknownCountry,
    UnknownCurrency,
    UnknownLanguage,
    UnknownRegion,
    UnknownTimeZone,
)
from provider.accounts.events import AccountCreated, AccountSettingsChanged, BrandChanged
from provider.accounts.models import LOGO, Account, Brand, Language, Portal, Profile, Region
from provider.accounts.rules.contrast import accent_for_dark, check_accent
from provider.accounts.rules.defaults import CURRENCIES
from provider.accounts.rules.tax_ids import clean_tax_id
from provider.kernel import audit, clock, files, outbox
from provider.kernel.actor import Actor
from provider.kernel.errors import Refusal

from .locks import lock_account


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountDetails:
    """What an account says of itself; checked when it is stored."""

    name: str
    company_name: str = ""
    email: str = ""
    country: str = ""
    address: str = ""
    tax_id: str = ""
    region_code: str = ""
    time_zone: str = "Asia/Shanghai"
    language: str = Language.ENGLISH
    currency: str = "CNY"


def create_provider(*, details: AccountDetails, by: Actor, at: datetime, is_test: bool = False) -> Account:
    """Make the one account that runs this installation, with its brand."""
    with transaction.atomic():
        account = _create(portal=Portal.PROVIDER, parent=None, details=details, is_test=is_test, by=by, at=at)
        account.brand = Brand.objects.create(name=account.name, support_email=account.email, created_at=at)
        account.save(update_fields=["brand"])
        return account


def create_reseller(
    *, parent: Account, details: AccountDetails, by: Actor, at: datetime, is_test: bool = False
) -> Account:
    """Make a reseller under the provider or under another reseller; its people come by invitation."""
    with transaction.atomic():
        account = _create(portal=Portal.RESELLER, parent=parent, details=details, is_test=is_test, by=by, at=at)
        account.brand = Brand.objects.create(name=account.name, support_email=account.email, created_at=at)
        account.save(update_fields=["brand"])
        return account


def create_subscriber(
    *, parent: Account | None, details: AccountDetails, by: Actor, at: datetime, is_test: bool = False
) -> Account:
    """Make a customer of the provider or of a reseller."""
    with transaction.atomic():
        return _create(portal=Portal.SUBSCRIBER, parent=parent, details=details, is_test=is_test, by=by, at=at)


def add_profile(*, account_id: UUID, portal: str, by: Actor, at: datetime) -> Account:
    """Let an account take part in one more capacity, such as a reseller that subscribes."""
    with transaction.atomic():
        account = lock_account(account_id)
        _, is_new = Profile.objects.get_or_create(account=account, portal=portal, defaults={"created_at": at})
        if is_new:
            _record_creation(account, portal=portal, by=by, at=at)
        return account


def change_account_settings(
    *, account_id: UUID, details: AccountDetails, by: Actor, at: datetime, reason: str = ""
) -> Account:
    """Store what the account says of itself; staff give a reason. The currency stays once it was billed in."""
    with transaction.atomic():
        account = lock_account(account_id)

        values = _checked(details)
        if account.currency_fixed_at is not None and values["currency"] != account.currency:
            raise CurrencyFixed(field="currency", currency=account.currency)

        before = {name: getattr(account, name) for name in values}
        changed = sorted(name for name, value in values.items() if value != before[name])
        if not changed:
            return account
        for name in changed:
            setattr(account, name, values[name])
        account.save(update_fields=changed)

        audit.record(
            by=by,
            verb="account.settings_changed",
            subject_kind="account",
            subject_id=account.id,
            account_id=account.id,
            at=at,
            before={name: before[name] for name in changed},
            after={name: values[name] for name in changed},
            reason=reason,
        )
        outbox.publish(AccountSettingsChanged(account_id=account.id, fields=changed), at=at)
        return account


def fix_currency(*, account_id: UUID, at: datetime) -> None:
    """Called with the first bill: from now on the account's currency stays. Harmless when repeated."""
    Account.objects.filter(id=account_id, currency_fixed_at=None).update(currency_fixed_at=at)


def change_brand(
    *,
    account_id: UUID,
    name: str,
    accent: str,
    support_email: str,
    support_phone: str,
    logo: tuple[str, Any] | None,
    by: Actor,
    at: datetime,
) -> Brand:
    """Change in whose name and colours the portal and letters appear; without a new logo the old one stays."""
    accent = check_accent(accent)
    if not name.strip():
        raise MissingName(field="name")
    values: dict[str, Any] = {
        "name": name.strip(),
        "accent": accent,
        "accent_dark": accent_for_dark(accent),
        "support_email": support_email,
        "support_phone": support_phone,
    }
    with transaction.atomic():
        account = lock_account(account_id)
        brand = account.brand or Brand(created_at=at)
        if logo is not None:
            values["logo_file_id"] = _stored_logo(logo, account=account, by=by, at=at)

        before = {field: getattr(brand, field) for field in values}
        for field, value in values.items():
            setattr(brand, field, value)
        brand.save()
        if account.brand_id is None:
            account.brand = brand
            account.save(update_fields=["brand"])

        audit.record(
            by=by,
            verb="brand.changed",
            subject_kind="brand",
            subject_id=brand.id,
            account_id=account.id,
            at=at,
            before=_plain(before),
            after=_plain(values),
        )
        outbox.publish(BrandChanged(account_id=account.id, brand_id=brand.id), at=at)
        return brand


def _stored_logo(logo: tuple[str, Any], *, account: Account, by: Actor, at: datetime) -> UUID:
    name, content = logo
    try:
        return files.store(purpose=LOGO, name=name, content=content, account_id=account.id, by=by, at=at).id
    except Refusal as refusal:
        refusal.field = "logo"
        raise


def _create(
    *, portal: str, parent: Account | None, details: AccountDetails, is_test: bool, by: Actor, at: datetime
) -> Account:
    account = Account.objects.create(parent=parent, is_test=is_test, created_at=at, **_checked(details))
    Profile.objects.create(account=account, portal=portal, created_at=at)
    _record_creation(account, portal=portal, by=by, at=at)
    return account


def _record_creation(account: Account, *, portal: str, by: Actor, at: datetime) -> None:
    audit.record(
        by=by,
        verb="account.created",
        subject_kind="account",
        subject_id=account.id,
        account_id=account.id,
        at=at,
        after={"name": account.name, "portal": portal, "parent_id": str(account.parent_id or "")},
    )
    outbox.publish(AccountCreated(account_id=account.id, portal=portal, parent_id=account.parent_id), at=at)


def _checked(details: AccountDetails) -> dict[str, Any]:
    """The details as columns, each one known to exist."""
    if not details.name.strip():
        raise MissingName(field="name")
    if details.time_zone not in clock.zone_names():
        raise UnknownTimeZone(field="time_zone", zone=details.time_zone)
    if details.language not in Language.values:
        raise UnknownLanguage(field="language", language=details.language)
    if details.currency not in CURRENCIES:
        raise UnknownCurrency(field="currency", currency=details.currency)
    if details.country and details.country not in phonenumbers.SUPPORTED_REGIONS:
        raise UnknownCountry(field="country", country=details.country)
    values = {name: value.strip() for name, value in asdict(details).items() if name != "region_code"}
    values["tax_id"] = clean_tax_id(details.tax_id, country=details.country)
    return values | {"region_id": _checked_region(details.region_code)}


def _checked_region(code: str) -> str | None:
    if not code:
        return None
    if not Region.objects.filter(code=code, is_open=True).exists():
        raise UnknownRegion(field="region")
    return code


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, UUID) else value for name, value in values.items()}
