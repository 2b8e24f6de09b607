"""`bench pages`: what each page costs in the server, at 100,000 accounts and ten times as many invoices.

The demo's small year stands in a database of its own; one of its subscribers is then multiplied in sets, with people,
subscription, periods and invoices. Pages are asked for through the whole stack, without the network.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from operator import itemgetter
from typing import Any, Final
from uuid import UUID

from django.db import connections
from django.db.models import Count
from django.test import Client

from crm_tenant.models import Workspace
from crm_tenant.operations.made_up import fill_with_made_up
from invoices.models import Invoice
from plans.models import Subscription
from prepaid_cards.models import Card
from provider.accounts.models import Account, Membership
from provider.accounts.queries import actor_in
from provider.accounts.rules import session
from provider.kernel import breath, clock
from provider.workshop import demo, year

from . import place
from .copies import INVOICES, multiply

DEALS: Final = 10_000
TIMES: Final = 20  # that each page is asked for
MOST_MS: Final = 100
MOST_QUERIES: Final = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page: who asks, and the addresses that are asked for in turn."""

    name: str
    reader: Client
    addresses: Sequence[str]


@dataclass(slots=True)
class Counter:
    """Counts what is asked of the database."""

    queries: int = 0

    def __call__(self, execute: Callable[..., Any], *rest: Any) -> Any:
        self.queries += 1
        return execute(*rest)


def measure(*, size: int, tell: Callable[[str], object]) -> dict[str, Any]:
    """Ask for each page `TIMES` times; the figures as `bench --json` prints them."""
    with place.own_database("pages"):
        tell("Preparing the demo's small year.")
        demo.seed(scale=year.SMALL)
        template = _template()
        tell(f"Multiplying one of its accounts by {size}, with {INVOICES} invoices each.")
        multiply(template, size=size)
        tell(f"Filling a workspace with {DEALS} deals.")
        fill(_workspace(), deals=DEALS)
        with connections["owner"].cursor() as owner:
            owner.execute("analyze")
        tell("Asking for the pages.")
        breath.settle()  # as the web does once it has loaded
        figures = [_figures(page) for page in pages()]
    worst = max(figures, key=itemgetter("p95_ms"))
    over = [one["page"] for one in figures if one["p95_ms"] > MOST_MS or one["queries"] > MOST_QUERIES]
    return {
        "bench": "pages",
        "size": size,
        "p50_ms": round(place.percentile([one["p50_ms"] for one in figures], 0.5), 1),
        "p95_ms": worst["p95_ms"],
        "notes": f"p95_ms is that of the slowest page, {worst['page']}; over the budget: {', '.join(over) or 'none'}",
        "pages": figures,
    }


# --- What there is to look at ---


def _template() -> Subscription:
    """The main subscription, on terms, that was invoiced most often."""
    rows = Subscription.objects.filter(is_main=True, pays="on_terms", status="active")
    found = rows.annotate(billed=Count("account__invoices")).order_by("-billed", "id").first()
    assert found is not None, "the demo has subscribers on terms"
    return found


def _workspace() -> Workspace:
    return Workspace.objects.order_by("account_id").first() or Workspace.objects.get()


def fill(workspace: Workspace, *, deals: int) -> None:
    """Make deals up, with companies, people and next steps."""
    member = _owner_of(workspace.account_id)
    by = actor_in(membership=member, user=member.user, address="127.0.0.1")
    fill_with_made_up(workspace=workspace, deals=deals, by=by, at=clock.now())


# --- Who looks at what ---


def pages() -> list[Page]:
    """The pages of the three who read most: an operator, a subscriber's owner, and whoever works in the CRM."""
    accounts = list(Account.objects.filter(name__startswith="Customer ").order_by("id")[:TIMES])
    invoices = list(Invoice.objects.filter(account__in=accounts).order_by("id")[:TIMES])
    serials = list(Card.objects.order_by("id").values_list("serial", flat=True)[:TIMES])
    operator = _reader(Membership.objects.filter(portal="provider", role="owner"))
    tabs = ("", "subscription/", "usage/", "money/", "cards/", "members/", "messages/", "history/", "support/")

    def asked(name: str, *addresses: str) -> Page:
        return Page(name=name, reader=operator, addresses=addresses)

    found = [
        asked("operator home", "/operator/"),
        asked("search by name", *[f"/operator/search/?q={account.name}" for account in accounts]),
        asked("search by e-mail", *[f"/operator/search/?q={account.email}" for account in accounts]),
        asked("search by invoice number", *[f"/operator/search/?q={invoice.number_text}" for invoice in invoices]),
        asked("search by serial", *[f"/operator/search/?q={serial}" for serial in serials]),
        asked("search as one types", *[f"/operator/search/suggest/?q={account.name[:-2]}" for account in accounts]),
        asked("accounts", "/operator/accounts/"),
        asked("accounts found", *[f"/operator/accounts/?q={account.name}" for account in accounts]),
        *[
            asked(
                f"account, {tab.strip('/') or 'overview'}", *[f"/operator/accounts/{one.id}/{tab}" for one in accounts]
            )
            for tab in tabs
        ],
        asked("invoices", "/operator/invoices/"),
        asked("invoices, second page", *_second("/operator/invoices/", reader=operator)),
        asked("invoice", *[f"/operator/invoices/{invoice.id}/" for invoice in invoices]),
        asked("credit notes", "/operator/credit-notes/"),
        asked("payments", "/operator/payments/"),
        asked("billing runs", "/operator/billing/"),
        asked("parked accounts", "/operator/billing/parked/"),
        asked("plans", "/operator/plans/"),
        asked("meters", "/operator/meters/"),
        asked("batches of cards", "/operator/cards/"),
        asked("card", *[f"/operator/cards/serials/{serial}/" for serial in serials]),
        asked("history", "/operator/audit/"),
        asked("ledger", "/operator/ledger/"),
    ]
    return [*found, *_subscribers(accounts), *_crm()]


def _subscribers(accounts: Sequence[Account]) -> list[Page]:
    reader = _reader(Membership.objects.filter(account=accounts[0]))
    addresses = {"own home": "/my/", "own invoices": "/my/invoices/", "own subscription": "/my/subscription/"}
    return [Page(name=name, reader=reader, addresses=[address]) for name, address in addresses.items()]


def _crm() -> list[Page]:
    reader = _reader(Membership.objects.filter(pk=_owner_of(_workspace().account_id).pk))
    addresses = {
        "CRM, today": "/crm/",
        "CRM, board": "/crm/deals/",
        "CRM, list of deals": "/crm/deals/list/",
        "CRM, companies": "/crm/companies/",
        "CRM, people": "/crm/people/",
        "CRM, search": "/crm/search/?q=an",
    }
    return [Page(name=name, reader=reader, addresses=[address]) for name, address in addresses.items()]


def _second(address: str, *, reader: Client) -> list[str]:
    """The page after the first, as its own link leads there."""
    answer = reader.get(address).content.decode()
    place_of = answer.find("after=")
    if place_of < 0:
        return [address]
    start = answer.rfind('"', 0, place_of) + 1
    return [address + answer[start : answer.find('"', start)].replace("&amp;", "&")]


def _owner_of(account_id: UUID) -> Membership:
    return Membership.objects.select_related("user").filter(account_id=account_id, role="owner").order_by("id")[0]


def _reader(members: Any) -> Client:
    """A browser in which the first of them is signed in, as the demo does it."""
    member = members.select_related("user").order_by("id")[0]
    client = Client(SERVER_NAME="localhost")
    client.force_login(member.user)
    browser = client.session
    browser[session.MEMBERSHIP] = str(member.id)
    browser[session.DEMO] = True
    browser.save()
    return client


def _figures(page: Page) -> dict[str, Any]:
    """Once to warm up, then `TIMES` times, each with what it asks of the database."""
    page.reader.get(page.addresses[0])
    took, worked, queries = [], [], 0
    for address in islice(cycle(page.addresses), TIMES):
        counter = Counter()
        began, began_work = time.perf_counter(), time.process_time()
        with connections["default"].execute_wrapper(counter):
            answer = page.reader.get(address)
        took.append((time.perf_counter() - began) * 1000)
        worked.append((time.process_time() - began_work) * 1000)
        if answer.status_code != 200:
            raise AssertionError(f"{address} answers {answer.status_code}")
        queries = max(queries, counter.queries)
    return {
        "page": page.name,
        "p50_ms": round(place.percentile(took, 0.5), 1),
        "p95_ms": round(place.percentile(took, 0.95), 1),
        "work_ms": round(place.percentile(worked, 0.5), 1),  # of the processor, without the database
        "queries": queries,
    }
