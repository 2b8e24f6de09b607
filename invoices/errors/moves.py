"""What is refused of moving subscribers to another version."""

from __future__ import annotations

from typing import ClassVar

from provider.kernel.errors import N_, Refusal


class NobodyToMove(Refusal):
    """The chosen versions serve nobody any more."""

    code: ClassVar[str] = "nobody_to_move"
    text: ClassVar[str] = N_("Nobody has these versions any more. Choose versions that still have subscribers.")


class MoveDayPast(Refusal):
    """Whoever is to move on a day knows it before."""

    code: ClassVar[str] = "move_day_past"
    text: ClassVar[str] = N_("Choose a day that is still to come, or have them move now.")


class MoveNotSeen(Refusal):
    """Nobody is moved before it is known what it costs them."""

    code: ClassVar[str] = "move_not_seen"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_("Not everybody has been looked at yet. Wait for the end, then confirm.")


class MoveConfirmedAlready(Refusal):
    """A look is confirmed once."""

    code: ClassVar[str] = "move_confirmed_already"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_("This move was confirmed before. For whoever was left, look again.")


class NobodyChosen(Refusal):
    """Among the chosen ones nobody can be moved."""

    code: ClassVar[str] = "nobody_chosen"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_("None of those chosen can be moved. Choose others, or change when they move.")


class MoveNeedsReason(Refusal):
    """Each subscriber's history says why."""

    code: ClassVar[str] = "move_needs_reason"
    text: ClassVar[str] = N_("Say why they move: it stands in the history of each, and they may read it.")


class RestsNow(Refusal):
    """A paused or sleeping subscription keeps its version."""

    code: ClassVar[str] = "rests_now"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_("The subscription rests. It can move once it goes on.")


class NotBegunYet(Refusal):
    """It starts on a day to come."""

    code: ClassVar[str] = "not_begun_yet"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_("The subscription has not begun yet. It can move from its first day on.")


class EndsBeforeMove(Refusal):
    """Moving would take back an end that was chosen."""

    code: ClassVar[str] = "ends_before_move"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_(
        "The subscription ends on %(ends_on)s, and that stays. Take the end back first to move it."
    )


class OtherChangePlanned(Refusal):
    """Moving would take back a change that was chosen."""

    code: ClassVar[str] = "other_change_planned"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_(
        "A change of plan is planned for %(due_on)s already, and that stays. Take it back first to move it."
    )


class MoveFailed(Refusal):
    """The program failed on one subscriber; the others go on."""

    code: ClassVar[str] = "move_failed"
    status: ClassVar[int] = 500
    text: ClassVar[str] = N_(
        "The program failed on this subscription (%(trouble)s). Tell whoever runs the installation."
    )
