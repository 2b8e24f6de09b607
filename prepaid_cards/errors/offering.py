"""What promotions and the books of cards refuse."""

from __future__ import annotations

from provider.kernel.errors import N_, Refusal

# --- Promotions ---


class CampaignWindow(Refusal):
    code = "campaign_window_invalid"
    text = N_("A promotion ends after it begins. Choose a last day that is not before the first one.")


class CampaignOver(Refusal):
    code = "campaign_over"
    status = 409
    text = N_("This promotion's last day is over. Make a new one with days that are still to come.")


class CampaignBonus(Refusal):
    code = "campaign_bonus_invalid"
    text = N_("A bonus of this kind is from 1 to %(most)s. Write a whole number.")


class NobodyChosen(Refusal):
    code = "win_back_nobody_chosen"
    text = N_("Nobody was chosen. Tick accounts in the list, then make the offer.")


class TooManyChosen(Refusal):
    code = "win_back_too_many"
    text = N_("At most %(most)s accounts are written to at once. Narrow the list.")


class RoundSentAlready(Refusal):
    code = "win_back_sent_already"
    status = 409
    text = N_("These offers were sent before. Choose accounts again to write once more.")


class CampaignNotForThem(Refusal):
    code = "win_back_campaign_unfit"
    text = N_("This promotion does not run, or nobody who comes back would get it. Choose another one.")


class OfferWithoutWords(Refusal):
    code = "win_back_without_words"
    text = N_("Choose a promotion or write a few words: the letter has to offer something.")


class CampaignBudget(Refusal):
    code = "campaign_budget_invalid"
    text = N_("A budget is above nothing. Leave it out where there is no limit.")


class CampaignStoreOfAnother(Refusal):
    code = "campaign_store_of_another"
    text = N_(
        "The store “%(store)s” is of a reseller that is not chosen under “Sold by”. Choose it there too, or leave that "
        "list empty."
    )
