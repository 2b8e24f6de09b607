"""A chosen group, for people: among what it is chosen, and what was chosen in words."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _

from plans.forms import GroupChoices
from plans.models import Plan
from plans.queries.groups import named_in, offered
from plans.queries.held import counted
from plans.queries.replays import versions_served
from plans.rules.group import Group
from plans.templatetags.catalogue import versions_to_tick
from provider.accounts.models import Region, localised_region_name
from provider.accounts.queries import currencies_offered
from provider.look import formats


def choices_among(plans: Sequence[Plan]) -> GroupChoices:
    """Among what a group of the subscribers of one of these plans is chosen."""
    found, versions = offered(), {str(plan.pk): list[tuple[str, str]]() for plan in plans}
    had = counted(versions_served([plan.pk for plan in plans]))
    for plan_id, tick in zip((str(one.plan_id) for one, _count in had), versions_to_tick(had), strict=True):
        versions[plan_id].append(tick)
    return GroupChoices(
        versions=versions,
        regions=[(one.code, _region(one)) for one in found.regions],
        currencies=[(code, code) for code in currencies_offered()],
        brands=[(str(one.pk), one.name) for one in found.brands],
        resellers=[(str(one.pk), one.name) for one in found.resellers],
    )


def in_words(group: Group, *, plan_id: UUID) -> list[tuple[str, str]]:
    """What was chosen, term by term; nothing where it is everybody."""
    named = named_in(group, plan_id=plan_id)
    terms = [
        (_("Versions"), formats.listed(named.numbers)),
        (_("Accounts"), _accounts(group, names=named.accounts)),
        (_("Region"), _region(named.region) if named.region else group.region),
        (_("Currency"), group.currency),
        (_("Brand"), named.brand),
        (_("Comes through"), named.reseller),
        (_("Seats, at least"), formats.number(group.seats) if group.seats else ""),
        (_("Customer records, at least"), formats.number(group.records) if group.records else ""),
    ]
    return [(term, said) for term, said in terms if said]


def _accounts(group: Group, *, names: Sequence[str]) -> str:
    more = len(group.account_ids) - len(names)
    if not more:
        return formats.listed(names)
    return formats.listed([*names, _("%(count)s more") % {"count": formats.number(more)}])


def _region(region: Region) -> str:
    return localised_region_name(region, translation.get_language() or "en")
