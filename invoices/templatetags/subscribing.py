"""What can be done to a subscription, as links on the pages of its subscriber and of operators."""

from __future__ import annotations

from dataclasses import dataclass

from django import template
from django.urls import reverse
from django.utils.translation import gettext as _

from invoices.queries.acting import acts_of
from invoices.rules.acts import TITLES
from plans.queries.standing import Served

register = template.Library()


@dataclass(frozen=True, slots=True)
class Link:
    """An act with its address."""

    act: str
    title: str
    href: str


@register.simple_tag
def own_acts(served: Served) -> list[Link]:
    """What the subscriber may do."""
    return [
        Link(act, _(TITLES[act]), reverse("invoices:own_act", args=[served.row.id, act]))
        for act in acts_of(served, is_operator=False)
    ]


@register.simple_tag
def operators_acts(served: Served) -> list[Link]:
    """What an operator may do."""
    place = [served.row.account_id, served.row.id]
    links = [
        Link(act, _(TITLES[act]), reverse("invoices:act", args=[*place, act]))
        for act in acts_of(served, is_operator=True)
    ]
    return (
        [*links, Link("prices", _("Agree prices"), reverse("invoices:prices", args=place))] if served.version else links
    )
