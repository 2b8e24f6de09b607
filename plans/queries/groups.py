"""Chosen groups of subscriptions: who is in one, whom a name means, and among what one may choose."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from django.db.models import IntegerField, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Lower

from plans.errors import AccountsNotServed, AccountsUnclear, TooManyNamed
from plans.models import Meter, PlanVersion, Subscription
from plans.rules.group import Group
from provider.accounts.models import Account, Brand, Membership, MembershipStatus, Portal, Region
from provider.kernel.ids import id_in
from provider.kernel.sets import among

from .corrections import COUNTS

MOST_NAMED: Final = 1000
_SAID: Final = 5  # so many of the names that fit nobody are said
_PARTS: Final = 50  # so many are looked for as a part of a name
_ABOVE: Final = 4  # a brand is inherited from so far above
_MOST_RESELLERS: Final = 500

# Who is there at the end: whoever came last and did not go. Asked of one subscription at a time, by its own index.
_SEATS: Final = f"""
(select count(*) from (
  select distinct on (e.item) e.is_removal from plans_usageevent e
   where e.subscription_id = plans_subscription.id and e.meter_id = any(%s)
     and e.at < (%s::date)::timestamp at time zone plans_subscription.time_zone and {COUNTS}
   order by e.item, e.at desc, e.id desc
) last where not is_removal)"""  # noqa: S608 - no values in it
_RECORDS: Final = """
(select coalesce(sum(d.total), 0) from plans_usageday d
  where d.subscription_id = plans_subscription.id and d.meter_id = any(%s) and d.day < %s)"""


def in_group(rows: QuerySet[Subscription], group: Group, *, end: date) -> QuerySet[Subscription]:
    """Those of `rows` that fit the group, its seats and records as they stood before the day `end`.

    The versions are left to whoever knows the days on which they were had.
    """
    if group.account_ids:
        rows = rows.filter(account_id__in=among(group.account_ids))
    if group.region:
        rows = rows.filter(account__region_id=group.region)
    if group.currency:
        rows = rows.filter(currency=group.currency)
    if group.brand_id:
        rows = rows.filter(_under_brand(group.brand_id))
    if group.reseller_id:
        rows = rows.filter(account__parent_id=group.reseller_id)
    for statement, code, least in ((_SEATS, "seats", group.seats), (_RECORDS, "records", group.records)):
        if least:
            level = RawSQL(statement, [_meters(code), end], output_field=IntegerField())  # noqa: S611 - parameters only
            rows = rows.alias(**{code: level}).filter(**{f"{code}__gte": least})
    return rows


def _under_brand(brand_id: UUID) -> Q:
    """Whose own brand it is, or that of the nearest account above that has one."""
    wanted, bare, name = Q(), Q(), "account"
    for _level in range(_ABOVE):
        wanted |= bare & Q(**{f"{name}__brand_id": brand_id})
        bare &= Q(**{f"{name}__brand_id": None})
        name += "__parent"
    return wanted


def _meters(code: str) -> list[int]:
    return list(Meter.objects.filter(code=code, carries_over=True).values_list("pk", flat=True))


# --- Names ---


def accounts_named(texts: Sequence[str], *, served: QuerySet[Subscription]) -> tuple[UUID, ...]:
    """The accounts that are meant, each by its id, an e-mail address or a name, of those that have `served`.

    A whole name goes before a part of one. What fits none of them, or several, is refused and said.
    """
    wanted = list(dict.fromkeys(" ".join(text.split()).lower() for text in texts if text.strip()))
    if len(wanted) > MOST_NAMED:
        raise TooManyNamed(field="accounts", most=MOST_NAMED)
    if not wanted:
        return ()
    accounts = Account.objects.filter(id__in=served.order_by().values("account_id"))
    found = _meant(wanted, accounts=accounts)
    if missing := [text for text in wanted if not found.get(text)]:
        raise AccountsNotServed(field="accounts", names=_said(missing))
    if unclear := [text for text in wanted if len(found[text]) > 1]:
        raise AccountsUnclear(field="accounts", names=_said(unclear))
    return tuple(sorted({account_id for text in wanted for account_id in found[text]}))


def _said(texts: Sequence[str]) -> str:
    return ", ".join([*texts[:_SAID], "…"] if len(texts) > _SAID else texts)


def _meant(wanted: Sequence[str], *, accounts: QuerySet[Account]) -> dict[str, set[UUID]]:
    found: dict[str, set[UUID]] = defaultdict(set)
    ids = {text: account_id for text in wanted if (account_id := id_in(text))}
    there = set(accounts.filter(id__in=among(list(ids.values()))).values_list("id", flat=True))
    for text, account_id in ids.items():
        found[text] |= {account_id} & there
    for text, account_id in _by_address(wanted, accounts=accounts):
        found[text].add(account_id)
    named = accounts.annotate(text=Lower("name")).filter(text__in=wanted)
    companies = accounts.annotate(text=Lower("company_name")).filter(text__in=wanted)
    for rows in (named, companies):
        for text, account_id in rows.values_list("text", "id"):
            found[text].add(account_id)
    _add_parts(found, [text for text in wanted if not found[text]][:_PARTS], accounts=accounts)
    return found


def _by_address(wanted: Collection[str], *, accounts: QuerySet[Account]) -> list[tuple[str, UUID]]:
    """By the address for invoices, or by that of somebody who works in the account."""
    addresses = [text for text in wanted if "@" in text]
    if not addresses:
        return []
    own = accounts.annotate(text=Lower("email")).filter(text__in=addresses).values_list("text", "id")
    people = Membership.objects.filter(status=MembershipStatus.ACTIVE, account__in=accounts)
    theirs = people.annotate(text=Lower("user__email")).filter(text__in=addresses).values_list("text", "account_id")
    return [*own, *theirs]


def _add_parts(found: dict[str, set[UUID]], texts: Sequence[str], *, accounts: QuerySet[Account]) -> None:
    if not texts:
        return
    has_one = Q()
    for text in texts:
        has_one |= Q(search_text__contains=text)
    for account_id, searched in accounts.filter(has_one).values_list("id", "search_text"):
        for text in texts:
            if text in searched:
                found[text].add(account_id)


# --- To choose from, and to say what was chosen ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """Among what one may choose."""

    regions: Sequence[Region]
    brands: Sequence[Brand]
    resellers: Sequence[Account]


def offered() -> Offered:
    """All regions, the brands by name, and the resellers by name."""
    resellers = Account.objects.filter(profiles__portal=Portal.RESELLER).order_by("name", "id")
    return Offered(
        regions=list(Region.objects.order_by("code")),
        brands=list(Brand.objects.order_by("name", "id")),
        resellers=list(resellers[:_MOST_RESELLERS]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What the ids of a group stand for, as far as it is still there."""

    numbers: Sequence[int]  # of the versions
    accounts: Sequence[str]
    region: Region | None
    brand: str
    reseller: str


def named_in(group: Group, *, plan_id: UUID) -> Named:
    """The names of what was chosen of a plan's subscribers."""
    versions = PlanVersion.objects.filter(plan_id=plan_id, pk__in=group.version_ids).order_by("number")
    brand = Brand.objects.filter(pk=group.brand_id).first() if group.brand_id else None
    ids = [*group.account_ids[:_SAID], *([group.reseller_id] if group.reseller_id else [])]
    names = dict(Account.objects.filter(pk__in=ids).values_list("pk", "name")) if ids else {}
    return Named(
        numbers=list(versions.values_list("number", flat=True)) if group.version_ids else [],
        accounts=sorted(names[one] for one in group.account_ids[:_SAID] if one in names),
        region=Region.objects.filter(pk=group.region).first() if group.region else None,
        brand=brand.name if brand else "",
        reseller=names.get(group.reseller_id, "") if group.reseller_id else "",
    )
