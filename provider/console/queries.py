"""Reads of the operators' front room: the search, an account with all that hangs on it, what needs a hand."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Case, Count, IntegerField, Min, OuterRef, Q, QuerySet, Subquery, TextField, Value, When
from django.db.models.functions import Coalesce, NullIf, TruncWeek

from provider.accounts.models import (
    Account,
    ApiKey,
    Invitation,
    InvitationStatus,
    Membership,
    MembershipStatus,
    Region,
    User,
)
from provider.kernel.errors import NotFound
from provider.kernel.models import AuditRow, Job, JobStatus, OutboxEvent, OutboxStatus, StoredFile

SEARCH_LIMIT: Final = 50
_HEX: Final = re.compile(r"[0-9a-fA-F-]{8,36}")


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


def files_of(account: Account) -> QuerySet[StoredFile]:
    """Files kept for the account that are still there, the newest first."""
    return StoredFile.objects.filter(account_id=account.id, deleted_at=None).order_by("-id")


def jobs_of(account: Account) -> QuerySet[Job]:
    """Long work of the account, the newest first."""
    return Job.objects.filter(account_id=account.id).order_by("-id")


# --- Search ---


@dataclass(frozen=True, slots=True)
class Hit:
    """An account that the words fit, and by what."""

    account: Account
    by: str  # "id", "name", "email", "phone", "tax_id", "person"
    text: str


def search(words: str, *, limit: int = SEARCH_LIMIT) -> list[Hit]:
    """Accounts by id, name, company, e-mail, telephone or tax id, best first; at most five queries.

    What begins with the words comes before what contains them; only when too little is found are names that merely
    resemble them added.
    """
    text = " ".join(words.split())[:200]
    if not text or not text.isprintable():
        return []
    found: dict[UUID, Hit] = {}
    for hits in (_by_id(text), _by_account(text, limit), _by_person(text, limit)):
        _add(found, hits)
    if len(found) < 5 and len(text) >= 4:
        _add(found, _by_resemblance(text, limit))
    return list(found.values())[:limit]


def _add(found: dict[UUID, Hit], hits: Iterable[Hit]) -> None:
    for hit in hits:
        found.setdefault(hit.account.id, hit)


def _by_id(text: str) -> list[Hit]:
    digits = text.replace("-", "").lower()
    if not _HEX.fullmatch(text) or not 8 <= len(digits) <= 32:
        return []
    first, last = UUID(hex=digits.ljust(32, "0")), UUID(hex=digits.ljust(32, "f"))
    rows = accounts().filter(id__gte=first, id__lte=last).order_by("id")[:10]
    return [Hit(account, "id", str(account.id)) for account in rows]


def _by_account(text: str, limit: int) -> list[Hit]:
    contains = (
        Q(name__icontains=text) | Q(company_name__icontains=text) | Q(email__icontains=text) | Q(tax_id=text.upper())
    )
    rank = Case(
        When(Q(name__iexact=text) | Q(email__iexact=text) | Q(tax_id=text.upper()), then=Value(0)),
        When(Q(name__istartswith=text) | Q(company_name__istartswith=text), then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    rows = accounts().filter(contains).annotate(rank=rank).order_by("rank", "name", "id")[:limit]
    return [_account_hit(account, text=text) for account in rows]


def _account_hit(account: Account, *, text: str) -> Hit:
    lowered = text.lower()
    for field in ("name", "company_name", "email"):
        value = getattr(account, field)
        if lowered in value.lower():
            return Hit(account, "name" if field == "company_name" else field, value)
    return Hit(account, "tax_id", account.tax_id)


def _by_person(text: str, limit: int) -> list[Hit]:
    digits = re.sub(r"[\s()-]", "", text)
    is_phone = re.fullmatch(r"\+?[0-9]{5,15}", digits) is not None
    people = User.objects.filter(Q(email__icontains=text) | Q(name__icontains=text))
    if is_phone:
        people = User.objects.filter(phone__endswith=digits.removeprefix("+").lstrip("0"))
    ids = list(people.order_by("id").values_list("id", flat=True)[:limit])
    rows = Membership.objects.filter(user_id__in=ids, status=MembershipStatus.ACTIVE)
    places = rows.select_related("user", "account", "account__region", "account__parent").order_by("joined_at")
    return [Hit(place.account, "phone" if is_phone else "person", _person(place.user)) for place in places[:limit]]


def _person(user: User) -> str:
    return " · ".join(part for part in (user.name, user.email, user.phone) if part)


def _by_resemblance(text: str, limit: int) -> list[Hit]:
    rows = accounts().filter(name__trigram_word_similar=text)
    rows = rows.annotate(likeness=TrigramWordSimilarity(text, "name")).order_by("-likeness", "name", "id")[:limit]
    return [Hit(account, "name", account.name) for account in rows]


# --- What needs a hand ---


@dataclass(frozen=True, slots=True)
class Need:
    """Something that waits for a person: how many, since when."""

    count: int
    oldest: datetime | None


def need(rows: QuerySet[Any], *, since: str) -> Need:
    """How many wait, and since when; one query."""
    return Need(**rows.order_by().aggregate(count=Count("pk"), oldest=Min(since)))


def stuck_events() -> QuerySet[OutboxEvent]:
    """Facts that could not be carried to who waits for them, the newest first."""
    return OutboxEvent.objects.filter(status=OutboxStatus.STUCK).order_by("-id")


def waiting_events() -> QuerySet[OutboxEvent]:
    """Facts on their way."""
    return OutboxEvent.objects.filter(status=OutboxStatus.WAITING).order_by("next_try_at", "id")


def failed_jobs() -> QuerySet[Job]:
    """Long work that gave up, the newest first."""
    return Job.objects.filter(status=JobStatus.FAILED).order_by("-id")


def running_jobs() -> QuerySet[Job]:
    """Long work that goes on at this moment."""
    return Job.objects.filter(status__in=[JobStatus.RUNNING, JobStatus.QUEUED]).order_by("-id")


def expired_invitations(*, at: datetime) -> QuerySet[Invitation]:
    """Invitations that nobody took in time and nobody withdrew."""
    rows = Invitation.objects.filter(status=InvitationStatus.OPEN, expires_at__lte=at)
    return rows.select_related("account").order_by("expires_at")


def accounts_without_members() -> QuerySet[Account]:
    """Real customers in which nobody can sign in and nobody is invited."""
    reached = Q(memberships__status=MembershipStatus.ACTIVE) | Q(invitations__status=InvitationStatus.OPEN)
    return accounts().exclude(id__in=Account.objects.filter(reached).values("id")).order_by("created_at")


def new_accounts_by_week(*, at: datetime, weeks: int = 8) -> list[tuple[datetime, int]]:
    """How many accounts were opened in each of the last weeks, also where none were; weeks begin on Monday."""
    since = at - timedelta(weeks=weeks)
    rows = Account.objects.filter(created_at__gt=since).annotate(week=TruncWeek("created_at")).values("week")
    counted = {row["week"].date(): row["count"] for row in rows.annotate(count=Count("id")).order_by("week")}
    monday = (at - timedelta(days=at.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    starts = [monday - timedelta(weeks=n) for n in reversed(range(weeks))]
    return [(start, counted.get(start.date(), 0)) for start in starts]


def counts_by(field: str) -> list[tuple[str, int]]:
    """Accounts per value of a field ("language", "region_id", "profiles__portal"), the most first."""
    rows = Account.objects.values_list(field).annotate(count=Count("id")).order_by("-count", field)
    return [(str(value or ""), count) for value, count in rows]


# --- Audit ---

_CALLED: Final = Coalesce(NullIf("name", Value("")), "email", "phone", output_field=TextField())


def audit(*, account_id: UUID | None = None) -> QuerySet[AuditRow]:
    """Who did what, with the names of who acted, whose history it is, and from which account; of one, or of all."""
    rows = AuditRow.objects.annotate(
        who=Subquery(User.objects.filter(id=OuterRef("user_id")).values(called=_CALLED)[:1]),
        account_name=Subquery(Account.objects.filter(id=OuterRef("account_id")).values("name")[:1]),
        home_name=Subquery(Account.objects.filter(id=OuterRef("home_account_id")).values("name")[:1]),
    ).order_by("-id")
    return rows if account_id is None else rows.filter(account_id=account_id)


# --- Regions ---


def regions() -> QuerySet[Region]:
    """All regions with how many accounts live in each."""
    return Region.objects.annotate(account_count=Count("account")).order_by("code")


def access_region(code: str) -> Region:
    """One region; raises NotFound."""
    region = Region.objects.filter(code=code).first()
    if region is None:
        raise NotFound()
    return region
