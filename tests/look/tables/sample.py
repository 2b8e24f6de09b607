"""A table of people, and how a test opens it."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.test import RequestFactory

from provider.accounts.models import User
from provider.kernel.actor import ANONYMOUS
from provider.kernel.money import Money
from provider.look.tables import Badge, BoundTable, BulkAct, Choice, Column, Dates, Table, Text


def search(rows: QuerySet[User], text: str) -> QuerySet[User]:
    return rows.filter(Q(name__icontains=text) | Q(email__icontains=text))


PEOPLE = Table(
    key="people",
    columns=[
        Column("name", "Name", sort="name", href=lambda row: f"/people/{row.pk}/", sub=lambda row: row.email),
        Column("phone", "Phone", kind="mono", sort="phone"),
        Column("theme", "Theme", kind="badge", value=lambda row: Badge(row.theme, "ok")),
        Column("created_at", "Since", kind="instant", sort="created_at"),
        Column("owes", "Owes", kind="money", value=lambda row: Money(len(row.name) * 100, "CNY")),
        Column("email", "E-mail", is_shown=False),
    ],
    filters=[
        Choice("theme", "Theme", options=[("auto", "Auto"), ("light", "Light"), ("dark", "Dark")], where="theme"),
        Text("email", "E-mail", where="email__icontains"),
        Dates("since", "Since", where="created_at"),
    ],
    search=search,
    sort="-created_at",
    page_size=3,
    count_limit=20,
    totals=lambda rows: rows.aggregate(name=Count("pk")),
    bulk=[BulkAct("Remove", "/people/remove/", kind="danger", consequence="They lose their seat.")],
)


def opened(query: str = "", *, table: Table = PEOPLE, cookies: dict[str, str] | None = None) -> BoundTable:
    return table.bind(request_for(query, cookies=cookies), rows=User.objects.all())


def request_for(query: str = "", *, cookies: dict[str, str] | None = None, **headers: Any) -> HttpRequest:
    request = RequestFactory().get(f"/people/?{query}", headers=headers or None)
    request.COOKIES.update(cookies or {})
    request.actor = ANONYMOUS  # type: ignore[attr-defined]
    return request


def names(table: BoundTable) -> list[str]:
    return [row.object.name for row in table.rows]
