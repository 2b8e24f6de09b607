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
    "start": N_("The subscription began"),
    "trial": N_("The trial began"),
    "trial_end": N_("The trial ended"),
    "paid": N_("It was paid"),
    "paid_end": N_("What was paid has ended"),
    "grace_end": N_("Grace has ended"),
    "redemption": N_("A renewal card was redeemed"),
    "renewal": N_("It was renewed"),
    "resume": N_("It was resumed"),
    "reactivate": N_("It was taken up again"),
    "pause": N_("It was paused"),
    "cancel": N_("It was cancelled"),
    "end": N_("Its agreed end has come"),
    "change": N_("The plan was changed"),
    "extended": N_("It was extended"),
    "dunning": N_("An invoice stayed unpaid"),
    "unpaid": N_("An invoice stayed unpaid"),
}

SUBSCRIPTION_STATES: Final = {
    "scheduled": N_("Begins later"),
    "active": N_("Running"),
    "paused": N_("Paused"),
    "ended": N_("Ended"),
}

WAYS_TO_PAY: Final = {
    "on_terms": N_("By invoice"),
    "automatic": N_("Automatically"),
    "prepaid": N_("In advance, by card or online"),
}

STRETCH_CAUSES: Final = {
    "start": N_("Start"),
    "change": N_("Change of plan"),
    "resume": N_("Resumed"),
    "reactivate": N_("Taken up again"),
    "renewal": N_("Renewal"),
    "pause": N_("Pause"),
    "cancel": N_("Cancelled"),
    "end": N_("Agreed end"),
    "dormant": N_("Went dormant"),
}
