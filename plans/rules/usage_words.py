"""Words of usage: why nobody counts an event, and what each way of counting means."""

from __future__ import annotations

from typing import Final

from provider.kernel.errors import N_

WHYS: Final = {
    "no_subscription": N_("The account has no subscription"),
    "unknown_subscription": N_("It names a subscription that the account does not have"),
    "not_served": N_("No plan was active then"),
    "not_in_plan": N_("The plan does not count this meter"),
    "several_subscriptions": N_("Several subscriptions count it, and it names none"),
    "other_currency": N_("It is in another currency than the account is billed in"),
}
SOURCES: Final = {"crm": N_("CRM")}  # by which our own parts tell what was used
AGGREGATE_MEANINGS: Final = {
    "count": N_("Each event counts 1, whatever its value."),
    "sum": N_("The values of the events are added up; what is taken back is subtracted."),
    "max": N_("The highest value of the period counts."),
    "latest": N_("The value of the last event of the period counts."),
    "unique": N_("Each item counts once, however often it is named."),
}
