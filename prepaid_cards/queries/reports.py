"""Reports of holders: their own, those that wait for a shop, and those that operators look at."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from prepaid_cards.models import Card, CardReport, CardStatus, ReportKind, ReportStatus
from provider.kernel.errors import NotFound


def reports_of(account_id: UUID) -> QuerySet[CardReport]:
    """What the account reported, the latest first."""
    return CardReport.objects.filter(account_id=account_id).order_by("-created_at", "-id")


def access_own_report(*, account_id: UUID, report_id: UUID) -> CardReport:
    """One of the account's own reports."""
    return _one(reports_of(account_id).select_related("card__batch__product", "card__activation"), report_id=report_id)


def reports() -> QuerySet[CardReport]:
    """All reports."""
    return CardReport.objects.select_related("account", "card__batch__product", "card__holder", "user", "ended_by")


def access_report(report_id: UUID) -> CardReport:
    """One report, for an operator."""
    return _one(reports(), report_id=report_id)


def reports_for_shop(shop_id: UUID) -> QuerySet[CardReport]:
    """Sales that the shop may have forgotten: of cards that stand on its shelf, or that it was asked about."""
    rows = reports().filter(kind=ReportKind.UNSOLD, card__holder_id=shop_id)
    return rows.order_by("created_at", "id")


def waiting_for_shop(shop_id: UUID) -> QuerySet[CardReport]:
    """Those that it has not answered, the oldest first."""
    return reports_for_shop(shop_id).filter(status=ReportStatus.OPEN, card__status=CardStatus.RECEIVED)


def access_report_for_shop(*, shop_id: UUID, report_id: UUID) -> CardReport:
    """One report that the shop may answer or has answered."""
    return _one(reports_for_shop(shop_id), report_id=report_id)


def card_by_serial(serial: str) -> Card | None:
    """The card that a well-formed serial names, if any."""
    return Card.objects.select_related("batch__product", "activation__seller").filter(serial=serial).first()


def damaged_report_of(card: Card, *, report_id: str) -> CardReport | None:
    """The open report, named in an address, that the card's code cannot be read; none where none is named."""
    if not report_id:
        return None
    try:
        wanted = UUID(report_id)
    except ValueError:
        raise NotFound() from None
    return _one(
        reports().filter(card=card, kind=ReportKind.DAMAGED, status=ReportStatus.OPEN), report_id=wanted
    )  # fmt: skip


def _one(rows: QuerySet[CardReport], *, report_id: UUID) -> CardReport:
    found = rows.filter(id=report_id).first()
    if found is None:
        raise NotFound()
    return found
