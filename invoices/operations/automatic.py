"""Invoices taken from a bank card: arranged when they are made, tried when it is time, put off when refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from invoices.errors import InvoiceSettled, NoBankCard, NothingRefused, PaymentPageOpen, PaymentUnderWay, TriedLately
from invoices.models import AutomaticPayment, BankCard, InvoiceState, PaymentAttempt
from invoices.models.bank_cards import CHARGE_TRANSITIONS, ChargeStatus
from invoices.models.payments import ATTEMPT_TRANSITIONS, AttemptStatus
from invoices.queries.bank_cards import (
    automatic_payment_of,
    bank_card_of,
    charge_under_way,
    last_try_by_hand,
    may_be_paid_on_page,
)
from invoices.rules.dunning import BY_HAND_APART, next_after_hand, next_try
from provider.accounts.models import Account
from provider.accounts.operations.locks import lock_account
from provider.kernel import audit
from provider.kernel.actor import Actor
from provider.kernel.clock import local_day
from provider.kernel.money import Money
from provider.kernel.state import move
from provider.look import formats
from provider.messages.operations import messages

from .locks import lock_attempt, lock_state

ASK_AGAIN_AFTER: Final = timedelta(minutes=15)  # of a call that got no answer
KEYS_LAST: Final = timedelta(hours=23)  # the gateway knows them for a day

_ARRANGE = """
insert into invoices_automaticpayment
       (invoice_id, account_id, status, refused_count, failure_code, next_try_at, changed_at)
select i.id, i.account_id, 'waiting', 0, '', %(at)s, %(at)s
  from invoices_invoice i
  join invoices_invoicestate s on s.invoice_id = i.id
  join invoices_bankcard c on c.account_id = i.account_id and c.removed_at is null
 where i.id = any(%(ids)s) and s.open_minor > 0
   and exists (select 1 from invoices_invoiceline l join plans_subscription p on p.id = l.subscription_id
                where l.invoice_id = i.id and p.pays = 'automatic')
on conflict do nothing
"""


def arrange_payments(*, invoice_ids: Sequence[UUID], at: datetime) -> int:
    """Have these invoices taken from their accounts' bank cards, where they are for what is paid so; how many are."""
    with connection.cursor() as cursor:
        cursor.execute(_ARRANGE, {"ids": list(invoice_ids), "at": at})
        return int(cursor.rowcount)


def begin_charge(*, invoice_id: UUID, by: Actor, real_at: datetime) -> PaymentAttempt | None:
    """Begin to take an invoice from its account's bank card; none where it is not to be, or not now.

    A try that got no answer is gone on with under its key, as long as the gateway knows it and the same is asked for.
    """
    with transaction.atomic():
        account = lock_account(AutomaticPayment.objects.values_list("account_id", flat=True).get(pk=invoice_id))
        state = lock_state(invoice_id)
        payment = _lock(invoice_id)
        at = account.test_clock_at or real_at
        if payment is None or payment.status != ChargeStatus.WAITING or _is_later(payment, at=at):
            return None
        under_way, card = charge_under_way(invoice_id=invoice_id), bank_card_of(account.id)
        if under_way is not None:
            if not _may_ask_again(under_way, state=state, real_at=real_at):
                return None  # it is looked for at the gateway, and given up where it is not found
            _put_off(payment, until=at + ASK_AGAIN_AFTER, at=at)
            return under_way
        if state.open_minor == 0 or card is None:
            _end(payment, to=ChargeStatus.STOPPED if state.open_minor else ChargeStatus.SETTLED, at=at)
            return None
        _put_off(payment, until=at + ASK_AGAIN_AFTER, at=at)
        if may_be_paid_on_page(invoice_id=invoice_id, at=real_at):
            return None
        return _attempt(payment, card=card, minor=state.open_minor, currency=state.currency, by=by, at=real_at)


def begin_try_by_hand(*, invoice_id: UUID, by: Actor, real_at: datetime, reason: str = "") -> PaymentAttempt:
    """Begin to take an invoice from the card on file at once, because a person asks for it after a refusal.

    The planned tries stay as they are. Raises what is in the way: nothing is ever charged beside something else.
    """
    with transaction.atomic():
        known = automatic_payment_of(invoice_id)
        if known is None:
            raise NothingRefused()
        account, state, payment = lock_account(known.account_id), lock_state(invoice_id), _lock(invoice_id)
        assert payment is not None
        card = _card_to_try(payment, state=state, real_at=real_at)
        at = account.test_clock_at or real_at
        payment.planned_at = payment.next_try_at
        payment.status = ChargeStatus.WAITING  # what was given up is tried, and asked for again if no answer comes
        payment.next_try_at, payment.changed_at = at + ASK_AGAIN_AFTER, at
        payment.save()
        return _attempt(
            payment, card=card, minor=state.open_minor, currency=state.currency, by=by, at=real_at, by_hand=reason
        )


def _card_to_try(payment: AutomaticPayment, *, state: InvoiceState, real_at: datetime) -> BankCard:
    if state.open_minor == 0:
        raise InvoiceSettled(number=state.invoice.number_text)
    if charge_under_way(invoice_id=payment.pk) is not None:
        raise PaymentUnderWay()
    if may_be_paid_on_page(invoice_id=payment.pk, at=real_at):
        raise PaymentPageOpen()
    card = bank_card_of(payment.account_id)
    if card is None:
        raise NoBankCard()
    if not payment.refused_count:
        raise NothingRefused()
    last = last_try_by_hand(invoice_id=payment.pk, since=real_at - BY_HAND_APART)
    if last is not None:
        raise TriedLately(minutes=ceil((last.created_at + BY_HAND_APART - real_at) / timedelta(minutes=1)))
    return card


def settle(*, invoice_id: UUID, at: datetime) -> None:
    """Nothing of an invoice is open any more: it is not tried again. Whoever calls holds the account's lock."""
    payment = _lock(invoice_id)
    if payment is not None and payment.status != ChargeStatus.SETTLED:
        _end(payment, to=ChargeStatus.SETTLED, at=at)


def put_off(attempt: PaymentAttempt, *, failure_code: str, by: Actor, at: datetime) -> None:
    """The bank refused: try again in some days, or no more, and tell the payer. The account's lock is held."""
    payment = _lock(attempt.invoice_id)
    if payment is None or payment.status != ChargeStatus.WAITING:
        return
    if attempt.bank_card is None or attempt.bank_card.removed_at is not None:
        _put_off(payment, until=at, at=at)  # another card was saved meanwhile: what this one lacked says nothing of it
        return
    was_planned = payment.planned_at is not None
    again_at = _refuse(payment, failure_code=failure_code, is_by_hand=attempt.is_by_hand, at=at)
    if not attempt.is_by_hand or (was_planned and again_at is None):  # else whoever tried reads the answer
        _tell(attempt, again_at=again_at, at=at, by=by)


def _refuse(payment: AutomaticPayment, *, failure_code: str, is_by_hand: bool, at: datetime) -> datetime | None:
    """Count a refusal; when the next try is. One by hand leaves the planned ones in their order."""
    payment.refused_count += 1
    payment.failure_code = failure_code
    if is_by_hand:
        payment.by_hand_count += 1
        again_at = next_after_hand(planned_at=payment.planned_at, failure_code=failure_code, at=at)
    else:
        planned_count = payment.refused_count - payment.by_hand_count
        again_at = next_try(refused_count=planned_count, failure_code=failure_code, at=at)
    payment.status = ChargeStatus.WAITING if again_at else ChargeStatus.STOPPED
    payment.next_try_at, payment.planned_at, payment.changed_at = again_at, None, at
    payment.save()
    return again_at


def give_up_charge(*, attempt_id: UUID, real_at: datetime) -> bool:
    """The gateway was asked, and made nothing of a try that it never answered: the try is over; whether it is.

    It is not while its request may still be on the way, or is made again under its key.
    """
    with transaction.atomic():
        account_id = PaymentAttempt.objects.values_list("account_id", flat=True).get(pk=attempt_id)
        account = lock_account(account_id)
        attempt = lock_attempt(attempt_id)
        state, payment = lock_state(attempt.invoice_id), _lock(attempt.invoice_id)
        if attempt.status != AttemptStatus.CREATED or payment is None:
            return False
        at = account.test_clock_at or real_at
        is_waiting = payment.status == ChargeStatus.WAITING
        may_be_on_the_way = payment.changed_at + ASK_AGAIN_AFTER > at
        if may_be_on_the_way or (is_waiting and _may_ask_again(attempt, state=state, real_at=real_at)):
            return False
        move(attempt, to=AttemptStatus.FAILED, transitions=ATTEMPT_TRANSITIONS, ended_at=real_at)
        if is_waiting and attempt.is_by_hand:
            _as_planned(payment, at=at)
        elif is_waiting:
            _put_off(payment, until=at, at=at)
    return True


def _as_planned(payment: AutomaticPayment, *, at: datetime) -> None:
    """A try by hand never came to the gateway: all is as it was before it."""
    payment.status = ChargeStatus.WAITING if payment.planned_at else ChargeStatus.STOPPED
    payment.next_try_at, payment.planned_at, payment.changed_at = payment.planned_at, None, at
    payment.save()


def _may_ask_again(attempt: PaymentAttempt, *, state: InvoiceState, real_at: datetime) -> bool:
    """Whether asking again takes the same money once: its key is known, and what is asked for has not changed."""
    if attempt.intent_id:
        return True
    card = attempt.bank_card
    is_as_it_was = card is not None and card.removed_at is None and attempt.amount_minor == state.open_minor
    return is_as_it_was and attempt.created_at >= real_at - KEYS_LAST


def _attempt(
    payment: AutomaticPayment,
    *,
    card: BankCard,
    minor: int,
    currency: str,
    by: Actor,
    at: datetime,
    by_hand: str | None = None,
) -> PaymentAttempt:
    """A try from the card, audited; `by_hand`: a person asks for it, and why."""
    attempt = PaymentAttempt.objects.create(
        account_id=payment.account_id,
        invoice_id=payment.pk,
        gateway=card.gateway,
        bank_card=card,
        status=AttemptStatus.CREATED,
        currency=currency,
        amount_minor=minor,
        created_at=at,
        is_by_hand=by_hand is not None,
    )
    audit.record(
        by=by,
        verb="payment.begun" if by_hand is None else "payment.tried_by_hand",
        subject_kind="invoice",
        subject_id=payment.pk,
        account_id=payment.account_id,
        at=at,
        after={"gateway": card.gateway, "amount_minor": minor, "currency": currency, "last4": card.last4},
        reason=by_hand or "",
    )
    return attempt


def _tell(attempt: PaymentAttempt, *, again_at: datetime | None, at: datetime, by: Actor) -> None:
    account: Account = attempt.account
    card = attempt.bank_card
    if not account.email or card is None:
        return
    messages.send(
        key="automatic_payment_refused",
        account=account,
        params={
            "amount": formats.money(Money(attempt.amount_minor, attempt.currency), language=account.language),
            "invoice_number": attempt.invoice.number_text,
            "last4": card.last4,
            "again_on": _day(again_at, account=account) if again_at else "",
            "link": f"/my/invoices/{attempt.invoice_id}/",
        },
        at=at,
        by=by,
        idempotency=str(attempt.id),
    )


def _day(at: datetime, *, account: Account) -> str:
    return formats.day(local_day(at=at, zone=ZoneInfo(account.time_zone)), language=account.language)


def _lock(invoice_id: UUID) -> AutomaticPayment | None:
    return AutomaticPayment.objects.select_for_update(of=("self",)).filter(pk=invoice_id).first()


def _is_later(payment: AutomaticPayment, *, at: datetime) -> bool:
    return payment.next_try_at is not None and payment.next_try_at > at


def _put_off(payment: AutomaticPayment, *, until: datetime, at: datetime) -> None:
    payment.next_try_at, payment.changed_at = until, at
    payment.save(update_fields=["next_try_at", "changed_at"])


def _end(payment: AutomaticPayment, *, to: ChargeStatus, at: datetime) -> None:
    move(
        payment,
        to=to,
        transitions=CHARGE_TRANSITIONS,
        next_try_at=None,
        planned_at=None,
        failure_code="",
        changed_at=at,
    )
