"""What exchanging points for prepaid money refuses."""

from __future__ import annotations

from typing import ClassVar

from provider.kernel.errors import N_, Refusal


class PointsNotExchanged(Refusal):
    """The provider has set no rate for the account's currency."""

    code: ClassVar[str] = "points_not_exchanged"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_("Points cannot be exchanged at the moment. They stay; look again later, or ask us.")


class PointsNotWhole(Refusal):
    """Points are exchanged in whole steps, so that no part of a minor unit is lost."""

    code: ClassVar[str] = "points_not_whole_steps"
    members: ClassVar[tuple[str, ...]] = ("step",)
    text: ClassVar[str] = N_("Points are exchanged in steps of %(step)s. Choose a multiple of it.")


class TooFewPoints(Refusal):
    """More than there are, perhaps because somebody else has just exchanged some."""

    code: ClassVar[str] = "points_too_few"
    status: ClassVar[int] = 409
    members: ClassVar[tuple[str, ...]] = ("left",)
    text: ClassVar[str] = N_("There are %(left)s points left. Choose as many or fewer.")


class RateIncomplete(Refusal):
    """A rate is of points for money, and somebody decided it."""

    code: ClassVar[str] = "point_rate_incomplete"
    text: ClassVar[str] = N_("Write how many points become how much money, and why. An amount of 0 ends the offer.")
