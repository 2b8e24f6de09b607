"""What is refused of usage."""

from __future__ import annotations

from collections.abc import Sequence

from provider.kernel.errors import N_, Refusal


class NoReasonGiven(Refusal):
    code = "usage_reason_missing"
    text = N_("Say why in a few words; it stands in the history.")


class UnknownMeter(Refusal):
    code = "unknown_meter"
    members = ("meter", "events")
    text = N_("There is no meter “%(meter)s”. Use one of: %(known)s. Nothing was recorded.")


class BadUsageSource(Refusal):
    code = "bad_usage_source"
    text = N_("Say who tells: a source of 1 to 120 visible characters, always the same for the same sender.")


class TooManyEvents(Refusal):
    code = "too_many_events"
    members = ("most",)
    text = N_("At most %(most)s events are taken at once. Send the rest in further batches.")


class BadEventId(Refusal):
    code = "bad_event_id"
    members = ("events",)
    text = N_("The id of an event has 1 to 120 visible characters. Mend %(named)s. Nothing was recorded.")


class BadEventValue(Refusal):
    code = "bad_event_value"
    members = ("events",)
    text = N_(
        "The value of an event is a number with at most 16 digits before the point and 8 after it."
        " Mend %(named)s. Nothing was recorded."
    )


class EventItemMissing(Refusal):
    code = "event_item_missing"
    members = ("events",)
    text = N_(
        "This meter counts distinct items: an event names its item, in at most 120 characters."
        " Mend %(named)s. Nothing was recorded."
    )


class EventRemovalUnfit(Refusal):
    code = "event_removal_unfit"
    members = ("events",)
    text = N_(
        "On a meter that keeps the highest or the latest value nothing can be taken back; send the right value."
        " Mend %(named)s. Nothing was recorded."
    )


class EventTooOld(Refusal):
    code = "event_too_old"
    members = ("events", "days")
    text = N_(
        "Usage is taken up to %(days)s days late. These happened earlier: %(named)s."
        " Bill them by hand if they are owed. Nothing was recorded."
    )


class EventAhead(Refusal):
    code = "event_ahead"
    members = ("events",)
    text = N_(
        "These events lie more than 5 minutes ahead: %(named)s."
        " Set the sender’s clock right and send them again. Nothing was recorded."
    )


class EventConflict(Refusal):
    code = "event_conflict"
    status = 409
    members = ("events",)
    text = N_(
        "Other content was recorded before under these ids: %(named)s."
        " Give what is new an id of its own. Nothing was recorded."
    )


class SourceReserved(Refusal):
    code = "usage_source_reserved"
    text = N_("The source “%(source)s” is our own. Name your system instead, such as “switch-1”.")


class UsageEventUnknown(Refusal):
    code = "usage_event_unknown"
    status = 404
    members = ("source", "event")
    text = N_(
        "No event “%(event)s” of the source “%(source)s” is counted for this account. Check both against what was told;"
        " what nobody counts is put aside in its inbox. Nothing was changed."
    )


class EventCorrected(Refusal):
    code = "event_corrected"
    status = 409
    text = N_("This event was taken back before. Tell what is right as a new event, with an id of its own.")


class EventIsCorrection(Refusal):
    code = "event_is_correction"
    status = 409
    text = N_("This is a correction itself and stays. Tell what is right as a new event, with an id of its own.")


class EventOfOwnCrm(Refusal):
    code = "event_of_own_crm"
    status = 409
    text = N_("Our own CRM counted this. Change it there, seats under members for example, and it is counted anew.")


class EventBilledAtOnce(Refusal):
    code = "event_billed_at_once"
    status = 409
    text = N_(
        "This was billed when it came, and its period still runs. Take it back when the period is over, or write a"
        " credit note for its line now."
    )


class BadUsageSpan(Refusal):
    code = "bad_usage_span"
    text = N_("Choose a first day and a later end, at most %(most)s days apart.")


class LimitReached(Refusal):
    code = "limit_reached"
    status = 409
    members = ("meter", "used", "limit", "account_id")
    text = N_(
        "The plan allows %(limit)s of “%(meter)s”, and this would make %(used)s. Take something away first, or choose a"
        " larger plan. Nothing was recorded."
    )


_MOST_LISTED = 100
_MOST_NAMED = 5


def naming(ids: Sequence[str]) -> dict[str, object]:
    """The facts of a refusal that names events: the first ones for people, up to 100 for machines."""
    named = ", ".join(f"“{event_id[:60]}”" for event_id in ids[:_MOST_NAMED])
    return {"events": list(ids[:_MOST_LISTED]), "named": f"{named}, …" if len(ids) > _MOST_NAMED else named}
