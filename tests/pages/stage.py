"""Who may look at what: every GET of the access table that answers 200, for one person of each part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.test import Client

from provider.accounts.models import Account, Membership, User
from provider.kernel.models.audit import AuditRow
from tests.architecture.source import excepted
from tests.isolation.doors import Door, all_doors
from tests.isolation.objects import objects_of
from tests.isolation.table import Row, rows
from tests.sessions import signed_in

PARTS = ("anonymous", "nobody", "provider", "reseller", "subscriber")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One page, looked at by one person."""

    key: str
    path: str
    user: User | None

    @property
    def file_name(self) -> str:
        """The page's name, fit for a file."""
        return self.key.replace(":", "-").replace("/", "-").replace("@", "-at-").strip("-") or "root"

    def language_of(self, asked: str) -> str:
        """The language that it speaks when `asked` for: the components' gallery, for developers, only English."""
        return "en" if self.key.startswith("gallery:") else asked


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """An account as somebody meets it: what it has, and one person of each of its roles."""

    objects: dict[str, Any]
    people: dict[str, User]


class Stage:
    """The people and the objects of the database as it stands: the tests' small world or the demo."""

    def __init__(self, *, url: str, house_count: int = 1) -> None:
        """`house_count` accounts of each portal are known: what the first has not, another may have."""
        self.url = url
        self.houses = {part: [_house(one, part=part) for one in _liveliest(part)[:house_count]] for part in PARTS}
        self.loner = User.objects.filter(memberships=None).first()

    @cache  # noqa: B019 - one stage lives as long as its tests
    def visits(self, part: str) -> list[Visit]:
        """Every page that somebody of `part` may see."""
        doors = {door.key: door for door in all_doors() if not door.is_api}
        built = [row for row in rows() if row.door in doors and row.key not in excepted("pages_in_work")]
        return [visit for row in built if (visit := self._visit(doors[row.door], row, part))]

    def share_of(self, part: str) -> list[Visit]:
        """The part's pages, where each page that several parts may see falls to one of them, in turn."""
        seen_by: dict[str, list[str]] = {}
        for one in PARTS:
            for visit in self.visits(one):
                seen_by.setdefault(visit.key, []).append(one)
        turns = {key: parts[number % len(parts)] for number, (key, parts) in enumerate(seen_by.items())}
        return [visit for visit in self.visits(part) if turns[visit.key] == part]

    def _visit(self, door: Door, row: Row, part: str) -> Visit | None:
        """The page of the first account on which it answers; of the first that has one if it answers on none."""
        found = [
            Visit(key=row.key, path=path, user=user)
            for house in self.houses.get(row.of, [])
            if (path := _path(door, row, usual=house.objects))
            for user in self._visitors(row, part, at_home=house)
        ]
        return next((visit for visit in found[1:] and found if _answers(visit)), found[0] if found else None)

    def _visitors(self, row: Row, part: str, *, at_home: House) -> Iterator[User | None]:
        """Who of that part may see it: the first of the account itself where it is theirs, else of the part's first."""
        hosts = self.houses[part][:1] if part != row.of else [at_home]
        people: dict[str, User | None] = {name: user for house in hosts for name, user in house.people.items()}
        people |= {"anonymous": None} if part == "anonymous" else {}
        people |= {"nobody": self.loner} if part == "nobody" and self.loner else {}
        may = [user for name, user in people.items() if row.expected("GET", caller=name) == 200]
        yield from may[:1]


def _answers(visit: Visit) -> bool:
    client = signed_in(visit.user) if visit.user else Client()
    return bool(client.get(visit.path).status_code == 200)


def _path(door: Door, row: Row, *, usual: dict[str, Any]) -> str:
    """The page's address; empty if the account has no such object."""
    given = {name: row.args.get(name, usual.get(name)) for name in door.params}
    filled = {name: _object(value, among=usual) if isinstance(value, str) else value for name, value in given.items()}
    return "" if None in filled.values() else door.url(filled)


def _object(value: str, *, among: dict[str, Any]) -> Any:
    """The object that the access table names, a word that stands for itself, or None where there is no such object."""
    return among.get(value, None if value.endswith("_id") else value)


def _house(account: Account, *, part: str) -> House:
    members = Membership.objects.filter(account=account, portal=part, status="active").order_by("-joined_at")
    return House(objects=objects_of(account), people={f"{part}.{one.role}": one.user for one in members})


def _liveliest(part: str) -> QuerySet[Account]:
    """The accounts of that portal with the longest history: they have the most to show."""
    members = Count("memberships", filter=Q(memberships__portal=part, memberships__status="active"))
    acts = AuditRow.objects.filter(account_id=OuterRef("pk")).order_by().values("account_id")
    done = Subquery(acts.annotate(number=Count("id")).values("number"))
    found = Account.objects.filter(profiles__portal=part).annotate(people=members, done=Coalesce(done, 0))
    return found.order_by("-done", "-people", "created_at", "id")
