"""Reads of the operators' front room: an account with all that hangs on it, what needs a hand. Search has its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from allauth.mfa.models import Authenticator
from django.db.models import Case, Count, Exists, Min, OuterRef, Q, QuerySet, Subquery, TextField, Value, When, Window
from django.db.models.functions import Coalesce, NullIf, TruncWeek

from invoices.models import CreditNote
from invoices.queries.documents import refund_owed, refund_waiting
from plans.models import Subscription
from plans.rules.calendar import Interval, add_interval
from prepaid_cards.models import BatchStatus, CardBatch, CardExport, ExportStatus
from provider.accounts.models import (
    Account,
    ApiKey,
    Brand,
    Invitation,
    InvitationStatus,
    Membership,
    MembershipStatus,
    Portal,
    Region,
    User,
)
from provider.kernel.clock import first_instant, local_day
from provider.kernel.errors import NotFound
from provider.kernel.models import AuditRow, Job, JobStatus, OutboxEvent, OutboxStatus, Receipt, StoredFile
from provider.messages.models import Delivery, DeliveryStatus

LOOK_BACK: Final = timedelta(days=14)

# --- Accounts ---


def accounts() -> QuerySet[Account]:
    """All accounts with their capacities, for lists."""
    return Account.objects.select_related("region", "parent").prefetch_related("profiles")


def access_account(account_id: UUID) -> Account:
    """One account for the provider's staff; raises NotFound."""
    account = accounts().filter(id=account_id).first()
    if account is None:
        raise NotFound()
    return account


def children_of(account: Account) -> QuerySet[Account]:
    """The accounts right below this one, the newest first."""
    return accounts().filter(parent=account).order_by("-created_at", "-id")


def members_of(account: Account) -> QuerySet[Membership]:
    """Who works in the account, in every capacity."""
    rows = Membership.objects.filter(account=account, status=MembershipStatus.ACTIVE)
    return rows.select_related("user").order_by("portal", "joined_at", "id")


def first_children_of(account: Account, *, limit: int = 10) -> list[Any]:
    """The newest accounts right below this one; each says how many there are in all (`total`)."""
    rows = children_of(account).prefetch_related(None).select_related(None)
    return list(rows.annotate(total=Window(Count("pk")))[:limit])


def first_owners_of(account: Account, *, limit: int = 5) -> list[Any]:
    """The first people of the account, owners before others; each says how many there are in all (`total`)."""
    is_other = Case(When(role="owner", then=0), default=1)
    rows = members_of(account).annotate(total=Window(Count("pk"))).order_by(is_other, "joined_at", "id")
    return list(rows[:limit])


def invitations_to(account: Account) -> QuerySet[Invitation]:
    """Invitations that are still open, the newest first."""
    rows = Invitation.objects.filter(account=account, status=InvitationStatus.OPEN)
    return rows.select_related("invited_by").order_by("-created_at")


def access_member_of(account: Account, *, membership_id: UUID) -> Membership:
    """A member of this account; raises NotFound."""
    member = members_of(account).filter(id=membership_id).first()
    if member is None:
        raise NotFound()
    return member


def keys_of(account: Account) -> QuerySet[ApiKey]:
    """The account's keys for machines, also revoked ones; never a secret."""
    return ApiKey.objects.filter(account=account).select_related("created_by").order_by("-created_at")


@dataclass(frozen=True, slots=True)
class ClockStep:
    """A time to which a test clock may go on."""

    name: str  # event, day, week, month
    to: datetime


def clock_steps(*, account: Account, at: datetime) -> list[ClockStep]:
    """To the next thing that happens by itself, and by a day, a week, a month."""
    zone = ZoneInfo(account.time_zone)
    today = local_day(at=at, zone=zone)
    due = Subscription.objects.filter(account=account, next_due_at__gt=at).aggregate(at=Min("next_due_at"))["at"]
    month = add_interval(day=today, interval=Interval(months=1))
    days = {"day": today + timedelta(days=1), "week": today + timedelta(days=7), "month": month}
    steps = [ClockStep(name, first_instant(day=day, zone=zone)) for name, day in days.items()]
    return [ClockStep("event", due), *steps] if due else steps


def files_of(account: Account) -> QuerySet[StoredFile]:
    """Files kept for the account that are still there, the newest first."""
    return StoredFile.objects.filter(account_id=account.id, deleted_at=None).order_by("-id")


def jobs_of(account: Account) -> QuerySet[Job]:
    """Long work of the account, the newest first."""
    return Job.objects.filter(account_id=account.id).order_by("-id")


# --- What needs a hand ---


@dataclass(frozen=True, slots=True)
class Need:
    """Something that waits for a person: how many, since when."""

    count: int
    oldest: datetime | None


def needs(waiting: Mapping[str, tuple[QuerySet[Any], str]]) -> dict[str, Need]:
    """How many of each kind wait, and since when; `waiting` names the rows and the column of their instant. One query
    for all kinds."""
    asked = [
        rows.order_by()
        .annotate(asked_for=Value(kind))
        .values("asked_for")
        .annotate(count=Count("pk"), oldest=Min(since))
        for kind, (rows, since) in waiting.items()
    ]
    found = asked[0].union(*asked[1:], all=True).values_list("asked_for", "count", "oldest")
    counted = {kind: Need(count, oldest) for kind, count, oldest in found}
    return {kind: counted.get(kind, Need(0, None)) for kind in waiting}


def batches_to_approve(*, user_id: UUID | None) -> QuerySet[CardBatch]:
    """Ordered batches of cards that this person may approve."""
    mine = Q(needs_second_person=True, ordered_by_id=user_id)
    return CardBatch.objects.filter(status=BatchStatus.DRAFT).exclude(mine)


def exports_to_approve(*, user_id: UUID | None) -> QuerySet[CardExport]:
    """Files for printers that somebody else has asked for."""
    return CardExport.objects.filter(status=ExportStatus.REQUESTED).exclude(requested_by_id=user_id)


def stuck_events() -> QuerySet[OutboxEvent]:
    """Facts that could not be carried to who waits for them, the newest first."""
    return OutboxEvent.objects.filter(status=OutboxStatus.STUCK).order_by("-id")


def access_event(event_id: UUID) -> OutboxEvent:
    """One fact, whatever has become of it; raises NotFound."""
    event = OutboxEvent.objects.filter(id=event_id).first()
    if event is None:
        raise NotFound()
    return event


def receipts_of(event: OutboxEvent) -> dict[str, datetime]:
    """Which handlers are done with it, and since when."""
    return dict(Receipt.objects.filter(event_id=event.id).values_list("handler", "handled_at"))


def waiting_events() -> QuerySet[OutboxEvent]:
    """Facts on their way."""
    return OutboxEvent.objects.filter(status=OutboxStatus.WAITING).order_by("next_try_at", "id")


def refunds_owed() -> QuerySet[CreditNote]:
    """Credit notes of which money has still to go back."""
    return refund_owed(CreditNote.objects.all())


def refunds_waiting() -> QuerySet[CreditNote]:
    """Credit notes whose refund the gateway was asked for and has not confirmed."""
    return refund_waiting(CreditNote.objects.all())


def failed_jobs() -> QuerySet[Job]:
    """Long work that gave up, the newest first."""
    return Job.objects.filter(status=JobStatus.FAILED).order_by("-id")


def running_jobs() -> QuerySet[Job]:
    """Long work that goes on at this moment."""
    return Job.objects.filter(status__in=[JobStatus.RUNNING, JobStatus.QUEUED]).order_by("-id")


def failed_deliveries(*, at: datetime) -> QuerySet[Delivery]:
    """Messages that did not arrive in the last two weeks; older ones are history."""
    trouble = (DeliveryStatus.BOUNCED, DeliveryStatus.FAILED)
    return Delivery.objects.filter(status__in=trouble, created_at__gte=at - LOOK_BACK)


def staff_without_second_factor() -> QuerySet[Membership]:
    """Who works for the provider and signs in with one factor only."""
    strong = Authenticator.objects.filter(
        user_id=OuterRef("user_id"), type__in=(Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    )
    rows = Membership.objects.filter(portal=Portal.PROVIDER, status=MembershipStatus.ACTIVE)
    return rows.filter(~Exists(strong))


def expired_invitations(*, at: datetime) -> QuerySet[Invitation]:
    """Invitations that nobody took in time and nobody withdrew."""
    rows = Invitation.objects.filter(status=InvitationStatus.OPEN, expires_at__lte=at)
    return rows.select_related("account").order_by("expires_at")


def accounts_without_members() -> QuerySet[Account]:
    """Real customers in which nobody can sign in and nobody is invited."""
    members = Membership.objects.filter(account=OuterRef("id"), status=MembershipStatus.ACTIVE)
    invited = Invitation.objects.filter(account=OuterRef("id"), status=InvitationStatus.OPEN)
    return accounts().filter(~Exists(members), ~Exists(invited)).order_by("created_at")


def new_accounts_by_week(*, at: datetime, weeks: int = 8) -> list[tuple[datetime, int]]:
    """How many accounts were opened in each of the last weeks, also where none were; weeks begin on Monday."""
    since = at - timedelta(weeks=weeks)
    rows = Account.objects.filter(created_at__gt=since).annotate(week=TruncWeek("created_at")).values("week")
    counted = {row["week"].date(): row["count"] for row in rows.annotate(count=Count("id")).order_by("week")}
    monday = (at - timedelta(days=at.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    starts = [monday - timedelta(weeks=n) for n in reversed(range(weeks))]
    return [(start, counted.get(start.date(), 0)) for start in starts]


# --- Audit ---

_CALLED: Final = Coalesce(NullIf("name", Value("")), "email", "phone", output_field=TextField())


def audit(*, account_id: UUID | None = None) -> QuerySet[AuditRow]:
    """Who did what, with the names of who acted, whose history it is, and from which account; of one, or of all."""
    rows = AuditRow.objects.annotate(
        who=Subquery(User.objects.filter(id=OuterRef("user_id")).values(called=_CALLED)[:1]),
        account_name=Subquery(Account.objects.filter(id=OuterRef("account_id")).values("name")[:1]),
        home_name=Subquery(Account.objects.filter(id=OuterRef("home_account_id")).values("name")[:1]),
    ).order_by("-at", "-id")
    return rows if account_id is None else rows.filter(account_id=account_id)


# --- Regions and brands ---


def brands() -> QuerySet[Brand]:
    """Every brand with the account that it belongs to."""
    owner = Account.objects.filter(brand_id=OuterRef("id")).order_by("created_at", "id")
    return Brand.objects.annotate(
        account_id=Subquery(owner.values("id")[:1]), account_name=Subquery(owner.values("name")[:1])
    )


def regions_to_choose() -> QuerySet[Region]:
    """All regions, without counting who lives there."""
    return Region.objects.order_by("code")


def regions() -> QuerySet[Region]:
    """All regions with how many accounts live in each."""
    return Region.objects.annotate(account_count=Count("account")).order_by("code")


def access_region(code: str) -> Region:
    """One region; raises NotFound."""
    region = Region.objects.filter(code=code).first()
    if region is None:
        raise NotFound()
    return region
