"""The tabs of an account's page. A package that gives accounts something more gets its tab here, in this order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from provider.kernel.errors import N_


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab: its heading, the name of its address (which takes the account's id), and who may open it."""

    heading: str
    url_name: str
    permission: str = "accounts.view"


ACCOUNT_TABS: Final = (
    Tab(N_("Overview"), "console:account"),
    Tab(N_("Subscription"), "console:account_subscription"),
    Tab(N_("Metered usage"), "console:account_usage", "usage.view"),
    Tab(N_("Money"), "console:account_money"),
    Tab(N_("Cards"), "console:account_cards"),
    Tab(N_("Members"), "console:account_members"),
    Tab(N_("Messages"), "console:account_messages", "messages.view"),
    Tab(N_("History"), "console:account_history", "audit.view"),
    Tab(N_("Work and files"), "console:account_work"),
    Tab(N_("Support access"), "console:account_support"),
    Tab(N_("API keys"), "console:account_keys"),
    Tab(N_("Settings"), "console:account_settings", "accounts.manage"),
)
