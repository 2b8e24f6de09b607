"""Billing runs for the provider's people: what was billed when, starting one, trying one, and who is parked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.views.decorators.http import require_POST, require_safe

from invoices.errors import NothingDue, NothingParked
from invoices.models import BillingRun, ParkedAccount
from invoices.operations import run_jobs
from invoices.operations.runs import retry_parked
from invoices.queries import runs as queries
from invoices.queries.approvals import waiting_now, waiting_of_run
from provider.kernel import clock, jobs
from provider.kernel.doors import actor_of, allow
from provider.kernel.errors import N_
from provider.kernel.wording import say
from provider.look import formats, toasts
from provider.look.tables import Badge, BulkAct, Choice, Column, Dates, Table

from .operators import require_provider

CAUSES = [
    ("schedule", gettext_lazy("On schedule")),
    ("operator", gettext_lazy("By a colleague")),
    ("command", gettext_lazy("By command")),
]
_WORTH_SAYING: Final = timedelta(seconds=1)
_ENDS = {
    "done": (N_("Done"), "ok"),
    "cancelled": (N_("Cancelled"), "warn"),
    "failed": (N_("Failed"), "bad"),
}


def state_of(run: BillingRun) -> Badge:
    """How a run stands, in a word."""
    if run.ended_at is None:
        return Badge(_("Under way"), "accent")
    if run.outcome == "done" and run.is_dry:
        return Badge(_("Dry run"), "")
    word, kind = _ENDS.get(run.outcome, _ENDS["done"])
    return Badge(_(word), kind)


def _money(run: BillingRun) -> str:
    return " · ".join(formats.money(total) for total in queries.totals_of(run))


def _took(run: BillingRun) -> str:
    took = None if run.ended_at is None else run.ended_at - run.started_at
    return "" if took is None or took < _WORTH_SAYING else formats.span(took)


def _sums(rows: QuerySet[BillingRun]) -> dict[str, Any]:
    kept = rows.filter(is_dry=False)
    return kept.aggregate(invoices=Sum("invoices_count"), accounts=Sum("accounts_count"), parked=Sum("parked_count"))


def tab_counts() -> dict[str, int]:
    """What waits on the pages of billing."""
    return {"parked_count": queries.parked_now().count(), "waiting_count": waiting_now().count()}


RUNS = Table(
    key="billing-runs",
    columns=[
        Column(
            "started_at", gettext_lazy("Started"), kind="instant", sort="started_at", is_fixed=True,
            href=lambda row: reverse("invoices:run", args=[row.pk]),
        ),
        Column("status", gettext_lazy("State"), kind="badge", value=state_of),
        Column("cause", gettext_lazy("By whom"), value=lambda row: dict(CAUSES).get(row.cause, row.cause)),
        Column("accounts", gettext_lazy("Accounts"), kind="number", value="accounts_count"),
        Column("invoices", gettext_lazy("Invoices"), kind="number", value="invoices_count"),
        Column("billed", gettext_lazy("Amount billed"), value=_money),
        Column("waiting", gettext_lazy("To approve"), kind="number", value="waiting_count", is_shown=False),
        Column("parked", gettext_lazy("Parked"), kind="number", value="parked_count"),
        Column("took", gettext_lazy("Took"), value=_took, is_shown=False),
        Column("pace", gettext_lazy("Invoices a minute"), kind="number", value=queries.per_minute_of, is_shown=False),
    ],
    filters=[
        Choice("cause", gettext_lazy("By whom"), options=CAUSES),
        Choice(
            "kind", gettext_lazy("Kind"), options=[("real", gettext_lazy("Real")), ("dry", gettext_lazy("Dry run"))],
            where=lambda rows, value: rows.filter(is_dry__in=[one == "dry" for one in value]),
        ),
        Dates("started_at", gettext_lazy("Started")),
    ],
    sort="-started_at",
    totals=_sums,
    counted=ngettext_lazy("%(count)s run", "%(count)s runs", "number"),
    empty_title=gettext_lazy("No billing run yet"),
    empty_text=gettext_lazy("What is due is billed every minute by itself; each time something was due stands here."),
)  # fmt: skip


@allow("invoices.view")
@require_safe
def run_list(request: HttpRequest) -> HttpResponseBase:
    """What was billed when, and does anything wait?"""
    require_provider(request)
    context = {
        "due_count": queries.due_accounts_count(as_of=clock.now()),
        "under_way": queries.run_under_way(),
    }
    return RUNS.answer(request, rows=queries.runs(), template="invoices/runs.html", context=context | tab_counts())


@allow("billing.run")
@require_POST
def run_start(request: HttpRequest) -> HttpResponse:
    """Bill what is due now; a run in which there is nothing to do is not made."""
    try:
        run = run_jobs.start_run(by=actor_of(request), at=clock.now())
    except NothingDue as refusal:
        toasts.warn(request, say(refusal))
        return redirect("invoices:runs")
    return redirect("invoices:run", run_id=run.pk)


@allow("billing.run")
@require_POST
def run_try(request: HttpRequest) -> HttpResponse:
    """See what would be billed now."""
    return redirect("invoices:run", run_id=run_jobs.start_dry_run(by=actor_of(request), at=clock.now()).pk)


@allow("invoices.view")
@require_safe
def run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """What has this run come to?"""
    require_provider(request)
    found = queries.access_run(run_id)
    job = queries.job_of_run(found)
    context: dict[str, Any] = {
        "run": found,
        "state": state_of(found),
        "cause": dict(CAUSES).get(found.cause, found.cause),
        "job": job,
        "progress": job and jobs.progress_of(job),
        "outcomes": job and jobs.outcomes_of(job),
        "totals": queries.totals_of(found),
        "still_waiting": waiting_of_run(found.pk) if found.waiting_count and not found.is_dry else 0,
        "took": _took(found),
        "per_minute": queries.per_minute_of(found),
        "largest": [] if found.is_dry else queries.largest_of(found),
        "tried": queries.tried_of(found) if found.is_dry else [],
        "parked": [(row, queries.reason_in_words(row.code)) for row in queries.parked_by(found)[:20]],
    }
    return render(request, "invoices/run.html", context)


@allow("billing.run")
@require_POST
def run_cancel(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Stop it before its next batch."""
    found = queries.access_run(run_id)
    run_jobs.cancel_run(run=found, by=actor_of(request), at=clock.now())
    toasts.done(request, _("The run stops. What is billed stays billed; the rest is billed by the next run."))
    return redirect("invoices:run", run_id=found.pk)


# --- Parked accounts ---


PARKED = Table(
    key="parked-accounts",
    columns=[
        Column(
            "account", gettext_lazy("Account"), value="account.name", is_fixed=True,
            href=lambda row: reverse("invoices:parked_account", args=[row.pk]),
        ),
        Column("reason", gettext_lazy("Why"), value=lambda row: queries.reason_in_words(row.code)),
        Column("parked_at", gettext_lazy("Since"), kind="instant", sort="parked_at"),
        Column("tries", gettext_lazy("Tries"), kind="number", value="tries_count", sort="tries_count"),
        Column("tried_at", gettext_lazy("Last try"), kind="instant", sort="tried_at"),
        Column("cleared_at", gettext_lazy("Billed again"), kind="instant", sort="cleared_at", is_shown=False),
    ],
    filters=[
        Choice(
            "state", gettext_lazy("State"),
            options=[("now", gettext_lazy("Parked")), ("cleared", gettext_lazy("Billed again"))],
            where=lambda rows, value: rows.filter(cleared_at__isnull="cleared" not in value)
            if len(value) == 1 else rows,
        ),
    ],
    search=lambda rows, text: rows.filter(account__name__icontains=text),
    search_label=gettext_lazy("Name"),
    sort="-parked_at",
    bulk=[
        BulkAct(
            gettext_lazy("Try again"), "/operator/billing/parked/retry/", icon="rotate-cw", may="billing.run",
            consequence=gettext_lazy("Everything that is due on them is billed; who cannot be billed stays parked."),
        )
    ],
    counted=ngettext_lazy("%(count)s account", "%(count)s accounts", "number"),
    empty_title=gettext_lazy("No account is parked"),
    empty_text=gettext_lazy("An account that cannot be billed waits here with its reason, and stops no other."),
)  # fmt: skip


def _asked(request: HttpRequest) -> QuerySet[ParkedAccount]:
    """Those that wait; those of the past only where the address asks for a state."""
    return queries.parked() if request.GET.get("state") else queries.parked_now()


@allow("invoices.view")
@require_safe
def parked_list(request: HttpRequest) -> HttpResponseBase:
    """Who cannot be billed, and why?"""
    require_provider(request)
    return PARKED.answer(request, rows=_asked(request), template="invoices/parked.html", context=tab_counts())


@allow("billing.run")
@require_POST
def parked_retry_some(request: HttpRequest) -> HttpResponse:
    """Try the chosen ones again, or all."""
    rows = queries.parked_now()
    chosen = rows if request.POST.get("whom") == "everybody" else PARKED.chosen(request, rows=rows)
    ids = list(chosen.order_by("parked_at", "id").values_list("pk", flat=True))
    if not ids:
        raise NothingParked()
    job = run_jobs.retry_all(parked_ids=ids, by=actor_of(request), at=clock.now())
    return redirect("kernel:job", job_id=job.id)


@allow("invoices.view")
@require_safe
def parked_account(request: HttpRequest, parked_id: UUID) -> HttpResponse:
    """Why can this account not be billed, and since when?"""
    require_provider(request)
    row = queries.access_parked(parked_id)
    context = {
        "row": row,
        "account": row.account,
        "reason": queries.reason_in_words(row.code),
        "history": queries.history_of_parked(row)[:20],
    }
    return render(request, "invoices/parked_account.html", context)


@allow("billing.run")
@require_POST
def parked_retry(request: HttpRequest, parked_id: UUID) -> HttpResponse:
    """Try to bill this account now."""
    row = queries.access_parked(parked_id)
    at = clock.now_for(test_clock_at=row.account.test_clock_at)
    if retry_parked(parked_id=row.pk, by=actor_of(request), at=at):
        toasts.done(request, _("%(account)s is billed again.") % {"account": row.account.name})
    else:
        toasts.refuse(request, _("It still cannot be billed. The reason below is the newest one."))
    return redirect("invoices:parked_account", parked_id=row.pk)
