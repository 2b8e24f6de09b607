"""What the sign-up page says of the plan that it begins with."""

from __future__ import annotations

from django import template

from provider.portal.queries.beginning import Priced, offer_at_sign_up, priced

register = template.Library()


@register.simple_tag
def plan_at_sign_up(plan: str | None, currency: str | None) -> Priced | None:
    """The plan that a sign-up with these choices begins with, and what it costs after its trial."""
    offer = offer_at_sign_up(plan=plan or "", currency=currency or "")
    return priced(offer, currency=currency or "") if offer else None
