"""What roles and changes are called, and what each role is for; translated where they are shown."""

from __future__ import annotations

from typing import Final

from provider.kernel.errors import N_

ROLE_NAMES: Final = {
    "owner": N_("Owner"),
    "operator": N_("Operator"),
    "support": N_("Support"),
    "finance": N_("Finance"),
    "clerk": N_("Clerk"),
    "manager": N_("Manager"),
    "member": N_("Member"),
}

ROLE_TEXTS: Final = {
    ("provider", "owner"): N_("Everything, the team and the brand included."),
    ("provider", "operator"): N_("Accounts, resellers, long work; acts for customers with their consent."),
    ("provider", "support"): N_("Looks things up, sends messages again, acts for customers with their consent."),
    ("provider", "finance"): N_("Reads accounts, invoices and history."),
    ("reseller", "owner"): N_("Everything, the team, the brand and payouts included."),
    ("reseller", "clerk"): N_("Sells and looks up customers."),
    ("subscriber", "owner"): N_("Everything, paying and the team included."),
    ("subscriber", "manager"): N_("The CRM and its settings, and the team."),
    ("subscriber", "member"): N_("Works in the CRM."),
}

PORTAL_NAMES: Final = {
    "provider": N_("Provider"),
    "reseller": N_("Reseller"),
    "subscriber": N_("Subscriber"),
}
