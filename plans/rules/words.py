"""What stored values are called where people read them."""

from __future__ import annotations

from typing import Final

from provider.kernel.errors import N_

ACCESS_STATES: Final = {
    "trial": N_("Trial"),
    "active": N_("Active"),
    "grace": N_("Grace"),
    "dormant": N_("Dormant"),
}

ACCESS_CAUSES: Final = {
    "not_begun": N_("It has not begun yet"),
    "trial": N_("The trial began"),
    "trial_ended": N_("The trial ended, and nothing was paid"),
    "subscribed": N_("The subscription runs"),
    "paid": N_("It was paid"),
    "paid_end": N_("What was paid has ended"),
    "not_paid": N_("Nothing was paid yet"),
    "not_renewed": N_("Grace has ended without a renewal"),
    "cancelled": N_("It was cancelled"),
    "paused": N_("It was paused"),
}

SUBSCRIPTION_STATES: Final = {
    "scheduled": N_("Begins later"),
    "active": N_("Running"),
    "paused": N_("Paused"),
    "ended": N_("Over"),
}

WAYS_TO_PAY: Final = {
    "on_terms": N_("By invoice"),
    "automatic": N_("Automatically"),
    "prepaid": N_("In advance, by card or online"),
}

STRETCH_CAUSES: Final = {
    "start": N_("Began"),
    "change": N_("Change of plan"),
    "resume": N_("Resumed"),
    "reactivate": N_("Taken up again"),
    "renewal": N_("Renewal"),
    "pause": N_("Pause"),
    "cancel": N_("Cancelled"),
    "end": N_("Agreed end"),
    "grace": N_("Grace began"),
    "dormant": N_("Went dormant"),
    "main": N_("Rests with the main subscription"),
    "main_end": N_("Ends with the main subscription"),
}
