"""What the CRM refuses, and what to do instead."""

from __future__ import annotations

from provider.kernel.errors import N_, Refusal


class NoWorkspace(Refusal):
    code = "no_workspace"
    status = 402
    text = N_("This account has no CRM yet. Choose a plan or begin a free trial; it opens at once.")


class NoSeat(Refusal):
    code = "no_seat"
    status = 403
    text = N_("You have no seat in this CRM. Ask an owner or a manager of the account to give you one.")


class MissingName(Refusal):
    code = "missing_name"
    text = N_("Give it a name.")


class NotAnAmount(Refusal):
    code = "not_an_amount"
    text = N_("Write the amount in figures, such as 12000 or 12,000.50, not below zero.")


class UnknownCurrency(Refusal):
    code = "unknown_currency"
    text = N_("“%(currency)s” is no currency that is known here. Write three letters, such as CNY.")


class NoPhone(Refusal):
    code = "not_a_phone"
    text = N_("“%(phone)s” is no telephone number. Write digits, with + and the country first if it is abroad.")


class NoEmail(Refusal):
    code = "not_an_email"
    text = N_("“%(email)s” is no e-mail address. Write it as name@company.com.")


class LostNeedsReason(Refusal):
    code = "lost_needs_reason"
    text = N_("Say why the deal was lost; it helps to win the next one.")


class AlreadyThere(Refusal):
    code = "already_there"
    status = 409
    text = N_("The deal stands there already. Nothing was changed.")


class OwnParent(Refusal):
    code = "own_parent"
    text = N_("A company cannot belong to itself, or to one that belongs to it. Choose another one.")


class DueMissing(Refusal):
    code = "due_missing"
    text = N_("Say by when: choose a day.")


class ArchivedRecord(Refusal):
    code = "archived_record"
    status = 409
    text = N_("“%(name)s” has been put away. Bring it back first.")


class StaleRecord(Refusal):
    """The form was opened before somebody else saved."""

    code = "stale_record"
    status = 409
    text = N_("“%(name)s” was changed by someone else after you opened it. Nothing was saved; look at it again.")


class EmptyNote(Refusal):
    code = "empty_note"
    text = N_("Write something first.")
