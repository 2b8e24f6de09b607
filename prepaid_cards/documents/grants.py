"""What a card gives, in words: the same on pages and on paper."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from plans.rules.calendar import Interval
from plans.rules.catalogue.words import length
from plans.templatetags.catalogue import own_name
from prepaid_cards.models import CardProduct, GrantKind
from provider.look import formats


def grants(product: CardProduct) -> str:
    """What the card gives, in the active language."""
    plan = own_name(product.plan) if product.plan else ""
    if product.kind == GrantKind.TOP_UP:
        return str(product.get_kind_display())
    if product.kind == GrantKind.POINTS:
        return _("%(points)s points") % {"points": product.points}
    time = formats.sentence(length(Interval(months=product.months, days=0 if product.months else product.days)))
    if product.seats:
        words = ngettext(
            "%(time)s of %(plan)s with %(count)s seat", "%(time)s of %(plan)s with %(count)s seats", product.seats
        )
        return words % {"time": time, "plan": plan, "count": formats.number(product.seats)}
    return _("%(time)s of %(plan)s") % {"time": time, "plan": plan}
