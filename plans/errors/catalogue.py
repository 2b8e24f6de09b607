"""What the catalogue of plans, meters and stories refuses."""

from __future__ import annotations

from provider.kernel.errors import N_, Refusal


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


class ChargeMeterUnknown(Refusal):
    code = "charge_meter_unknown"
    members = ("meter",)
    text = N_("There is no meter “%(meter)s” to charge by. Use one of: %(known)s.")


class QuantityUnfit(Refusal):
    code = "quantity_unfit"
    text = N_("A price per unit has either a meter or a number of units that are sold with the plan, 0 or more.")


class ProrationUnfit(Refusal):
    code = "proration_unfit"
    text = N_("Only what lasts is charged by the day: fixed prices, units sold, and levels such as seats.")


class FreeInTrialUnfit(Refusal):
    code = "free_in_trial_unfit"
    text = N_("What is charged once is due at the start, in a trial too. Take the mark away, or charge it by period.")


class IntervalUnfit(Refusal):
    code = "interval_unfit"
    text = N_("A charge’s own interval divides the plan’s: each month or quarter of a year, for example.")


class IntervalUnclear(Refusal):
    code = "interval_unclear"
    text = N_("A time is so many months or so many days. Give one of the two, more than 0.")


class AnchorDayUnfit(Refusal):
    code = "anchor_day_unfit"
    text = N_("A fixed day is a number from 1 to 31, for plans by the month; otherwise leave it empty.")


class TaxRateUnfit(Refusal):
    code = "tax_rate_unfit"
    text = N_("A tax rate is a percentage from 0 to 100 with at most 4 decimals. Leave it empty for the seller’s.")


class ShareInAdvance(Refusal):
    code = "share_in_advance"
    text = N_("A share of sales is billed in arrears, when it is known which deals stayed won. Choose “in arrears”.")


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


class PriceMemberUnfit(Refusal):
    code = "price_member_unfit"
    text = N_("This kind of price has no “%(member)s”. Leave it out, or choose another kind.")


class DiffersByCurrency(Refusal):
    code = "differs_by_currency"
    members = ("charge",)
    text = N_(
        "The charge “%(charge)s” counts otherwise in %(second)s than in %(first)s. The bounds of tiers, the size of a "
        "package, free units and events, a share in percent and how long a price lasts are the same in every "
        "currency; only amounts differ. Open this charge, choose one way for all currencies, and save it."
    )


class ChargeGone(Refusal):
    """Somebody else took it out of the draft while it was edited."""

    code = "charge_gone"
    status = 409
    members = ("charge",)
    text = N_(
        "The charge “%(charge)s” is no longer in this draft: a colleague has removed it meanwhile, so nothing was "
        "saved. If it is still wanted, add it as a new charge; else leave the draft as it is."
    )


class CurrencyNotSold(Refusal):
    code = "currency_not_sold"
    members = ("currency",)
    text = N_("The version is not sold in %(currency)s. Add the currency to its terms first, or leave it out here.")


class UnknownPlanCurrency(Refusal):
    code = "unknown_currency"
    text = N_("“%(currency)s” is not a currency offered here. Choose one from the list.")


# --- What is still missing ---


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


class NobodyInGroup(Refusal):
    code = "nobody_in_group"
    status = 409
    text = N_("Nobody whom this plan served in that month fits all that you chose. Leave something out, or change it.")


class AccountsNotServed(Refusal):
    code = "accounts_not_served"
    field = "accounts"
    members = ("names",)
    text = N_("The plan served nobody of this name in that month: %(names)s. Correct these lines or take them out.")


class AccountsUnclear(Refusal):
    code = "accounts_unclear"
    field = "accounts"
    members = ("names",)
    text = N_("Several subscribers fit: %(names)s. Write their e-mail address or id instead.")


class TooManyNamed(Refusal):
    code = "too_many_named"
    field = "accounts"
    text = N_("At most %(most)s accounts can be named. Name fewer, or choose the group by what they have in common.")


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


# --- Plans and meters ---


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
