"""The help topics by name; each has a text of its own. A page links to its topic by that name."""

from __future__ import annotations

from typing import Final

from provider.kernel.errors import N_

TOPICS: Final = {
    "operator-home": N_("What needs a hand"),
    "search": N_("Searching"),
    "accounts": N_("Accounts and invitations"),
    "account": N_("One account"),
    "history": N_("The history"),
    "outbox": N_("Event delivery"),
    "regions": N_("Regions"),
    "jobs": N_("Long work"),
    "messages": N_("Messages"),
    "team": N_("Team and roles"),
    "settings": N_("Settings and security"),
    "support-access": N_("Support access"),
    "api-keys": N_("API keys"),
    "reseller-home": N_("The reseller's home"),
    "home": N_("Your home page"),
    "crm": N_("The CRM day by day"),
    "crm-records": N_("Companies and people"),
    "crm-import": N_("Import and export"),
    "crm-seats": N_("Seats in the CRM"),
    "keyboard": N_("Working by keyboard"),
}
_CRM: Final = ("crm", "crm-records", "crm-import", "crm-seats")
_EVERYBODYS: Final = ("jobs", "messages", "team", "settings", "support-access", "api-keys", "keyboard")
OF_PORTAL: Final[dict[str, tuple[str, ...]]] = {
    "provider": (
        "operator-home", "search", "accounts", "account", "history", "outbox", "regions", *_EVERYBODYS,
    ),
    "reseller": ("reseller-home", *_EVERYBODYS),
    "subscriber": ("home", *_CRM, *_EVERYBODYS),
    "": ("home", *_CRM, "team", "settings", "keyboard"),  # who is not signed in
}  # fmt: skip
