"""What plans refuse, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence

from provider.kernel.errors import N_, Refusal

# --- Catalogue: what cannot be ---


class ChargeCodeBad(Refusal):
    code = "charge_code_bad"
    text = N_("A code has 1 to 64 small letters, digits, - and _, and is not “minimum”. Keep it short.")


class ChargeCodeTaken(Refusal):
    code = "charge_code_taken"
    status = 409
    text = N_("There is a charge “%(charge)s” in this version already. Choose another code.")


class MeterUnfit(Refusal):
    code = "meter_unfit"
    text = N_(
        "Tiers, packages and percentages count something: choose a meter. A fixed price counts nothing: choose none."
    )


class QuantityUnfit(Refusal):
    code = "quantity_unfit"
    text = N_("A price per unit has either a meter or a number of units that are sold with the plan, 0 or more.")


class ProrationUnfit(Refusal):
    code = "proration_unfit"
    text = N_("Only what lasts is charged by the day: fixed prices, units sold, and levels such as seats.")


class IntervalUnfit(Refusal):
    code = "interval_unfit"
    text = N_("A charge’s own interval divides the plan’s: each month or quarter of a year, for example.")


class AnchorDayUnfit(Refusal):
    code = "anchor_day_unfit"
    text = N_("A fixed day is a number from 1 to 31, for plans by the month; otherwise leave it empty.")


class TaxRateUnfit(Refusal):
    code = "tax_rate_unfit"
    text = N_("A tax rate is a percentage from 0 to 100. Leave it empty for the seller’s.")


class RateUnfit(Refusal):
    code = "rate_unfit"
    text = N_("A share is a percentage from 0 to 100.")


class NotAPrice(Refusal):
    code = "not_a_price"
    text = N_("Write the amount in digits with a point, such as 12.50; no letters, no exponent.")


class NegativePrice(Refusal):
    code = "negative_price"
    text = N_("A price is not below 0. To give something back, use a coupon or a credit note.")


class PriceTooFine(Refusal):
    code = "price_too_fine"
    text = N_("A price has at most %(most)s decimals. Shorten it.")


class PriceTooLarge(Refusal):
    code = "price_too_large"
    text = N_("This amount is too large. Check the number of zeros.")


class PackageTooSmall(Refusal):
    code = "package_too_small"
    text = N_("A package holds more than 0 units.")


class TiersOpen(Refusal):
    code = "tiers_open"
    text = N_("The last tier has no upper limit, so that every number of units has a price. Leave its “up to” empty.")


class TiersOverlap(Refusal):
    code = "tiers_overlap"
    text = N_("Tier %(tier)s must end above %(before)s, where the one before it ends. Only the last tier is open.")


class EventLimitsCrossed(Refusal):
    code = "event_limits_crossed"
    text = N_("The most per event is less than the least. Exchange them.")


class PhasesUnfit(Refusal):
    code = "phases_unfit"
    text = N_(
        "Only a fixed price has introductory prices. Each says how many days or months it lasts; the last one stays."
    )


class UnknownPlanCurrency(Refusal):
    code = "unknown_currency"
    text = N_("“%(currency)s” is not a currency offered here. Choose one from the list.")


# --- Catalogue: what is still missing ---


class CurrenciesMissing(Refusal):
    code = "currencies_missing"
    status = 409
    text = N_("No currency is chosen. Choose in which ones the plan is sold.")


class ChargesMissing(Refusal):
    code = "charges_missing"
    status = 409
    text = N_("The version has no charge. Add one; a free plan has a fixed price of 0.")


class PriceMissing(Refusal):
    code = "price_missing"
    status = 409
    members = ("charge", "currency")
    text = N_("“%(charge)s” has no price in %(currency)s. Give it one, or take the currency out.")


class StoriesFail(Refusal):
    code = "stories_fail"
    status = 409
    members = ("stories",)
    text = N_("These stories have not passed with this content: %(named)s. Run them, and mend the plan or the story.")


class StoryUnreadable(Refusal):
    code = "story_unreadable"
    field = "content"
    members = ("line",)
    text = N_("Line %(line)s: %(trouble)s Mend the line and save again.")


class StoryTitleTaken(Refusal):
    code = "story_title_taken"
    status = 409
    field = "content"
    text = N_("This plan has a story called “%(title)s” already. Change that one, or give this one another title.")


class StoryTooLong(Refusal):
    code = "story_too_long"
    field = "content"
    text = N_("A story kept with a plan has at most %(most)s characters. Cut it into several.")


class StoryCurrencyNotSold(Refusal):
    code = "story_currency_not_sold"
    status = 409
    text = N_("The plan is not sold in %(currency)s. Add the currency to its terms, or tell the story in another.")


class NobodyToReplay(Refusal):
    code = "nobody_to_replay"
    status = 409
    text = N_("This plan served nobody in that month. Choose another month, or the subscribers of another plan.")


class ReplayMonthOpen(Refusal):
    code = "replay_month_open"
    text = N_("That month is not over yet. Choose one that is past.")


class NothingToPlayWith(Refusal):
    code = "nothing_to_play_with"
    status = 409
    text = N_("There is no story to play, or no version to play it with. Keep a story with this plan first.")


class NothingNew(Refusal):
    code = "nothing_new"
    status = 409
    text = N_("This version says the same as version %(number)s. Change something, or throw the draft away.")


# --- Catalogue: plans and meters ---


class PlanCodeTaken(Refusal):
    code = "plan_code_taken"
    status = 409
    text = N_("There is a plan with the code “%(plan)s” already. Choose another code.")


class PlanCodeBad(Refusal):
    code = "plan_code_bad"
    text = N_("A code has 1 to 64 small letters, digits, - and _. It stays for good, so choose it well.")


class PlanNameMissing(Refusal):
    code = "plan_name_missing"
    text = N_("A plan needs an English name; in the other languages the English one is shown until there is one.")


class NotADraft(Refusal):
    code = "not_a_draft"
    status = 409
    text = N_("A published version never changes. Make a new draft from it, and publish that.")


class DraftExists(Refusal):
    code = "draft_exists"
    status = 409
    text = N_("This plan has a draft already, version %(number)s. Go on with it, or throw it away first.")


class MeterCodeTaken(Refusal):
    code = "meter_code_taken"
    status = 409
    text = N_("There is a meter with the code “%(meter)s” already. Choose another code.")


class MeterShapeUnfit(Refusal):
    code = "meter_shape_unfit"
    text = N_("Only sums and distinct items carry over to the next period. Choose one of them, or untick it.")


class MeterInUse(Refusal):
    code = "meter_in_use"
    status = 409
    text = N_("Plans or events stand on this meter: how it counts stays. Make another meter for another way to count.")


# --- Usage ---


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


# --- Subscriptions ---


class NotPriced(Refusal):
    code = "not_priced"
    members = ("charge", "currency")
    text = N_("“%(charge)s” has no price in %(currency)s. Choose another plan, or publish a version with that price.")


class VersionNotForSale(Refusal):
    code = "version_not_for_sale"
    status = 409
    text = N_("This plan is not for sale now. Choose one that is published.")


class StartsTooEarly(Refusal):
    code = "starts_too_early"
    text = N_(
        "A subscription cannot begin before its account was opened, on %(opened_on)s. Choose that day or a later one."
    )


class EndsTooEarly(Refusal):
    code = "ends_too_early"
    text = N_("The end must come after the start. Choose a later end, or leave it open.")


class SubscribedAlready(Refusal):
    code = "subscribed_already"
    status = 409
    text = N_("This account has such a subscription already. Change that one, or end it first.")


class SubscriptionStateForbids(Refusal):
    code = "subscription_state_forbids"
    status = 409
    text = N_("This cannot be done while the subscription is “%(status)s”. Reload the page to see what can be.")


class SamePlan(Refusal):
    code = "same_plan"
    text = N_("The subscription has this plan already. Choose another one.")


class NotSoldByUnits(Refusal):
    code = "not_sold_by_units"
    text = N_("“%(charge)s” is not sold by number in this plan. Choose one that is: %(known)s.")


class BadQuantity(Refusal):
    code = "bad_quantity"
    text = N_("A quantity is a number from 0 up, with at most 8 decimals.")


class ChangeInThePast(Refusal):
    code = "change_in_the_past"
    text = N_("A change happens now or later. Choose an instant that is still to come.")


class EndsEarlierAlready(Refusal):
    code = "ends_earlier_already"
    status = 409
    text = N_("The subscription ends before that already. Choose an earlier end, or withdraw what was planned first.")


class AnchorNeedsMonths(Refusal):
    code = "anchor_needs_months"
    text = N_("Only plans that are billed by months have a billing day. This one counts days from its start.")


class PaidBeyondAnchor(Refusal):
    code = "paid_beyond_anchor"
    status = 409
    text = N_("Something is billed up to %(until)s already. Let the new billing day begin at the end of the period.")


class TooManyForPlan(Refusal):
    code = "too_many_for_plan"
    status = 409
    members = ("feature", "used", "limit")
    text = N_(
        "%(used)s “%(feature)s” are in use, but this plan allows %(limit)s."
        " Take some away first, or choose a larger plan."
    )


class NothingToWithdraw(Refusal):
    code = "nothing_to_withdraw"
    status = 409
    text = N_("Nothing is planned for this subscription. Reload the page to see how it stands.")


class RenewFirst(Refusal):
    code = "renew_first"
    status = 409
    text = N_("This subscription is dormant. Redeem a card or buy a term: it goes on at once.")


class TermUsedAlready(Refusal):
    code = "term_used_already"
    status = 409
    text = N_("This term was added before. Nothing was changed.")


class TermWithoutValue(Refusal):
    code = "term_without_value"
    status = 409
    text = N_(
        "This card is of another plan and cannot be converted: this plan has no fixed price. Ask for a card of it."
    )


class PaidTimeWithoutValue(Refusal):
    code = "paid_time_without_value"
    status = 409
    text = N_(
        "Time is paid already, and one of the two plans has no fixed price by which it could be converted."
        " Change when the paid time ends."
    )


class PaidTimeTooShort(Refusal):
    code = "paid_time_too_short"
    status = 409
    text = N_(
        "What is left of the paid time is worth less than a day of this plan. Change when it ends, or renew first."
    )


class TermsFollow(Refusal):
    code = "terms_follow"
    status = 409
    text = N_("Other paid terms follow this one. Take back the last one first.")


class NothingToExtend(Refusal):
    code = "nothing_to_extend"
    status = 409
    text = N_("The account is active: no trial and no grace runs. Add a paid term if it is to last longer.")


class ExtendedTooLate(Refusal):
    code = "extended_too_late"
    status = 409
    text = N_("What has ended cannot be extended. Redeem a card or buy a term: the account wakes at once.")


class ExtensionNeedsReason(Refusal):
    code = "extension_needs_reason"
    text = N_("Say why in a few words; it stands in the history.")


class ExtendsNothing(Refusal):
    code = "extends_nothing"
    members = ("last_day",)
    text = N_("It lasts until %(last_day)s already. Choose a later day.")


class ExtendedTooFar(Refusal):
    code = "extended_too_far"
    members = ("last_day", "days")
    text = N_("That is more than %(days)s days from today. Choose a day until %(last_day)s; it can be extended again.")


class PaidAfterTrial(Refusal):
    code = "paid_after_trial"
    status = 409
    text = N_("A paid term begins when the trial ends, so a longer trial would be lost. A card adds days after it.")
