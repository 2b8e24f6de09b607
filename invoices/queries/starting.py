"""What an account may begin to subscribe to, and under which name."""

from __future__ import annotations

from uuid import UUID

from plans.models import Plan, Subscription
from plans.queries.catalogue import Offer, offers


def plans_to_start(*, seller_id: UUID, currency: str) -> list[Offer]:
    """All plans that the seller has on sale in the currency, whether or not visitors see them."""
    return offers(seller_id=seller_id, currency=currency, with_unoffered=True)


def free_code(*, account_id: UUID, plan: Plan) -> str:
    """A name within the account that nothing has yet: "main" for what opens the CRM, else the plan's code."""
    wanted = "main" if plan.grants_crm else plan.code[:60]
    taken = set(Subscription.objects.filter(account_id=account_id).values_list("code", flat=True))
    names = (f"{wanted}-{number}" if number else wanted for number in [0, *range(2, len(taken) + 3)])
    return next(name for name in names if name not in taken)
