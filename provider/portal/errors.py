"""What the subscribers' front room refuses, and what to do about it."""

from __future__ import annotations

from provider.kernel.errors import N_, Refusal


class PlanNotOffered(Refusal):
    """Somebody chose a plan that is not, or no longer, offered in their currency."""

    code = "plan_not_offered"
    status = 409
    text = N_("This plan is not offered in your currency. Choose one of those shown.")


class SubscribedAlready(Refusal):
    """A second first subscription."""

    code = "account_subscribed_already"
    status = 409
    text = N_("This account has a subscription already. Change its plan instead.")
