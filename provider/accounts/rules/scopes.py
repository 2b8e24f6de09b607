"""What an API key may be allowed: the table of scopes, read by role and verb.

A scope is "nouns:verb". For each portal it stands for one permission: whoever makes a key must hold that permission in
their own role, and the key holds it afterwards. So no key can do what its maker could not.
Later packages add their scopes here, with the endpoints that ask for them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from provider.kernel.errors import N_


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What it lets a key do, and the permission that it stands for in each portal that offers it."""

    name: str
    text: str
    permissions: Mapping[str, str]


def _everywhere(permission: str) -> dict[str, str]:
    return dict.fromkeys(("provider", "reseller", "subscriber"), permission)


SCOPES: Final[dict[str, Scope]] = {
    scope.name: scope
    for scope in (
        Scope(
            name="accounts:read",
            text=N_("Read accounts: all of them, a reseller's own customers, or the subscriber's own one."),
            permissions={"provider": "accounts.view", "reseller": "customers.view", "subscriber": "portal.view"},
        ),
        Scope(
            name="members:read",
            text=N_("Read who works in the account, and in which role."),
            permissions=_everywhere("team.view"),
        ),
        Scope(
            name="invoices:read",
            text=N_("Read invoices with their lines and documents, credit notes, and payments."),
            permissions={"provider": "invoices.view", "subscriber": "invoices.view"},
        ),
        Scope(
            name="plans:read",
            text=N_("Read plans and their versions: all of them, or what a subscriber may choose."),
            permissions={"provider": "plans.view", "subscriber": "portal.view"},
        ),
        Scope(
            name="plans:write",
            text=N_("Keep and play the stories of plans, and replay versions over past months."),
            permissions={"provider": "plans.manage"},
        ),
        Scope(
            name="plans:make",
            text=N_("Make plans, price drafts of their versions, and publish or withdraw them."),
            permissions={"provider": "plans.manage"},
        ),
        Scope(
            name="subscriptions:read",
            text=N_("Read subscriptions with their periods, and what an account may use until when."),
            permissions={"provider": "accounts.view", "subscriber": "portal.view"},
        ),
        Scope(
            name="subscriptions:start",
            text=N_("Start subscriptions of any account, and move subscribers to newer versions."),
            permissions={"provider": "accounts.manage"},
        ),
        Scope(
            name="subscriptions:write",
            text=N_("Change, pause, resume and cancel subscriptions."),
            permissions={"provider": "accounts.manage", "subscriber": "subscription.manage"},
        ),
        Scope(
            name="usage:write",
            text=N_("Record usage of any account, as the systems that count it do."),
            permissions={"provider": "usage.manage"},
        ),
        Scope(
            name="usage:read",
            text=N_("Read what was used, by meter and by day or hour."),
            permissions={"provider": "usage.view", "subscriber": "own_usage.view"},
        ),
        Scope(
            name="meters:write",
            text=N_("Make and change meters, and look after events that nobody counts."),
            permissions={"provider": "usage.manage"},
        ),
        Scope(
            name="invoices:write",
            text=N_("Charge accounts by hand, and make invoices of that."),
            permissions={"provider": "invoices.make"},
        ),
        Scope(
            name="invoices:send",
            text=N_("Mail invoices again."),
            permissions={"provider": "invoices.send"},
        ),
        Scope(
            name="invoices:approve",
            text=N_("Look at invoices that wait for approval, and approve them or set them aside."),
            permissions={"provider": "invoices.approve"},
        ),
        Scope(
            name="credits:write",
            text=N_("Credit and void invoices, and record what was paid back."),
            permissions={"provider": "credits.issue"},
        ),
        Scope(
            name="refunds:write",
            text=N_("Give money back to the cards that paid."),
            permissions={"provider": "credits.issue"},
        ),
        Scope(
            name="payments:write",
            text=N_("Record payments that arrived by bank or in cash, and put them against invoices."),
            permissions={"provider": "payments.record"},
        ),
        Scope(
            name="payments:try",
            text=N_("Have the bank card on file tried again for invoices that the bank refused."),
            permissions={"provider": "payments.record", "subscriber": "invoices.pay"},
        ),
        Scope(
            name="bank_cards:write",
            text=N_("Remove the bank card on file, and open the page on which one is saved."),
            permissions={"subscriber": "invoices.pay"},
        ),
        Scope(
            name="coupons:read",
            text=N_("Read coupons, and which accounts have them."),
            permissions={"provider": "invoices.view"},
        ),
        Scope(
            name="coupons:write",
            text=N_("Make and close coupons, and give them to accounts."),
            permissions={"provider": "credits.issue"},
        ),
        Scope(
            name="balances:read",
            text=N_("Read prepaid balances and points."),
            permissions={"provider": "invoices.view", "subscriber": "invoices.view"},
        ),
        Scope(
            name="balances:write",
            text=N_("Top up prepaid balances, and take top-ups back."),
            permissions={"provider": "payments.record"},
        ),
        Scope(
            name="rates:read",
            text=N_("Read the rates at which points become prepaid money."),
            permissions={"provider": "ledger.view"},
        ),
        Scope(
            name="rates:write",
            text=N_("Set the rate at which points become prepaid money."),
            permissions={"provider": "payments.record"},
        ),
        Scope(
            name="points:exchange",
            text=N_("Exchange an account's points for prepaid money."),
            permissions={"provider": "payments.record", "subscriber": "invoices.pay"},
        ),
        Scope(
            name="billing:read",
            text=N_("Read billing runs, and which accounts could not be billed and why."),
            permissions={"provider": "invoices.view"},
        ),
        Scope(
            name="billing:run",
            text=N_("Start, try and cancel billing runs, and bill parked accounts again."),
            permissions={"provider": "billing.run"},
        ),
        Scope(
            name="revenue:read",
            text=N_("Read what service has earned, and what of it is still to be rendered."),
            permissions={"provider": "ledger.view"},
        ),
        Scope(
            name="seller:read",
            text=N_("Read in whose name invoices are sent, and how they are numbered and taxed."),
            permissions={"provider": "seller.manage"},
        ),
        Scope(
            name="seller:write",
            text=N_("Change in whose name invoices are sent, and how they are numbered and taxed."),
            permissions={"provider": "seller.manage"},
        ),
        Scope(
            name="jobs:read",
            text=N_("Read the progress and the outcome of long work."),
            permissions=_everywhere("jobs.view"),
        ),
        Scope(
            name="jobs:write",
            text=N_("Cancel long work."),
            permissions={"provider": "jobs.manage", "reseller": "jobs.view", "subscriber": "jobs.view"},
        ),
        Scope(
            name="audit:read",
            text=N_("Read the history: who did what, when and why."),
            permissions={"provider": "audit.view", "reseller": "team.view", "subscriber": "team.view"},
        ),
        Scope(
            name="api_keys:read",
            text=N_("List the account's API keys; never their secrets."),
            permissions=_everywhere("api_keys.manage"),
        ),
        Scope(
            name="api_keys:write",
            text=N_("Make and revoke API keys, with no more scopes than this key has."),
            permissions=_everywhere("api_keys.manage"),
        ),
        Scope(
            name="cards:read",
            text=N_("Look up renewal cards by their serial: all of them, or those that a reseller holds or has sold."),
            permissions={"provider": "cards.view", "reseller": "reseller.view"},
        ),
        Scope(
            name="cards:issue",
            text=N_("Make electronic renewal cards one by one and sell them from the provider's own store."),
            permissions={"provider": "cards.manage"},
        ),
        Scope(
            name="cards:replace",
            text=N_("End a sold card that is lost or damaged and make an electronic one in its place."),
            permissions={"provider": "cards.manage"},
        ),
        Scope(
            name="cards:redeem",
            text=N_("See what a renewal card would do for an account, redeem it, and undo that within a day."),
            permissions={"provider": "cards.manage", "subscriber": "cards.redeem"},
        ),
        Scope(
            name="sales:write",
            text=N_("Sell renewal cards at a shop's till, and take sales back."),
            permissions={"reseller": "till.use"},
        ),
        Scope(
            name="sales:read",
            text=N_("Read a shop's stock and takings."),
            permissions={"reseller": "till.use"},
        ),
    )
}  # fmt: skip


def scopes_for(*, portal: str, permissions: Collection[str]) -> list[Scope]:
    """The scopes that somebody with `permissions` in `portal` may hand to a key."""
    return [scope for scope in SCOPES.values() if scope.permissions.get(portal) in permissions]


def scopes_within(*, portal: str, granted: Collection[str]) -> list[Scope]:
    """The scopes that a key with `granted` may hand to another key: those it has by name, not by permission."""
    return [scope for scope in SCOPES.values() if scope.name in granted and portal in scope.permissions]


def granted_by(*, portal: str, scopes: Collection[str]) -> frozenset[str]:
    """What a key may: its scopes by name, which endpoints ask for, and the permissions, which operations ask for."""
    known = [SCOPES[name] for name in scopes if name in SCOPES and portal in SCOPES[name].permissions]
    return frozenset({scope.name for scope in known} | {scope.permissions[portal] for scope in known})
