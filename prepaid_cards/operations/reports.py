"""Honest holders: a card was bought, and is not taken. They report it, and the shop or an operator answers.

Whoever reports learns a number and nothing else: a serial without a card is answered like any other.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from prepaid_cards import errors
from prepaid_cards.models import (
    REPORT_MOVES,
    Card,
    CardReport,
    CardStatus,
    ReportKind,
    ReportStatus,
)
from prepaid_cards.queries.redeeming import access_card
from prepaid_cards.queries.reports import card_by_serial
from prepaid_cards.rules.codes import SYMBOLS
from prepaid_cards.rules.serials import BadSerial, read_serial, serial_of, shown
from provider.accounts.models import Account
from provider.kernel import audit
from provider.kernel.actor import SYSTEM, Actor
from provider.kernel.errors import NotFound
from provider.kernel.state import move
from provider.messages.operations import messages

from .electronic import Issued
from .goodwill import extend_by_goodwill
from .redemption import why_not
from .replacement import replace_card
from .words import without_codes

MOST_OPEN: Final = 5  # of an account


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportWish:
    """What the holder says. `is_proven`: the right secret was shown a moment ago."""

    kind: str
    serial: str
    receipt: str = ""
    bought_on: date | None = None
    words: str = ""
    is_proven: bool = False


def file_report(*, wish: ReportWish, account_id: UUID, by: Actor, at: datetime) -> CardReport:
    """Take the report of a card; the same card reported again while it is open is the same report."""
    serial = serial_meant(wish.serial)
    if wish.kind != ReportKind.EXPIRED and not wish.receipt.strip():
        raise errors.ReportNeedsReceipt(field="receipt")
    if wish.bought_on is not None and wish.bought_on > at.date():
        raise errors.BoughtInTheFuture(field="bought_on")
    with transaction.atomic():
        account = Account.objects.select_for_update(no_key=True).get(id=account_id)
        mine = CardReport.objects.filter(account=account, status=ReportStatus.OPEN)
        again = mine.filter(serial=serial, kind=wish.kind).first()
        if again is not None:
            return again
        if mine.count() >= MOST_OPEN:
            raise errors.TooManyReports(most=MOST_OPEN)

        report = CardReport.objects.create(
            number=_new_number(), kind=wish.kind, account=account, user_id=by.user_id, serial=serial,
            card=card_by_serial(serial), is_proven=wish.is_proven, receipt=without_codes(wish.receipt.strip())[:60],
            bought_on=wish.bought_on, words=without_codes(wish.words.strip())[:400], created_at=at,
        )  # fmt: skip

        _record(report, verb="card_report.filed", by=by, at=at)
        return report


def release_card(*, report_id: UUID, reason: str, by: Actor, at: datetime) -> CardReport:
    """Let the account that reported an unreadable card redeem it without its secret."""
    with transaction.atomic():
        report = _lock(report_id, kind=ReportKind.DAMAGED)
        if report.card is None or why_not(report.card, at=at) is not None:
            raise errors.CardNotReleasable(serial=shown(report.serial))
        return _end(report, status=ReportStatus.SOLVED, answer=_said(reason), by=by, at=at)


def replace_reported_card(
    *, report_id: UUID, reason: str, to_email: str = "", language: str = "", by: Actor, at: datetime
) -> Issued:  # fmt: skip
    """End the card that cannot be read; its holder redeems another in its place, by code or on the report's page."""
    with transaction.atomic():
        report = _lock(report_id, kind=ReportKind.DAMAGED)
        issued = replace_card(
            serial=report.serial, reason=_said(reason), to_email=to_email, language=language, by=by, at=at
        )  # fmt: skip
        report.card = issued.card
        report.save(update_fields=["card"])
        _end(report, status=ReportStatus.SOLVED, answer=_said(reason), by=by, at=at)
        return issued


def take_after_its_day(*, report_id: UUID, reason: str, by: Actor, at: datetime) -> CardReport:
    """Goodwill, asked for by the holder: the expired card is taken for some days more."""
    with transaction.atomic():
        report = _lock(report_id, kind=ReportKind.EXPIRED)
        extend_by_goodwill(serial=report.serial, reason=_said(reason), by=by, at=at)
        return _end(report, status=ReportStatus.SOLVED, answer=_said(reason), by=by, at=at)


def decline_report(
    *, report_id: UUID, reason: str, by: Actor, at: datetime, shop_id: UUID | None = None
) -> CardReport:  # fmt: skip
    """Say why not; a shop answers only for cards of its own shelf."""
    with transaction.atomic():
        report = _lock(report_id)
        if shop_id is not None and (report.card is None or report.card.holder_id != shop_id):
            raise NotFound()
        return _end(report, status=ReportStatus.DECLINED, answer=_said(reason), by=by, at=at)


def sale_registered(*, serials: Sequence[str], at: datetime) -> int:
    """Cards were sold after all: whoever reported that the shop had forgotten it is told."""
    with transaction.atomic():
        rows = CardReport.objects.select_for_update(of=("self",)).select_related("account")
        waiting = list(rows.filter(status=ReportStatus.OPEN, kind=ReportKind.UNSOLD, serial__in=serials))
        for report in waiting:
            _end(report, status=ReportStatus.SOLVED, answer="", by=SYSTEM, at=at)
        return len(waiting)


def released_card(*, report: CardReport, at: datetime) -> Card:
    """The card that an operator has released to the account that reported it."""
    if report.kind != ReportKind.DAMAGED or report.status != ReportStatus.SOLVED or report.card_id is None:
        raise NotFound()
    card = access_card(report.card_id)
    if card.status == CardStatus.REDEEMED:
        raise errors.CardUsed(serial=shown(card.serial))
    if why_not(card, at=at) is not None:
        raise errors.CardNotReleasable(serial=shown(card.serial))
    return card


def serial_meant(typed: str) -> str:
    """The fourteen digits that were meant; a typing error is told apart without any table."""
    try:
        read = read_serial(typed)
    except BadSerial:
        raise errors.SerialMistyped(field="serial", serial=typed.strip()[:30]) from None
    return serial_of(prefix=read.prefix, counter=read.counter)


def _new_number() -> str:
    return "".join(secrets.choice(SYMBOLS) for _place in range(8))


def _said(reason: str) -> str:
    if not reason.strip():
        raise errors.ReasonMissing(field="reason")
    return without_codes(reason.strip())[:400]


def _lock(report_id: UUID, *, kind: ReportKind | None = None) -> CardReport:
    rows = CardReport.objects.select_for_update(of=("self",)).select_related("account", "card__batch")
    report = rows.filter(id=report_id).first()
    if report is None or (kind is not None and report.kind != kind):
        raise NotFound()
    return report


def _end(report: CardReport, *, status: ReportStatus, answer: str, by: Actor, at: datetime) -> CardReport:
    move(report, to=status, transitions=REPORT_MOVES, ended_at=at, ended_by_id=by.user_id, answer=answer)
    _record(report, verb=f"card_report.{status}", by=by, at=at, reason=answer)
    _tell(report, by=by, at=at)
    return report


def _tell(report: CardReport, *, by: Actor, at: datetime) -> None:
    """By mail to the account; what to do next stands on the report's page."""
    if not report.account.email:
        return
    params = {"number": report.number, "serial": shown(report.serial), "link": f"/my/redeem/help/{report.id}/"}
    if report.status == ReportStatus.DECLINED:
        params["answer"] = report.answer
    messages.send(
        key=f"card_report_{report.status}", account=report.account, params=params, at=at, by=by,
        idempotency=str(report.id),
    )  # fmt: skip


def _record(report: CardReport, *, verb: str, by: Actor, at: datetime, reason: str = "") -> None:
    audit.record(
        by=by, verb=verb, subject_kind="card_report", subject_id=report.id, account_id=report.account_id, at=at,
        after={
            "number": report.number, "serial": shown(report.serial), "kind": str(report.kind),
            "receipt": report.receipt,
        },
        reason=reason,
    )  # fmt: skip
