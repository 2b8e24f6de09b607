"""What is refused of subscriptions, paid terms and access."""

from __future__ import annotations

from provider.kernel.errors import N_, Refusal


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


class RestsWithMain(Refusal):
    code = "rests_with_main"
    status = 409
    text = N_("The main subscription rests, and its add-ons rest with it. Resume or renew that one; they follow.")


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


class PriceNeedsReason(Refusal):
    code = "price_needs_reason"
    text = N_("Say why this price was agreed; it stands in the history.")


class PriceEndsTooEarly(Refusal):
    code = "price_ends_too_early"
    text = N_("The agreed price must hold for at least a day. Choose a later last day, or leave it open.")


class PriceOfBilledDays(Refusal):
    code = "price_of_billed_days"
    status = 409
    members = ("until",)
    text = N_("The days before %(until)s are billed already and keep their price. Choose that day or a later one.")


class PriceAgreedAlready(Refusal):
    code = "price_agreed_already"
    status = 409
    members = ("start_on",)
    text = N_("Another price is agreed for some of these days, from %(start_on)s on. End that one first.")


class PriceEndsAlready(Refusal):
    code = "price_ends_already"
    status = 409
    text = N_("The agreed price ends on %(end_on)s already. Choose an earlier day.")


class AgreedPriceBad(Refusal):
    code = "agreed_price_bad"
    text = N_("A price is a number from 0 up, with at most 8 decimals.")


class AgreedPriceUnfit(Refusal):
    code = "agreed_price_unfit"
    text = N_("“%(charge)s” is priced another way. Give the amounts that its plan has, each of them.")
