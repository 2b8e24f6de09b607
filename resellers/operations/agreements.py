"""Agreeing on terms with a reseller: a new version each time, from a day that is still to come or from now on."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max, QuerySet

from provider.accounts.models import Account
from provider.kernel import audit, outbox
from provider.kernel.actor import Actor
from provider.kernel.clock import first_instant, local_day
from provider.kernel.errors import NotFound
from provider.kernel.state import move
from resellers.errors import AgreementBegan, AgreementBeginsTooEarly, AgreementOver, AgreementUpcoming
from resellers.events import AgreementEnded, TermsAgreed
from resellers.models import AGREEMENT_MOVES, Agreement, AgreementStatus
from resellers.rules.terms import Terms, check_terms

from .locks import lock_reseller


def agree(*, reseller_id: UUID, terms: Terms, from_day: date, by: Actor, at: datetime) -> Agreement:
    """Put a new version in force from the beginning of a day in the reseller's zone, today's from now on.

    The version before it ends where this one begins.
    """
    check_terms(terms)
    with transaction.atomic():
        reseller = lock_reseller(reseller_id)
        valid_from = _begin_of(reseller, day=from_day, at=at)
        last = _last(reseller.id, currency=terms.currency)
        if last is not None and last.valid_from > at:
            raise AgreementUpcoming(field="from_day", version=last.version)

        if last is not None and (last.valid_until is None or last.valid_until > valid_from):
            last.valid_until = valid_from
            last.save(update_fields=["valid_until"])
        agreement = Agreement.objects.create(
            reseller=reseller, version=_next_version(reseller.id), valid_from=valid_from, currency=terms.currency,
            discount_percent=terms.discount_percent, credit_limit_minor=terms.credit_limit_minor,
            payment_days=terms.payment_days, note=terms.note.strip(), created_at=at, created_by_id=by.user_id,
        )  # fmt: skip

        audit.record(
            by=by, verb="agreement.agreed", subject_kind="agreement", subject_id=agreement.id, account_id=reseller.id,
            at=at, before=_facts(last) if last else None, after=_facts(agreement),
        )  # fmt: skip
        outbox.publish(
            TermsAgreed(
                account_id=reseller.id, agreement_id=agreement.id, version=agreement.version, valid_from=valid_from
            ),
            at=at,
        )
        return agreement


def withdraw_agreement(*, reseller_id: UUID, agreement_id: UUID, reason: str, by: Actor, at: datetime) -> Agreement:
    """Take back a version that has not begun; the one before it goes on."""
    with transaction.atomic():
        reseller = lock_reseller(reseller_id)
        agreement = _agreement(reseller, agreement_id)
        if agreement.valid_from <= at:
            raise AgreementBegan()

        move(agreement, to=AgreementStatus.WITHDRAWN, transitions=AGREEMENT_MOVES, ended_reason=reason.strip())
        _agreed(reseller.id, currency=agreement.currency).filter(valid_until=agreement.valid_from).update(
            valid_until=None
        )

        audit.record(
            by=by, verb="agreement.withdrawn", subject_kind="agreement", subject_id=agreement.id,
            account_id=reseller.id, at=at, before=_facts(agreement), reason=reason,
        )  # fmt: skip
        return agreement


def end_agreement(*, reseller_id: UUID, agreement_id: UUID, reason: str, by: Actor, at: datetime) -> Agreement:
    """End the version in force now: from here on nothing is shipped to the reseller and nothing is sold."""
    with transaction.atomic():
        reseller = lock_reseller(reseller_id)
        agreement = _agreement(reseller, agreement_id)
        is_over = agreement.valid_until is not None and agreement.valid_until <= at
        if agreement.status != AgreementStatus.AGREED or agreement.valid_from > at or is_over:
            raise AgreementOver()
        following = _last(reseller.id, currency=agreement.currency)
        if following is not None and following.id != agreement.id:
            raise AgreementUpcoming(version=following.version)

        agreement.valid_until, agreement.ended_reason = at, reason.strip()
        agreement.save(update_fields=["valid_until", "ended_reason"])

        audit.record(
            by=by, verb="agreement.ended", subject_kind="agreement", subject_id=agreement.id,
            account_id=reseller.id, at=at, before=_facts(agreement), reason=reason,
        )  # fmt: skip
        outbox.publish(AgreementEnded(account_id=reseller.id, agreement_id=agreement.id), at=at)
        return agreement


def _begin_of(reseller: Account, *, day: date, at: datetime) -> datetime:
    zone = ZoneInfo(reseller.time_zone)
    today = local_day(at=at, zone=zone)
    if day < today:
        raise AgreementBeginsTooEarly(field="from_day")
    return at if day == today else first_instant(day=day, zone=zone)


def _agreement(reseller: Account, agreement_id: UUID) -> Agreement:
    agreement = Agreement.objects.filter(id=agreement_id, reseller=reseller).first()
    if agreement is None:
        raise NotFound()
    return agreement


def _agreed(reseller_id: UUID, *, currency: str) -> QuerySet[Agreement]:
    return Agreement.objects.filter(reseller_id=reseller_id, currency=currency, status=AgreementStatus.AGREED)


def _last(reseller_id: UUID, *, currency: str) -> Agreement | None:
    return _agreed(reseller_id, currency=currency).order_by("-valid_from").first()


def _next_version(reseller_id: UUID) -> int:
    most = Agreement.objects.filter(reseller_id=reseller_id).aggregate(most=Max("version"))["most"]
    return int(most or 0) + 1


def _facts(agreement: Agreement) -> dict[str, object]:
    return {
        "version": agreement.version, "valid_from": agreement.valid_from, "currency": agreement.currency,
        "discount_percent": agreement.discount_percent, "credit_limit_minor": agreement.credit_limit_minor,
        "payment_days": agreement.payment_days,
    }  # fmt: skip
