"""Invoices taken from a bank card: arranged when they are made, tried when it is time, put off when refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from invoices.models import AutomaticPayment, BankCard, InvoiceState, PaymentAttempt
from invoices.models.bank_cards import CHARGE_TRANSITIONS, ChargeStatus
from invoices.models.payments import ATTEMPT_TRANSITIONS, AttemptStatus
from invoices.queries.bank_cards import bank_card_of, charge_under_way, may_be_paid_on_page
from invoices.rules.dunning import next_try
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
    payment.refused_count += 1
    payment.failure_code = failure_code
    again_at = next_try(refused_count=payment.refused_count, failure_code=failure_code, at=at)
    payment.status = ChargeStatus.WAITING if again_at else ChargeStatus.STOPPED
    payment.next_try_at, payment.changed_at = again_at, at
    payment.save()
    _tell(attempt, again_at=again_at, at=at, by=by)


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
        if is_waiting:
            _put_off(payment, until=at, at=at)
    return True


def _may_ask_again(attempt: PaymentAttempt, *, state: InvoiceState, real_at: datetime) -> bool:
    """Whether asking again takes the same money once: its key is known, and what is asked for has not changed."""
    if attempt.intent_id:
        return True
    card = attempt.bank_card
    is_as_it_was = card is not None and card.removed_at is None and attempt.amount_minor == state.open_minor
    return is_as_it_was and attempt.created_at >= real_at - KEYS_LAST


def _attempt(
    payment: AutomaticPayment, *, card: BankCard, minor: int, currency: str, by: Actor, at: datetime
) -> PaymentAttempt:
    attempt = PaymentAttempt.objects.create(
        account_id=payment.account_id,
        invoice_id=payment.pk,
        gateway=card.gateway,
        bank_card=card,
        status=AttemptStatus.CREATED,
        currency=currency,
        amount_minor=minor,
        created_at=at,
    )
    audit.record(
        by=by,
        verb="payment.begun",
        subject_kind="invoice",
        subject_id=payment.pk,
        account_id=payment.account_id,
        at=at,
        after={"gateway": card.gateway, "amount_minor": minor, "currency": currency, "last4": card.last4},
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
    move(payment, to=to, transitions=CHARGE_TRANSITIONS, next_try_at=None, failure_code="", changed_at=at)
