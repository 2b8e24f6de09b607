"""Who bills whom, as it is printed: taken when a document is finalized, and stored with it."""

from __future__ import annotations

from typing import Any, Final

from invoices.models import BillingProfile, Seller
from invoices.rules.snapshot import Head, Marks, Party, write_head
from provider.accounts.models import Account, Brand, Portal

_BRAND_DEPTH_MAX: Final = 8


def head_of(*, account: Account, seller: Seller, profile: BillingProfile | None = None) -> dict[str, Any]:
    """The JSON that a new document of `account` stores as its `snapshot`.

    A batch that bills many accounts reads them with `parent`, `brand` and `parent__brand`.
    """
    return write_head(
        Head(
            seller=_seller(seller, brand=_nearest_brand(seller.account)),
            buyer=_buyer(account),
            brand=_marks(_nearest_brand(account), name=seller.legal_name),
            payment_terms=seller.bank_details,
            order_reference=profile.reference if profile else "",
            is_test=seller.is_test,
        )
    )


def _seller(seller: Seller, *, brand: Brand | None) -> Party:
    return Party(
        name=seller.legal_name,
        address=seller.address,
        country=seller.country,
        tax_id=seller.tax_id,
        email=brand.support_email if brand else seller.account.email,
        phone=brand.support_phone if brand else "",
    )


def _buyer(account: Account) -> Party:
    """A company by its registered name, with the person's as contact; a single person by their own."""
    company = account.company_name
    return Party(
        name=company or account.name,
        contact=account.name if company and company != account.name else "",
        address=account.address,
        country=account.country,
        tax_id=account.tax_id,
        email=account.email,
    )


def _marks(brand: Brand | None, *, name: str) -> Marks:
    if brand is None:
        return Marks(name=name)
    return Marks(name=brand.name, accent=brand.accent, logo_file_id=brand.logo_file_id)


def _nearest_brand(account: Account | None) -> Brand | None:
    """The brand of the account or of the nearest one above it, else the provider's."""
    for _step in range(_BRAND_DEPTH_MAX):
        if account is None or account.brand is not None:
            break
        account = account.parent
    if account is not None and account.brand is not None:
        return account.brand
    return Brand.objects.filter(account__profiles__portal=Portal.PROVIDER).first()
