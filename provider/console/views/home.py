"""The operators' home, and the one search box."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from invoices.queries.approvals import waiting_now
from invoices.queries.runs import parked_now
from plans.queries.renewals import Week, renewals_by_week
from prepaid_cards.models import ReportStatus
from prepaid_cards.queries.reports import reports
from provider.console import queries
from provider.console.queries.numbers import Found, by_number
from provider.console.queries.search import SEARCH_LIMIT
from provider.console.queries.search import search as search_accounts
from provider.console.views.lately import LOOKED_AT, lately
from provider.console.views.renewals import KINDS
from provider.kernel import clock, jobs
from provider.kernel.doors import actor_of, allow
from provider.look import formats
from provider.look.charts import Chart, Series

SUGGESTIONS = 8
RECENT = 8


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of thing that waits for a person."""

    need: queries.Need
    icon: str
    what: str
    why: str
    href: str
    is_bad: bool = True


@allow("console.view")
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What needs a hand?"""
    at = clock.now()
    weeks = queries.new_accounts_by_week(at=at)
    opened = sum(count for _start, count in weeks)
    context: dict[str, Any] = {
        "now": at,
        "needs": [row for row in _needs(at, user_id=actor_of(request).user_id) if row.need.count],
        "jobs": [(job, jobs.title_of(job)) for job in queries.running_jobs()[:3]],
        "opened": ngettext(
            "%(count)s account opened in eight weeks", "%(count)s accounts opened in eight weeks", opened
        )
        % {"count": formats.number(opened)},
        "chart": Chart(
            x=[start.date() for start, _count in weeks],
            series=[Series(_("Accounts opened"), [count for _start, count in weeks])],
            x_label=_("Week from"),
            kind="bars",
            hrefs=[_week_href(start) for start, _count in weeks],
        ),
        **_renewals(at),
        "recent": lately(list(queries.audit()[:LOOKED_AT]), most=RECENT),
    }
    return render(request, "console/home.html", context)


def _week_href(start: datetime) -> str:
    last = start.date() + timedelta(days=6)
    return f"/operator/accounts/?created_at_from={start.date()}&created_at_to={last}"


def _renewals(at: datetime) -> dict[str, Any]:
    """Whose time ends in the coming weeks, by what ends."""
    weeks = renewals_by_week(at=timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0))
    count = sum(week.count for week in weeks)
    return {
        "ending": ngettext("%(count)s account ends by %(day)s", "%(count)s accounts end by %(day)s", count)
        % {"count": formats.number(count), "day": formats.day(_last_day(weeks[-1]), style="brief")},
        "kinds": list(KINDS.values()),
        "weeks": [(week, timezone.localdate(week.from_at), _last_day(week), _row(week)) for week in weeks],
        "ends": count,
        "totals": [sum(week.counts[kind] for week in weeks) for kind in KINDS],
    }


def _last_day(week: Week) -> date:
    return timezone.localdate(week.until_at) - timedelta(days=1)


def _row(week: Week) -> list[int]:
    return [week.counts[kind] for kind in KINDS]


def _needs(at: datetime, *, user_id: UUID | None) -> list[Row]:
    waiting = queries.needs(
        {
            "batches": (queries.batches_to_approve(user_id=user_id), "ordered_at"),
            "exports": (queries.exports_to_approve(user_id=user_id), "requested_at"),
            "parked": (parked_now(), "parked_at"),
            "to_approve": (waiting_now(), "since_at"),
            "owed": (queries.refunds_owed(), "made_at"),
            "under_way": (queries.refunds_waiting(), "made_at"),
            "reported": (reports().filter(status=ReportStatus.OPEN), "created_at"),
            "stuck": (queries.stuck_events(), "at"),
            "failed": (queries.failed_jobs(), "queued_at"),
            "lost": (queries.failed_deliveries(at=at), "created_at"),
            "expired": (queries.expired_invitations(at=at), "expires_at"),
            "weak": (queries.staff_without_second_factor(), "joined_at"),
            "empty": (queries.accounts_without_members(), "created_at"),
        }
    )
    return [*_money_needs(waiting), *_card_needs(waiting), *_other_needs(waiting)]


def _other_needs(waiting: Mapping[str, queries.Need]) -> list[Row]:
    stuck, failed, lost = waiting["stuck"], waiting["failed"], waiting["lost"]
    reported, expired, weak, empty = waiting["reported"], waiting["expired"], waiting["weak"], waiting["empty"]
    return [
        Row(
            reported, icon="message-circle-warning",
            what=ngettext("card is not taken", "cards are not taken", reported.count),
            why=_("Their holders reported them. Look at the receipt, then answer."),
            href="/operator/cards/reports/?status=open", is_bad=False,
        ),
        Row(
            stuck, icon="unplug", what=ngettext("event is stuck", "events are stuck", stuck.count),
            why=_("Something that happened could not be carried on. Nothing is lost."),
            href="/operator/outbox/",
        ),
        Row(
            failed, icon="circle-x", what=ngettext("job failed", "jobs failed", failed.count),
            why=_("Long work stopped and waits to be tried again."),
            href="/jobs/?status=failed",
        ),
        Row(
            lost, icon="mail-warning", what=ngettext("message did not arrive", "messages did not arrive", lost.count),
            why=_("The other side refused it, or it could not be sent. Correct the address or send it again."),
            href="/messages/?status=failed&status=bounced",
        ),
        Row(
            expired, icon="mail-x", what=ngettext("invitation expired", "invitations expired", expired.count),
            why=_("Not accepted in time. Send again, or withdraw."),
            href="/operator/invitations/", is_bad=False,
        ),
        Row(
            weak, icon="shield-alert",
            what=ngettext("colleague without a second factor", "colleagues without a second factor", weak.count),
            why=_("A stolen password would open every account to a stranger."),
            href="/team/", is_bad=False,
        ),
        Row(
            empty, icon="user-x", what=ngettext("account without people", "accounts without people", empty.count),
            why=_("Nobody can sign in there, and nobody is invited."),
            href="/operator/accounts/?people=none", is_bad=False,
        ),
    ]  # fmt: skip


def _card_needs(waiting: Mapping[str, queries.Need]) -> list[Row]:
    """What a second person has to say yes to."""
    batches, exports = waiting["batches"], waiting["exports"]
    return [
        Row(
            batches, icon="credit-card",
            what=ngettext("batch of cards waits for approval", "batches of cards wait for approval", batches.count),
            why=_("A colleague ordered cards; they are made when a second person agrees."),
            href=f"{reverse('prepaid_cards:batches')}?status=draft", is_bad=False,
        ),
        Row(
            exports, icon="printer",
            what=ngettext("printer’s file waits for approval", "printer’s files wait for approval", exports.count),
            why=_("A colleague asked for the secrets of a batch; nobody fetches them before a second person agrees."),
            href=f"{reverse('prepaid_cards:batches')}?status=generated", is_bad=False,
        ),
    ]  # fmt: skip


def _money_needs(waiting: Mapping[str, queries.Need]) -> list[Row]:
    """What keeps money from being asked for, or from going back."""
    parked, held = waiting["parked"], waiting["to_approve"]
    owed, waits = waiting["owed"], waiting["under_way"]
    return [
        Row(
            parked, icon="circle-alert",
            what=ngettext("account cannot be billed", "accounts cannot be billed", parked.count),
            why=_("Billing parked them with their reason; nothing is asked of them until they are billed again."),
            href=reverse("invoices:parked"),
        ),
        Row(
            held, icon="stamp", what=ngettext("invoice to approve", "invoices to approve", held.count),
            why=_("A rule has them looked at before they are sent; nothing is asked for until then."),
            href=reverse("invoices:approvals"), is_bad=False,
        ),
        Row(
            owed, icon="undo-2", what=ngettext("refund is owed", "refunds are owed", owed.count),
            why=_("Credit notes promise money back that has not gone out yet."),
            href=f"{reverse('invoices:credit_notes')}?refund=owed", is_bad=False,
        ),
        Row(
            waits, icon="hourglass", what=ngettext("refund is under way", "refunds are under way", waits.count),
            why=_("The card company was asked and has not confirmed it yet. Ask again on the credit note’s page."),
            href=f"{reverse('invoices:credit_notes')}?refund=waiting", is_bad=False,
        ),
    ]  # fmt: skip


@allow("accounts.view")
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Which account, card or invoice is meant? With one hit, straight there."""
    words = request.GET.get("q", "")[:200]
    found, hits = _numbers(words), search_accounts(words)
    targets = [place.href for place in found] or [reverse("console:account", args=[hit.account.id]) for hit in hits]
    if len(targets) == 1 and request.GET.get("go"):
        return redirect(targets[0])
    context = {"words": words, "found": found, "hits": hits, "count": len(found) + len(hits), "limit": SEARCH_LIMIT}
    return render(request, "console/search.html", context)


@allow("accounts.view")
@require_safe
def suggest(request: HttpRequest) -> HttpResponse:
    """The first hits while somebody types."""
    words = request.GET.get("q", "")[:200]
    is_enough = len(words.strip()) > 1
    found = _numbers(words) if is_enough else []
    hits = search_accounts(words, limit=SUGGESTIONS - len(found)) if is_enough else []
    return render(request, "console/parts/suggestions.html", {"words": words, "found": found, "hits": hits})


@dataclass(frozen=True, slots=True)
class Place:
    """A card or an invoice that was found by its number, and where it is looked at."""

    found: Found
    what: str
    href: str


def _numbers(words: str) -> list[Place]:
    return [_place(one) for one in by_number(words)]


def _place(one: Found) -> Place:
    if one.kind == "card":
        return Place(one, _("Renewal card"), reverse("prepaid_cards:serial", args=[one.text]))
    return Place(one, _("Invoice"), reverse("invoices:invoice", args=[one.id]))
