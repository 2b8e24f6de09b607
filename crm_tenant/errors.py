"""What the CRM refuses, and what to do instead."""

from __future__ import annotations

from provider.kernel.errors import N_, Refusal


class NoSeat(Refusal):
    code = "no_seat"
    status = 403
    text = N_("You have no seat in this CRM. Ask an owner or a manager of the account to give you one.")


class SeatsFull(Refusal):
    code = "seats_full"
    status = 409
    text = N_(
        "All %(limit)s seats of the plan are taken. A manager can take one away, or an owner choose a larger plan."
    )


class RecordsFull(Refusal):
    code = "records_full"
    status = 409
    text = N_(
        "The plan keeps at most %(limit)s customer records. Archive some that are not needed, or have an owner choose a"
        " larger plan."
    )


class OwnSeat(Refusal):
    code = "own_seat"
    status = 409
    text = N_("You cannot take your own seat away, as nobody would see the CRM then. Ask another manager to do it.")


class ExportRunsAlready(Refusal):
    code = "export_runs_already"
    status = 409
    text = N_("An export is being made already. Wait until it is ready; it is on the page of exports.")


class MissingName(Refusal):
    code = "record_name_missing"
    text = N_("Give it a name.")


class NotAnAmount(Refusal):
    code = "not_an_amount"
    text = N_("Write the amount in figures, such as 12000 or 12,000.50, not below zero.")


class UnknownCurrency(Refusal):
    code = "unknown_deal_currency"
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


class MergedWithItself(Refusal):
    code = "merged_with_itself"
    text = N_("These are the same record. Choose another one.")


class NotMergedAnyMore(Refusal):
    code = "not_merged_any_more"
    status = 409
    text = N_("“%(name)s” is not merged any more. Nothing was changed.")


class MergedOther(Refusal):
    code = "merged_on"
    status = 409
    text = N_("“%(name)s” was merged into another record since. Part those two first.")


class MergedAway(Refusal):
    code = "merged_away"
    status = 409
    text = N_("“%(name)s” was merged into another record. Take the merge back on its page.")


class RowBroken(Refusal):
    """A quotation mark that is never closed swallows the rest of the file."""

    code = "import_row_broken"
    text = N_("From row %(row)s on the file cannot be parted into cells: a quotation mark is not closed. Close it.")


class EmptyNote(Refusal):
    code = "empty_note"
    text = N_("Write something first.")


class FileNotReadable(Refusal):
    code = "file_not_readable"
    text = N_("This file cannot be read as text. Save it anew as CSV in UTF-8, GB18030 or Big5.")


class FileHasNoHeadings(Refusal):
    code = "file_has_no_headings"
    text = N_("The first line of the file must name its columns. Add the headings and choose it again.")


class TooManyRows(Refusal):
    code = "import_too_many_rows"
    text = N_("The file has more than %(most)s rows. Part it into several files.")


class ColumnsMissing(Refusal):
    code = "columns_missing"
    text = N_("“%(file)s” has no column for: %(fields)s. Choose one, or leave the file out.")


class NothingToImport(Refusal):
    code = "nothing_to_import"
    text = N_("There is no file in this import. Choose one first.")


class ImportIsOver(Refusal):
    code = "import_is_over"
    status = 409
    text = N_("This import has been started already. Reload the page to see how it stands.")


class ImportStillRuns(Refusal):
    code = "import_still_runs"
    status = 409
    text = N_("This import is still running. Cancel it first, or wait until it has ended.")
