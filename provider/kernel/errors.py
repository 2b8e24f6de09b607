"""Refusals: what was not done, with a code for machines and one sentence that says what to do.

A refusal keeps its text untranslated, with named placeholders; the door that answers words it for its reader with
`provider.kernel.wording.say`. So rules may raise one without knowing Django.
"""

from __future__ import annotations

from typing import ClassVar


def N_(text: str) -> str:  # noqa: N802 - the customary mark for a text that is translated later
    """Mark a text for translation and return it as it is."""
    return text


class Refusal(Exception):
    """Base of every refusal. Subclasses set `code` and `text`; `facts` fill the placeholders of the text.

    `field` names the form field or JSON member that is at fault, if one is. `status` is the HTTP answer of the API,
    and `members` are the facts that the API gives as members of their own, for machines to act on.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 422
    members: ClassVar[tuple[str, ...]] = ()
    text: ClassVar[str] = N_("This cannot be done. Nothing was changed.")

    def __init__(self, *, field: str = "", **facts: object) -> None:
        super().__init__(self.code)
        self.field = field
        self.facts = facts

    def __str__(self) -> str:
        return self.text % self.facts if self.facts else self.text


class NotFound(Refusal):
    """Absent and not yours are the same answer."""

    code = "not_found"
    status = 404
    text = N_("There is nothing here for you. Check the address, or ask whoever sent it to you.")


class NotAllowed(Refusal):
    code = "not_allowed"
    status = 403
    text = N_("Your role does not allow this. Ask an owner of the account.")


class StaleState(Refusal):
    """Somebody else moved the row between reading and writing."""

    code = "stale_state"
    status = 409
    text = N_("This was changed by someone else a moment ago. Reload the page and look again.")


class ForbiddenMove(Refusal):
    """The transition table has no such move."""

    code = "forbidden_move"
    status = 409
    text = N_("This cannot go from “%(now)s” to “%(to)s”.")


class FactsChanged(Refusal):
    """What a preview was computed from has moved; look at the new preview before acting."""

    code = "facts_changed"
    status = 409
    text = N_("Something changed since this preview was made. Look at the new preview and confirm again.")


class DayAhead(Refusal):
    """A report is of a day that has begun."""

    code = "day_ahead"
    text = N_("That day is still to come. Choose today or a day that is over.")


class TooMany(Refusal):
    code = "too_many_requests"
    status = 429
    members = ("seconds",)
    text = N_("Too many tries. Wait %(seconds)s seconds and try again.")


class Dormant(Refusal):
    """The account's service has ended for now; `renew_url` is the page on which it is renewed."""

    code = "dormant"
    status = 402
    members = ("renew_url",)
    text = N_("This account is dormant; nothing in it is lost. Renew it at %(renew_url)s and it goes on as it was.")


class Unavailable(Refusal):
    """A part that the product needs does not answer; the same request may be sent again."""

    code = "unavailable"
    status = 503
    members = ("seconds",)
    text = N_("A part of the service does not answer at the moment. Try again in %(seconds)s seconds.")
