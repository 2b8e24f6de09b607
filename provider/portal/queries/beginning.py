"""What somebody who begins may choose."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from plans.models import Subscription, SubscriptionStatus
from plans.queries.catalogue import Offer, offered_currencies, offers
from plans.rules.catalogue import Price
from provider.accounts.models import Account
from provider.accounts.queries import the_provider
from provider.kernel.money import Money, round_to_minor


def offers_for(account: Account) -> list[Offer]:
    """The plans that give a CRM and are on sale in the account's currency, in the provider's order."""
    return offers_in(account.currency)


def offers_in(currency: str) -> list[Offer]:
    """The plans that give a CRM and are on sale in this currency, in the provider's order."""
    provider = the_provider()
    if provider is None:
        return []
    return [offer for offer in offers(seller_id=provider.id, currency=currency) if offer.plan.grants_crm]


def currencies_sold() -> list[str]:
    """The currencies in which a plan that gives a CRM is on sale."""
    provider = the_provider()
    return offered_currencies(seller_id=provider.id, with_addons=False) if provider else []


def offer_at_sign_up(*, plan: str, currency: str) -> Offer | None:
    """What a sign-up begins with: the plan that was chosen, else the first of which the whole trial is free, else the
    first that is offered; None: nothing is.
    """
    offered = offers_in(currency)
    chosen = [offer for offer in offered if offer.plan.code == plan]
    free = [offer for offer in offered if offer.content.trial_days and offer.content.is_trial_free]
    return next(iter([*chosen, *free, *offered]), None)


def has_main_subscription(*, account_id: UUID) -> bool:
    """Whether a main subscription runs, is paused, or begins later."""
    rows = Subscription.objects.filter(account_id=account_id, is_main=True)
    return rows.exclude(status=SubscriptionStatus.ENDED).exists()


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """An offer with what a visitor compares: the fixed price of a period, and what is free at first."""

    offer: Offer
    fixed: Money
    months: int
    days: int
    trial_days: int
    is_trial_free: bool  # nothing at all is charged in it
    has_more: bool  # something is counted or sold by number on top


def priced(offer: Offer, *, currency: str) -> Priced:
    """The fixed price of a whole period of an offer, as it is when introductory phases are over."""
    content = offer.content
    flat = [charge for charge in content.charges if charge.model == "flat" and charge.interval is None]
    total = sum((_last_price(charge.prices[currency]) for charge in flat), Decimal(0))
    return Priced(
        offer=offer,
        fixed=Money(round_to_minor(amount=total, currency=currency), currency),
        months=content.interval.months,
        days=content.interval.days,
        trial_days=content.trial_days,
        is_trial_free=content.is_trial_free,
        has_more=any(charge.model not in ("flat", "one_time") for charge in content.charges),
    )


def _last_price(price: Price) -> Decimal:
    return price.phases[-1].price if price.phases else price.price
