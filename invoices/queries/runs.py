"""What a billing run has before it, what runs have come to, and who is parked and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from invoices.models import BillingRun, Invoice, ParkedAccount
from plans.models import Subscription
from plans.models.catalogue import Plan
from provider.accounts.models import Account, Profile
from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound, Refusal
from provider.kernel.models import AuditRow, Job
from provider.kernel.money import Money
from provider.kernel.queries import audit_of_account


def _due(*, as_of: datetime) -> QuerySet[Subscription]:
    parked = ParkedAccount.objects.filter(account_id=OuterRef("account_id"), cleared_at=None)
    rows = Subscription.objects.filter(next_due_at__lte=as_of, account__test_clock_at=None)
    return rows.exclude(Exists(parked))


def due_account_ids(*, as_of: datetime) -> list[UUID]:
    """The accounts of which something is due, but for parked ones and those that live on a test clock."""
    return list(_due(as_of=as_of).order_by("account_id").values_list("account_id", flat=True).distinct())


def due_accounts_count(*, as_of: datetime) -> int:
    """How many they are."""
    return _due(as_of=as_of).values("account_id").distinct().count()


def due_accounts_after(*, as_of: datetime, after: UUID | None, limit: int) -> list[UUID]:
    """Some of them, in the order of their ids."""
    rows = _due(as_of=as_of)
    rows = rows if after is None else rows.filter(account_id__gt=after)
    return list(rows.order_by("account_id").values_list("account_id", flat=True).distinct()[:limit])


def provider_account() -> Account | None:
    """In whose name runs are kept: the provider, else whoever sells a plan."""
    provider = Profile.objects.filter(portal="provider").select_related("account").first()
    if provider is not None:
        return provider.account
    plan = Plan.objects.select_related("seller").order_by("created_at").first()
    return plan.seller if plan else None


# --- Runs ---


def runs() -> QuerySet[BillingRun]:
    """All runs, dry ones too."""
    return BillingRun.objects.all()


def access_run(run_id: UUID) -> BillingRun:
    """One run, for the provider's people."""
    run = BillingRun.objects.filter(pk=run_id).first()
    if run is None:
        raise NotFound()
    return run


def require_runs_of(by: Actor) -> None:
    """Runs bill real customers: for the provider's people and its keys, and for no test key."""
    if by.portal != "provider" or by.is_test:
        raise NotFound()


def runs_open_to(by: Actor) -> QuerySet[BillingRun]:
    """The runs that a key reads; a test key none."""
    return runs() if by.portal == "provider" and not by.is_test else runs().none()


def access_open_run(*, run_id: UUID, by: Actor) -> BillingRun:
    """One of them."""
    require_runs_of(by)
    return access_run(run_id)


def run_under_way() -> BillingRun | None:
    """The run that bills just now, if one does."""
    return BillingRun.objects.filter(ended_at=None, is_dry=False).order_by("-started_at").first()


def job_of_run(run: BillingRun) -> Job | None:
    """The job that carries it, if it has one."""
    return Job.objects.filter(pk=run.job_id).first() if run.job_id else None


def totals_of(run: BillingRun) -> list[Money]:
    """What it asked for, by currency."""
    return [Money(minor, currency) for currency, minor in sorted(run.totals.items())]


def seconds_of(run: BillingRun) -> float | None:
    """How long it took."""
    return None if run.ended_at is None else (run.ended_at - run.started_at) / timedelta(seconds=1)


def per_minute_of(run: BillingRun) -> int | None:
    """Invoices a minute; None where it was over too quickly to say."""
    seconds = seconds_of(run)
    return int(run.invoices_count * 60 / seconds) if seconds is not None and seconds >= 1 else None


def largest_of(run: BillingRun, *, limit: int = 10) -> QuerySet[Invoice]:
    """The invoices of a run that ask for most."""
    rows = Invoice.objects.filter(run_id=run.pk, status="finalized").select_related("account", "state")
    return rows.order_by("-total_minor", "id")[:limit]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One account of a dry run: what it would be asked to pay, or why it could not be billed."""

    account: Account
    money: Money
    code: str
    reason: str


def tried_of(run: BillingRun) -> list[Tried]:
    """What a dry run found, the troubles first, then the largest amounts."""
    accounts = Account.objects.in_bulk([UUID(one["account_id"]) for one in run.largest])
    return [
        Tried(
            account=accounts[UUID(one["account_id"])],
            money=Money(one["minor"], one["currency"]),
            code=one["code"],
            reason=reason_in_words(one["code"]) if one["code"] else "",
        )
        for one in run.largest
        if UUID(one["account_id"]) in accounts
    ]


# --- Parked accounts ---


def parked() -> QuerySet[ParkedAccount]:
    """All that are or were parked."""
    return ParkedAccount.objects.select_related("account")


def parked_now() -> QuerySet[ParkedAccount]:
    """Those that wait for somebody to look."""
    return parked().filter(cleared_at=None)


def parked_by(run: BillingRun) -> QuerySet[ParkedAccount]:
    """Those that this run parked."""
    return parked().filter(run_id=run.pk).order_by("parked_at", "id")


def parked_open_to(by: Actor) -> QuerySet[ParkedAccount]:
    """Those that a key reads: a test key those of test accounts, any other key those of the others."""
    return parked().filter(account__is_test=by.is_test) if by.portal == "provider" else parked().none()


def access_open_parked(*, parked_id: UUID, by: Actor) -> ParkedAccount:
    """One of them."""
    row = parked_open_to(by).filter(pk=parked_id).first()
    if row is None:
        raise NotFound()
    return row


def access_parked(parked_id: UUID) -> ParkedAccount:
    """One of them."""
    row = parked().filter(pk=parked_id).first()
    if row is None:
        raise NotFound()
    return row


def history_of_parked(row: ParkedAccount) -> QuerySet[AuditRow]:
    """When its account was parked and taken up again, the latest first."""
    return audit_of_account(row.account_id).filter(verb__in=["account.parked", "account.unparked"])


def reason_in_words(code: str) -> str:
    """Why an account cannot be billed, in the reader's language."""
    for refusal in _refusals(Refusal):
        if refusal.code == code and "%(" not in refusal.text:
            return _(refusal.text)
    return _("The program failed on this account. The technical detail says where; tell whoever runs the installation.")


def _refusals(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for one in kind.__subclasses__():
        yield one
        yield from _refusals(one)
