"""What a card gives, in words: the same on pages and on paper."""

from __future__ import annotations

from django.utils.translation import gettext as _

from prepaid_cards.models import CardProduct, GrantKind


def grants(product: CardProduct) -> str:
    """What the card gives, in the active language."""
    plan = product.plan.name if product.plan else ""
    if product.kind == GrantKind.TOP_UP:
        return str(product.get_kind_display())
    if product.kind == GrantKind.POINTS:
        return _("%(points)s points") % {"points": product.points}
    if product.months:
        return _("%(months)s months of %(plan)s") % {"months": product.months, "plan": plan}
    return _("%(days)s days of %(plan)s") % {"days": product.days, "plan": plan}
