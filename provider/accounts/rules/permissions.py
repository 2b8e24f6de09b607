"""What each role may do. A permission is "noun.verb"; a view or an endpoint names the one that it needs.

Later packages add their permissions here, in the table: it is the one place where roles are read.
"""

from __future__ import annotations

from typing import Final

# What everybody with a seat in the account may do.
_EVERYONE: Final = frozenset({"home.view", "jobs.view", "files.view", "notices.view", "own_settings.change"})

# Never while acting for a customer, whatever the role: secrets, payouts, redeeming, handing the account over.
WITHHELD_WHILE_ACTING: Final = frozenset(
    {
        "api_keys.manage",
        "ownership.transfer",
        "payouts.manage",
        "cards.redeem",
        "own_settings.change",
        "support_access.grant",
        "invoices.pay",
        "till.use",
        "account.erase",
    }
)

_PROVIDER_READS: Final = _EVERYONE | {
    "cards.view", "console.view", "accounts.view", "audit.view", "messages.view", "team.view", "resellers.view",
    "invoices.view", "plans.view", "usage.view", "ledger.view",
}  # fmt: skip

_ROLE_PERMISSIONS: Final[dict[tuple[str, str], frozenset[str]]] = {
    ("provider", "owner"): _PROVIDER_READS
    | {
        "accounts.manage", "accounts.act_for", "cards.manage", "jobs.manage", "messages.resend", "team.manage",
        "account_settings.change", "brand.change", "api_keys.manage", "ownership.transfer", "outbox.manage",
        "regions.manage", "resellers.manage", "payments.record", "invoices.send", "plans.manage", "usage.manage",
        "billing.run", "invoices.make", "invoices.approve", "credits.issue", "seller.manage", "breakage.manage",
        "erasures.manage",
    },
    ("provider", "operator"): _PROVIDER_READS
    | {
        "accounts.manage", "accounts.act_for", "cards.manage", "jobs.manage", "messages.resend", "outbox.manage",
        "resellers.manage", "invoices.send", "plans.manage", "usage.manage", "billing.run",
        "invoices.make", "invoices.approve", "erasures.manage",
    },
    ("provider", "support"): _PROVIDER_READS | {"accounts.act_for", "messages.resend"},
    ("provider", "finance"): _PROVIDER_READS
    | {
        "payments.record", "invoices.send", "billing.run", "invoices.make", "invoices.approve", "credits.issue",
        "breakage.manage",
    },
    ("reseller", "owner"): _EVERYONE
    | {
        "reseller.view", "team.view", "team.manage", "account_settings.change", "brand.change", "api_keys.manage",
        "ownership.transfer", "messages.view", "support_access.grant", "customers.view", "customers.open",
        "customers.act_for", "stores.manage", "till.use", "statement.view",
    },
    ("reseller", "clerk"): _EVERYONE | {"reseller.view", "customers.view", "customers.open", "till.use"},
    ("subscriber", "owner"): _EVERYONE
    | {
        "portal.view", "crm.use", "crm.manage", "team.view", "team.manage", "account_settings.change",
        "api_keys.manage", "ownership.transfer", "messages.view", "support_access.grant", "cards.redeem",
        "invoices.view", "invoices.pay", "subscription.manage", "own_usage.view", "account.erase",
    },
    ("subscriber", "manager"): _EVERYONE
    | {
        "portal.view", "crm.use", "crm.manage", "team.view", "team.manage", "messages.view", "invoices.view",
        "invoices.pay", "own_usage.view",
    },
    ("subscriber", "member"): _EVERYONE | {"portal.view", "crm.use"},
}  # fmt: skip


def permissions_of(*, portal: str, role: str, is_acting_for: bool) -> frozenset[str]:
    """The permissions of a role in a portal; fewer while staff act for a customer. An unknown role has none."""
    granted = _ROLE_PERMISSIONS.get((portal, role), frozenset())
    return granted - WITHHELD_WHILE_ACTING if is_acting_for else granted


def known_permissions() -> frozenset[str]:
    """Every permission that some role has."""
    return frozenset().union(*_ROLE_PERMISSIONS.values())
