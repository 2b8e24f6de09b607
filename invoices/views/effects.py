"""What an act would do, in words and figures: the documents that it makes, the days that it moves, who is affected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from invoices.documents.previews import Previewed, previewed
from invoices.operations.extending import Extended
from invoices.operations.subscriptions import NewSubscription, Outcome
from invoices.queries.accounts import credit_to_use
from plans.queries.standing import Served, period_end_of, subscriptions_of
from plans.queries.terms import sold_version
from plans.rules.catalogue.naming import in_language
from provider.kernel.clock import first_instant, local_day
from provider.kernel.money import Money
from provider.look import formats


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A preview as its page shows it."""

    fingerprint: str
    documents: list[Previewed]
    due: Money
    credit: Money
    refund: Money
    used: Money  # of credit and prepaid money, by the invoices that are made
    credit_left: Money  # afterwards
    effects: list[str]

    @property
    def is_free(self) -> bool:
        """Whether nothing is charged and nothing given back."""
        return not (self.due.minor or self.credit.minor or self.refund.minor)


def seen_of(outcome: Outcome, *, act: str, served: Served, facts: Mapping[str, Any], at: datetime) -> Seen:
    """The preview of an act with what was chosen."""
    return _seen(outcome, effects=list(_effects(outcome, act=act, served=served, facts=facts, at=at)), at=at)


def seen_of_start(outcome: Outcome, *, wish: NewSubscription, plan: str, at: datetime) -> Seen:
    """The preview of a subscription that begins."""
    return _seen(outcome, effects=list(_of_start(outcome, wish=wish, plan=plan)), at=at)


def _of_start(outcome: Outcome, *, wish: NewSubscription, plan: str) -> Iterator[str]:
    row = outcome.subscription
    zone = ZoneInfo(row.time_zone)
    yield _("From %(day)s on the plan is %(plan)s.") % {"day": formats.day(row.first_on), "plan": plan}
    if wish.ends_at is not None:
        last = local_day(at=wish.ends_at, zone=zone) - timedelta(days=1)
        yield _("The last day that is served is %(last)s.") % {"last": formats.day(last)}
    if row.is_main and row.pays == "prepaid":
        yield _("Nothing is billed: it is paid by renewal cards or terms bought online.")
    if row.is_main:
        yield _("The account’s access follows it.")
    else:
        yield _("It is an add-on beside the main subscription.")
    if outcome.next_due_at is not None:
        day = local_day(at=outcome.next_due_at, zone=zone)
        yield _("The next work on it is due on %(day)s.") % {"day": formats.day(day)}


def _seen(outcome: Outcome, *, effects: list[str], at: datetime) -> Seen:
    currency = outcome.subscription.currency

    def total(name: str) -> Money:
        return Money(sum(getattr(document, name) for document in outcome.documents), currency)

    used = total("credit_applied_minor") + total("balance_applied_minor")
    owned = credit_to_use(account_id=outcome.subscription.account_id, at=at)
    kept = next((credit for credit in owned if credit.currency == currency), Money(0, currency))
    return Seen(
        fingerprint=outcome.fingerprint,
        documents=previewed(outcome.documents, currency=currency),
        due=total("due_minor"),
        credit=total("credit_minor"),
        refund=total("refund_minor"),
        used=used,
        credit_left=kept + total("credit_minor") - used,
        effects=effects,
    )


def _effects(outcome: Outcome, *, act: str, served: Served, facts: Mapping[str, Any], at: datetime) -> Iterator[str]:
    """What it means, the nearest first."""
    row = served.row
    zone = ZoneInfo(row.time_zone)
    starts = _start(facts.get("when", "now"), served=served, at=at)
    day = local_day(at=starts, zone=zone)
    words = {"day": formats.day(day), "last": formats.day(day - timedelta(days=1)), "is_now": starts <= at}
    if isinstance(outcome, Extended):
        yield from _of_longer(outcome, zone=zone)
    yield from _of_act(act, served=served, facts=facts, words=words)
    old, new = row.paid_until, outcome.subscription.paid_until
    if old and new and old != new:
        named = {"old": _until(old, zone=zone), "new": _until(new, zone=zone)}
        yield _("Paid until %(new)s, instead of %(old)s.") % named
    elif old and old > at and act in ("pause", "cancel"):
        yield _("The paid time runs on until %(day)s; it is not given back.") % {"day": _until(old, zone=zone)}


def _start(when: str | datetime, *, served: Served, at: datetime) -> datetime:
    if isinstance(when, datetime):
        return when
    if when == "now":
        return at
    zone = ZoneInfo(served.row.time_zone)
    return first_instant(day=period_end_of(served.row, at=at), zone=zone)


def _until(instant: datetime, *, zone: ZoneInfo) -> str:
    return formats.paid_until(local_day(at=instant, zone=zone))


def _of_act(act: str, *, served: Served, facts: Mapping[str, Any], words: Mapping[str, Any]) -> Iterator[str]:
    if act == "plan":
        yield from _of_plan(served, facts=facts, words=words)
    elif act == "quantity":
        facts_said = {"day": words["day"], "number": formats.number(Decimal(facts["quantity"]).normalize())}
        yield _("From %(day)s on, the number is %(number)s.") % facts_said
    elif act == "anchor":
        yield _("From %(day)s on, periods begin on day %(number)s of the month.") % {**words, "number": facts["day"]}
    elif act == "pause":
        yield _("Nothing is served and nothing is billed until it is resumed.")
        if served.row.is_main:
            yield _("The account goes to sleep at once. Everything is kept as it is.")
            yield from _of_addons(served, resting=True)
    elif act in ("resume", "reactivate"):
        yield _("It is served and billed again from today on.")
        if served.row.is_main:
            yield _("The CRM opens again within seconds, as it was left.")
    elif act == "withdraw":
        yield _("What was chosen for later does not happen. The subscription goes on as it is.")
    elif act == "cancel":
        yield from _of_cancel(served, words=words)


def _of_longer(outcome: Extended, *, zone: ZoneInfo) -> Iterator[str]:
    named = {"old": _until(outcome.old_ends_at, zone=zone), "new": _until(outcome.ends_at, zone=zone)}
    if outcome.state == "trial":
        yield _("The trial lasts until %(new)s, instead of %(old)s.") % named
        yield _("What is free in the trial is free for these days too.")
    else:
        yield _("The grace lasts until %(new)s, instead of %(old)s.") % named
        yield _("Everything goes on working until then, and nothing is charged for these days.")
    yield _("The customer sees the new day at once.")


def _of_plan(served: Served, *, facts: Mapping[str, Any], words: Mapping[str, Any]) -> Iterator[str]:
    language = get_language() or "en"
    terms = sold_version(version_id=facts["version_id"], currency=served.row.currency)
    named = {"plan": in_language(terms.names, language), **words}
    if words["is_now"]:
        yield _("From today on the plan is %(plan)s.") % named
    else:
        yield _("On %(day)s the plan changes to %(plan)s. Until then nothing changes.") % named


def _of_cancel(served: Served, *, words: Mapping[str, Any]) -> Iterator[str]:
    if words["is_now"]:
        yield _("It ends now.")
    else:
        yield _("The last day that is served is %(last)s.") % words
    if served.row.is_main:
        yield from _of_addons(served, resting=False)
        yield _("Then the account sleeps. Nothing is deleted, and it can be taken up again at any time.")


def _of_addons(served: Served, *, resting: bool) -> Iterator[str]:
    """What becomes of the add-ons of a main subscription."""
    count = sum(1 for one in subscriptions_of(account_id=served.row.account_id) if one.status != "ended") - 1
    if count < 1:
        return
    if resting:
        yield ngettext("%(count)s add-on rests with it.", "%(count)s add-ons rest with it.", count) % {"count": count}
    else:
        yield ngettext("%(count)s add-on ends with it.", "%(count)s add-ons end with it.", count) % {"count": count}
