"""What can be done to a subscription, and what its pages need to know for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from invoices.rules.acts import Act, Stand, acts_open
from plans.models import ExtendedState, Subscription, SubscriptionQuantity, SubscriptionStatus
from plans.queries.catalogue import Offer, offers
from plans.queries.standing import Served
from plans.queries.terms import Sold, sold_version
from plans.rules.catalogue.naming import in_language
from provider.accounts.models import Account
from provider.kernel.errors import NotFound


def acts_of(served: Served, *, is_operator: bool) -> tuple[Act, ...]:
    """What can be done to it now."""
    terms = terms_of(served)
    if terms is None:
        return ()
    stand = Stand(
        status=served.row.status,
        is_prepaid=served.row.pays == "prepaid",
        is_dormant=served.is_dormant or served.rests_with_main,
        sells_units=bool(charges_by_number(terms, language="")),
        is_by_months=not terms.terms.interval.days,
        is_planned=served.is_planned,
        is_extendable=served.access_state in ExtendedState.values and not _is_paid_afterwards(served),
        has_successor=_has_successor(served.row),
    )
    return acts_open(stand, is_operator=is_operator)


def _is_paid_afterwards(served: Served) -> bool:
    """Whether a paid term follows, which a longer trial would only eat up."""
    paid_until, ends_at = served.row.paid_until, served.access_ends_at
    return paid_until is not None and ends_at is not None and paid_until > ends_at


def _has_successor(row: Subscription) -> bool:
    if row.status != SubscriptionStatus.ENDED or not row.is_main:
        return False
    others = Subscription.objects.filter(account_id=row.account_id, is_main=True)
    return others.exclude(status=SubscriptionStatus.ENDED).exists()


def terms_of(served: Served) -> Sold | None:
    """What it is served by, in its currency."""
    if served.version is None:
        return None
    return sold_version(version_id=served.version.id, currency=served.row.currency)


def charges_by_number(terms: Sold, *, language: str) -> list[tuple[str, str]]:
    """The charges of which so many units are sold: code and name."""
    return [
        (charge.code, in_language(terms.charge_names[charge.code], language) or charge.code)
        for charge in terms.terms.charges
        if charge.quantity is not None
    ]


def quantities_at(served: Served, *, at: datetime) -> dict[str, Decimal]:
    """How many units of each charge are sold at the instant."""
    terms = terms_of(served)
    if terms is None:
        return {}
    usual = {charge.code: charge.quantity for charge in terms.terms.charges if charge.quantity is not None}
    rows = SubscriptionQuantity.objects.filter(subscription=served.row, from_at__lte=at).order_by("from_at", "id")
    chosen = {row.charge_code: row.quantity for row in rows if row.charge_code in usual}
    return usual | chosen


def plans_for(served: Served, *, is_operator: bool) -> Sequence[Offer]:
    """What it may be changed to: plans of the same seller and sort, in its currency, as they are sold now."""
    if served.plan is None or served.version is None:
        return ()
    found = offers(seller_id=served.plan.seller_id, currency=served.row.currency, with_unoffered=is_operator)
    same_sort = [offer for offer in found if offer.plan.grants_crm == served.plan.grants_crm]
    return [offer for offer in same_sort if offer.version.id != served.version.id]


def access_customer(account_id: UUID) -> Account:
    """One account for the provider's staff; raises NotFound."""
    account = Account.objects.filter(id=account_id).first()
    if account is None:
        raise NotFound()
    return account
