"""Sentences for what befalls a delivery."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from provider.kernel.errors import N_

STATUS_COLOURS: Final[Mapping[str, str]] = {
    "queued": "accent",
    "sent": "",
    "delivered": "ok",
    "bounced": "bad",
    "failed": "bad",
    "suppressed": "warn",
    "capped": "warn",
}

ERROR_NOTES: Final[Mapping[str, str]] = {
    "switched_off": N_("The reader switched such messages off."),
    "bounce": N_("The address is suppressed: an earlier message came back."),
    "complaint": N_("The address is suppressed: the reader marked a message as spam."),
    "opt_out": N_("The reader opted out."),
    "expired": N_("It could not be sent in time and was dropped."),
    "number_hour": N_("Too many SMS to this number within the hour."),
    "account_day": N_("The account has used up its SMS for the day."),
    "cost_day": N_("The day’s budget for SMS is used up."),
    "country": N_("SMS to this country are not allowed."),
    "no_route": N_("No gateway sends SMS to this number."),
    "no_template": N_("The gateway has no approved template for this message."),
    "no_text": N_("The text could not be made; the fault is in the log."),
    "no_connection": N_("The mail server could not be reached."),
    "no_answer": N_("The gateway did not answer."),
    "bounced": N_("The mail server sent it back."),
}
