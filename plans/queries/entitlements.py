"""What an account's plan allows, and what one more or one fewer of what it counts costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from django.db.models import QuerySet, Subquery

from plans.models import Entitlement, PaidTerm, PlanCharge, Stretch, SubscriptionStatus
from plans.queries.terms import sold_version
from plans.rules.catalogue import Entitlement as Allowed
from plans.rules.paid_seats import is_of_seats
from plans.rules.pricing import difference_of, priced, steps_of
from plans.rules.rating import Step
from plans.rules.terms import Charge
from provider.kernel.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPrice:
    """What one more costs for a whole period of `months` or `days`, and what one fewer saves."""

    more: Money
    fewer: Money
    months: int
    days: int
    paid: int = 0  # so many are paid by a card
    is_free_in_trial: bool = False


def entitlements_of(*, account_id: UUID) -> dict[str, Allowed]:
    """What the plan of the account's main subscription allows, by feature; a feature without an entry has no limit."""
    served = _stretches_served(account_id).values("version_id")[:1]
    rows = Entitlement.objects.filter(version_id=Subquery(served))
    return {row.feature: Allowed(limit=row.limit, stops_at_limit=row.stops_at_limit) for row in rows}


def step_price_of(*, account_id: UUID, meter: str, units: int, at: datetime) -> StepPrice | None:
    """What the next unit of a level costs beyond `units`, and the last one saves; None where nothing is charged.

    Units that a paid term, such as a card with seats, pays for at that instant cost nothing and save nothing.
    """
    stretch = _served(account_id)
    if stretch is None:
        return None
    currency = stretch.subscription.currency
    terms = sold_version(version_id=stretch.version_id, currency=currency).terms
    charge = next((one for one in terms.charges if one.meter is not None and one.meter.name == meter), None)
    if charge is None:
        return None
    interval = charge.due.interval or terms.interval
    paid = _seats_paid(stretch.subscription_id, at=at) if is_of_seats(charge) else 0
    return StepPrice(
        more=_between(charge, more=units + 1 - paid, less=units - paid, currency=currency),
        fewer=_between(charge, more=units - paid, less=units - paid - 1, currency=currency),
        paid=paid,
        months=interval.months,
        days=interval.days,
        is_free_in_trial=charge.due.trial_days > 0,
    )


def _seats_paid(subscription_id: UUID, *, at: datetime) -> int:
    running = PaidTerm.objects.filter(subscription_id=subscription_id, taken_back_at=None, seats__gt=0)
    return running.filter(starts_at__lte=at, ends_at__gt=at).values_list("seats", flat=True).first() or 0


def charges_beside_terms(*, account_id: UUID) -> list[PlanCharge]:
    """What the plan of the account's main subscription bills beside what a paid term, such as a card, pays for."""
    stretch = _served(account_id)
    if stretch is None:
        return []
    terms = sold_version(version_id=stretch.version_id, currency=stretch.subscription.currency).terms
    codes = [one.due.code for one in terms.charges if not one.due.is_term and one.model != "one_time"]
    return list(PlanCharge.objects.filter(version_id=stretch.version_id, code__in=codes).order_by("position", "code"))


def _between(charge: Charge, *, more: int, less: int, currency: str) -> Money:
    steps = difference_of(_steps(charge, units=more), _steps(charge, units=less))
    return Money(priced(steps=steps, share=Fraction(1), currency=currency), currency)


def _steps(charge: Charge, *, units: int) -> list[Step]:
    return steps_of(charge, units=Decimal(max(units, 0)))


def _served(account_id: UUID) -> Stretch | None:
    """The latest stretch of the main subscription that has not ended."""
    return _stretches_served(account_id).select_related("subscription").first()


def _stretches_served(account_id: UUID) -> QuerySet[Stretch]:
    rows = Stretch.objects.filter(subscription__account_id=account_id, subscription__is_main=True)
    return rows.exclude(subscription__status=SubscriptionStatus.ENDED).order_by("-position")
