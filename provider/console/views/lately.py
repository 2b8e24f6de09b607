"""What happened lately, in a few lines: acts of one kind are one line that counts them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from provider.console.rules.verbs import verb_in_words
from provider.look import formats

LOOKED_AT: Final = 300  # rows of the history, for the few lines that tell of them

# How often something came, in words; what is missing here is said as the act and a number.
_COUNTED: Final[Mapping[str, Any]] = {
    "access.changed": ngettext_lazy("%(count)s change of access", "%(count)s changes of access", "n"),
    "account.created": ngettext_lazy("%(count)s account opened", "%(count)s accounts opened", "n"),
    "account.parked": ngettext_lazy("%(count)s account parked by billing", "%(count)s accounts parked by billing", "n"),
    "card.redeemed": ngettext_lazy("%(count)s card redeemed", "%(count)s cards redeemed", "n"),
    "cards.activated": ngettext_lazy("%(count)s sale of cards", "%(count)s sales of cards", "n"),
    "credit_note.issued": ngettext_lazy("%(count)s credit note issued", "%(count)s credit notes issued", "n"),
    "invoice.approved": ngettext_lazy("%(count)s invoice approved", "%(count)s invoices approved", "n"),
    "invoice.sent": ngettext_lazy("%(count)s invoice sent", "%(count)s invoices sent", "n"),
    "payment.declined": ngettext_lazy("%(count)s payment declined", "%(count)s payments declined", "n"),
    "payment.recorded": ngettext_lazy("%(count)s payment recorded", "%(count)s payments recorded", "n"),
    "sale.made": ngettext_lazy("%(count)s sale of cards", "%(count)s sales of cards", "n"),
    "subscription.start": ngettext_lazy("%(count)s subscription begun", "%(count)s subscriptions begun", "n"),
    "user.signed_in": ngettext_lazy("%(count)s sign-in", "%(count)s sign-ins", "n"),
}


@dataclass(slots=True, kw_only=True)
class Line:
    """One act, or several of one kind: the newest, how many, since when, and what they have in common."""

    row: Any
    since: datetime
    who: str
    account_name: str
    times: int = 1
    is_more: bool = False  # it may have come more often: the rows that were looked at end with it

    @property
    def at(self) -> datetime:
        return self.row.at  # type: ignore[no-any-return]

    @property
    def what(self) -> str:
        """What was done, and how often."""
        words = _(verb_in_words(self.row.verb))
        if self.times == 1:
            return words
        count = formats.number(self.times) + ("+" if self.is_more else "")
        if (counted := _COUNTED.get(self.row.verb)) is not None:
            return str(counted % {"n": self.times, "count": count})
        return _("%(what)s, %(count)s times") % {"what": words, "count": count}


def lately(rows: Sequence[Any], *, most: int) -> list[Line]:
    """What happened lately, each kind of act once, whoever did it and to whom. What somebody gave a reason for stands
    by itself; rows are the newest first, at most `LOOKED_AT`."""
    lines: dict[Any, Line] = {}
    last: Line | None = None
    for row in rows:
        key = row.id if row.reason or row.impersonation_id else row.verb
        who, name = row.who or "", row.account_name or ""
        last = lines.get(key)
        if last is None:
            last = lines[key] = Line(row=row, since=row.at, who=who, account_name=name)
            continue
        last.times, last.since = last.times + 1, row.at
        last.who = who if who == last.who else ""
        last.account_name = name if name == last.account_name else ""
    if last is not None and len(rows) >= LOOKED_AT and last.times > 1:
        last.is_more = True
    return list(lines.values())[:most]
