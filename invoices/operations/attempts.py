"""Tries to take money through a gateway: begun and committed before the gateway is asked, moved by its answers only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from invoices.errors import InvoiceSettled, PaymentUnderWay
from invoices.events import PaymentFailed
from invoices.models import GatewayEvent, PaymentAttempt
from invoices.models.payments import ATTEMPT_TRANSITIONS, AttemptStatus
from invoices.queries.bank_cards import charge_under_way
from invoices.queries.payments import open_attempt
from invoices.queries.sellers import zone_of_seller
from invoices.rules.gateway import Notice, Page, Standing, State
from provider.accounts.operations.locks import lock_account
from provider.kernel import audit, outbox
from provider.kernel.actor import Actor
from provider.kernel.clock import local_day
from provider.kernel.money import Money
from provider.kernel.state import move

from . import automatic
from .locks import lock_attempt, lock_state
from .payments import record_payment

PAGE_LASTS: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Told:
    """What came of what a gateway said: `done`, `ignored` or `mismatch`."""

    outcome: str
    attempt: PaymentAttempt | None = None


def begin_attempt(*, invoice_id: UUID, gateway: str, by: Actor, real_at: datetime) -> PaymentAttempt:
    """A try to pay what is open of an invoice; one that is on its way with the same amount is gone on with.

    Raises `PaymentUnderWay` while it is being taken from a bank card, so that nothing is paid twice.
    `real_at` is the real time also for accounts with a test clock: the gateway's page knows no other.
    """
    with transaction.atomic():
        state = lock_state(invoice_id)
        if state.open_minor == 0:
            raise InvoiceSettled(number=state.invoice.number_text)
        if charge_under_way(invoice_id=invoice_id) is not None:
            raise PaymentUnderWay()
        attempt = open_attempt(invoice_id=invoice_id, gateway=gateway, amount_minor=state.open_minor, at=real_at)
        if attempt is not None:
            return attempt
        attempt = PaymentAttempt.objects.create(
            account_id=state.account_id,
            invoice_id=invoice_id,
            gateway=gateway,
            currency=state.currency,
            amount_minor=state.open_minor,
            created_at=real_at,
            expires_at=real_at + PAGE_LASTS,
        )
        audit.record(
            by=by,
            verb="payment.begun",
            subject_kind="invoice",
            subject_id=invoice_id,
            account_id=state.account_id,
            at=real_at,
            after={"gateway": gateway, "amount_minor": attempt.amount_minor, "currency": attempt.currency},
        )
    return attempt


def page_opened(*, attempt_id: UUID, page: Page) -> PaymentAttempt:
    """Keep the gateway's page of an attempt; told again, nothing changes."""
    with transaction.atomic():
        attempt = lock_attempt(attempt_id)
        if attempt.status == AttemptStatus.CREATED:
            move(
                attempt,
                to=AttemptStatus.OPEN,
                transitions=ATTEMPT_TRANSITIONS,
                session_id=page.session_id,
                page_url=page.url,
            )
    return attempt


def charge_named(*, attempt_id: UUID, intent_id: str) -> None:
    """Keep what names a try at the gateway that has not ended yet; told again, nothing changes."""
    with transaction.atomic():
        attempt = lock_attempt(attempt_id)
        if attempt.status == AttemptStatus.CREATED:
            move(attempt, to=AttemptStatus.OPEN, transitions=ATTEMPT_TRANSITIONS, intent_id=intent_id)


def apply_state(
    *, attempt_id: UUID, state: State, by: Actor, at: datetime, real_at: datetime, notice: Notice | None = None
) -> Told:
    """Move an attempt to what the gateway says of it. However often it is told, a payment is recorded once.

    With a notice its receipt is written in the same transaction, so that a second delivery finds it done.
    """
    with transaction.atomic():
        account_id = PaymentAttempt.objects.values_list("account_id", flat=True).get(pk=attempt_id)
        lock_account(account_id)
        attempt = lock_attempt(attempt_id)
        outcome = _apply(attempt, state=state, by=by, at=at, real_at=real_at)
        if notice is not None:
            _receive(notice, attempt=attempt, outcome=outcome, real_at=real_at)
    return Told(outcome=outcome, attempt=attempt)


def ignore_notice(*, gateway: str, notice: Notice, real_at: datetime) -> Told:
    """Keep the receipt of a notice that speaks of nothing of ours."""
    with transaction.atomic():
        _receive(notice, attempt=None, outcome="ignored", real_at=real_at, gateway=gateway)
    return Told(outcome="ignored")


def is_received(*, gateway: str, event_id: str) -> bool:
    """Whether a notice was dealt with before."""
    return GatewayEvent.objects.filter(gateway=gateway, event_id=event_id).exists()


def _receive(
    notice: Notice, *, attempt: PaymentAttempt | None, outcome: str, real_at: datetime, gateway: str = ""
) -> None:
    event = GatewayEvent(
        gateway=gateway or (attempt.gateway if attempt else ""),
        event_id=notice.event_id,
        kind=notice.kind,
        received_at=real_at,
        attempt=attempt,
        outcome=outcome,
    )
    # Another delivery of the same notice may have been a moment quicker; the effect is the same.
    GatewayEvent.objects.bulk_create([event], ignore_conflicts=True)


def _apply(attempt: PaymentAttempt, *, state: State, by: Actor, at: datetime, real_at: datetime) -> str:
    if state.standing == Standing.PAID:
        return _paid(attempt, state=state, by=by, at=at, real_at=real_at)
    if attempt.status == AttemptStatus.SUCCEEDED or state.standing == Standing.OPEN:
        return "ignored"
    if state.standing == Standing.EXPIRED:
        if attempt.status == AttemptStatus.EXPIRED:
            return "ignored"
        move(attempt, to=AttemptStatus.EXPIRED, transitions=ATTEMPT_TRANSITIONS, ended_at=real_at)
        return "done"
    if attempt.bank_card_id is not None:
        return _refused(attempt, state=state, by=by, at=at, real_at=real_at)
    return _declined(attempt, state=state, by=by, at=at)


def _refused(attempt: PaymentAttempt, *, state: State, by: Actor, at: datetime, real_at: datetime) -> str:
    """The bank gives nothing from the card: this try is over, and another one may follow."""
    if attempt.status == AttemptStatus.FAILED:
        return "ignored"
    outcome = _declined(attempt, state=state, by=by, at=at)
    move(attempt, to=AttemptStatus.FAILED, transitions=ATTEMPT_TRANSITIONS, ended_at=real_at)
    automatic.put_off(attempt, failure_code=state.failure_code, by=by, at=at)
    return outcome


def _declined(attempt: PaymentAttempt, *, state: State, by: Actor, at: datetime) -> str:
    """The page stays open for another card; the reason is kept for whoever asks."""
    if attempt.failure_code == state.failure_code:
        return "ignored"
    attempt.failure_code, attempt.intent_id = state.failure_code, state.intent_id
    attempt.save(update_fields=["failure_code", "intent_id"])
    audit.record(
        by=by,
        verb="payment.declined",
        subject_kind="invoice",
        subject_id=attempt.invoice_id,
        account_id=attempt.account_id,
        at=at,
        after={"gateway": attempt.gateway, "failure": state.failure_code},
    )
    outbox.publish(
        PaymentFailed(
            account_id=attempt.account_id,
            invoice_id=attempt.invoice_id,
            attempt_id=attempt.id,
            failure_code=state.failure_code,
        ),
        at,
    )
    return "done"


def _paid(attempt: PaymentAttempt, *, state: State, by: Actor, at: datetime, real_at: datetime) -> str:
    """Record the money. Where it is not what we asked for it waits for finance, assigned to no invoice."""
    assert state.amount is not None, "The gateway says what was taken."
    is_as_asked = state.amount == Money(attempt.amount_minor, attempt.currency)
    if attempt.status == AttemptStatus.SUCCEEDED:
        return "ignored"
    zone = zone_of_seller(attempt.invoice.seller_id)
    record_payment(
        account_id=attempt.account_id,
        method=attempt.gateway,
        reference=state.intent_id,
        amount=state.amount,
        received_on=local_day(at=at, zone=zone),
        by=by,
        at=at,
        invoice_id=attempt.invoice_id if is_as_asked else None,
        attempt=attempt,
    )
    move(
        attempt,
        to=AttemptStatus.SUCCEEDED,
        transitions=ATTEMPT_TRANSITIONS,
        intent_id=state.intent_id,
        failure_code="",
        ended_at=real_at,
    )
    if attempt.bank_card_id is not None:
        automatic.settle(invoice_id=attempt.invoice_id, at=at)
    return "done" if is_as_asked else "mismatch"
