"""Who may look at what: every GET of the access table that answers 200, for one person of each part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from provider.accounts.models import Account, Membership, User
from tests.architecture.source import excepted
from tests.isolation.doors import Door, all_doors
from tests.isolation.objects import objects_of
from tests.isolation.table import Row, rows

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


class Stage:
    """The people and the objects of the database as it stands: the tests' small world or the demo."""

    def __init__(self, *, url: str) -> None:
        self.url = url
        accounts = {part: account for part in PARTS if (account := _liveliest(part))}
        self.objects = {part: objects_of(account) for part, account in accounts.items()}
        self.people: dict[str, User | None] = {"anonymous": None}
        loner = User.objects.filter(memberships=None).first()
        if loner:
            self.people["nobody"] = loner
        for part, account in accounts.items():
            for member in Membership.objects.filter(account=account, portal=part, status="active").order_by(
                "joined_at"
            ):
                self.people.setdefault(f"{part}.{member.role}", member.user)

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
        arguments = self._arguments(door, row)
        if arguments is None:
            return None
        for name, user in self.people.items():
            if name.partition(".")[0] == part and row.expected("GET", caller=name) == 200:
                return Visit(key=row.key, path=door.url(arguments), user=user)
        return None

    def _arguments(self, door: Door, row: Row) -> dict[str, Any] | None:
        """What stands in the page's address; None if the database has no such object."""
        usual = self.objects.get(row.of, {})
        given = {name: row.args.get(name, usual.get(name)) for name in door.params}
        filled = {
            name: _object(value, among=usual) if isinstance(value, str) else value for name, value in given.items()
        }
        return None if None in filled.values() else filled


def _object(value: str, *, among: dict[str, Any]) -> Any:
    """The object that the access table names, a word that stands for itself, or None where there is no such object."""
    return among.get(value, None if value.endswith("_id") else value)


def _liveliest(part: str) -> Account | None:
    """The account of that portal with the most people in it: it has the most to show."""
    members = Count("memberships", filter=Q(memberships__portal=part, memberships__status="active"))
    return Account.objects.filter(profiles__portal=part).annotate(people=members).order_by("-people", "id").first()
