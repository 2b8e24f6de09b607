"""Plans as forms offer them: by name and price."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import get_language

from plans.queries.catalogue import Offer
from plans.queries.terms import sold_version
from plans.rules.catalogue.naming import in_language
from plans.rules.catalogue.words import each
from plans.rules.paid_terms import period_price
from provider.kernel.money import Money, round_to_minor
from provider.look import formats


def plan_choices(offered: Sequence[Offer], *, currency: str) -> list[tuple[str, str]]:
    """Each version with its plan's name and the fixed price of a period."""
    return [(str(offer.version.id), _label(offer, currency=currency)) for offer in offered]


def _label(offer: Offer, *, currency: str) -> str:
    terms = sold_version(version_id=offer.version.id, currency=currency)
    price = Money(round_to_minor(amount=period_price(terms.terms), currency=currency), currency)
    name = in_language(terms.names, get_language() or "en")
    return f"{name} · {formats.money(price)} {formats.sentence(each(terms.terms.interval))}"
