"""Bank cards: entered on the gateway's page, kept there, and taken from when an invoice is due to be tried."""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext, override

from invoices.errors import GatewayRefused, GatewayUnavailable, NoBankCard, NoGateway
from invoices.gateways import stripe
from invoices.models import BankCard, Invoice, PaymentAttempt
from invoices.operations.attempts import Told, apply_state, charge_named
from invoices.operations.automatic import begin_charge, begin_try_by_hand, give_up_charge
from invoices.operations.bank_cards import remove_bank_card, save_bank_card
from invoices.queries.bank_cards import bank_card_of, due_charges, refs_of_cards
from invoices.rules.gateway import CardRequest, Charge, Page, Standing, State
from provider.accounts.models import Account
from provider.kernel.actor import SYSTEM, Actor
from provider.kernel.errors import Refusal
from provider.kernel.ids import new_id
from provider.kernel.money import Money

logger = logging.getLogger(__name__)


def open_card_page(*, account: Account, language: str) -> Page:
    """The gateway's page on which the account's people enter a bank card."""
    if not stripe.is_configured():
        raise NoGateway()
    request = CardRequest(
        key=new_id(),
        account_id=account.id,
        currency=account.currency,
        email=account.email,
        language=language,
        done_url=f"{settings.SITE_URL}/my/bank-card/back/",
        back_url=f"{settings.SITE_URL}/my/bank-card/",
    )
    return stripe.open_card_page(request)


def keep_card(*, page: str, account_id: UUID, by: Actor, real_at: datetime) -> BankCard:
    """Keep the card that was entered on a page of this account's, in the place of another one.

    Raises `NoBankCard` where none was entered, or the one that was is removed by now.
    """
    saved = stripe.saved_card(page)
    account = Account.objects.only("test_clock_at").filter(pk=account_id).first()
    if saved is None or account is None or saved.account_id != account_id:
        raise NoBankCard()
    before = bank_card_of(account_id)
    card = save_bank_card(saved=saved, gateway=stripe.CODE, by=by, at=account.test_clock_at or real_at)
    if card.removed_at is not None:
        raise NoBankCard()
    if before is not None and before.pk != card.pk:
        _forget_replaced(before)
    return card


def _forget_replaced(card: BankCard) -> None:
    """The other card pays already, so this one may stay at the gateway for now: erasing the account asks again."""
    try:
        stripe.forget_card(card.method_ref)
    except (GatewayUnavailable, GatewayRefused) as trouble:
        logger.warning("Stripe still keeps the replaced bank card %s: %s", card.id, trouble.code)


def remove_card(*, account: Account, by: Actor, at: datetime) -> BankCard | None:
    """Take nothing from the account's card any more, and have the gateway forget it."""
    card = bank_card_of(account.id)
    if card is None:
        return None
    if stripe.is_configured():
        stripe.forget_card(card.method_ref)  # first: a card that is still kept there would look removed here
    return remove_bank_card(account_id=account.id, by=by, at=at)


def forget_cards(*, account: Account, by: Actor, at: datetime) -> None:
    """Take nothing from the account any more, and have the gateway forget each card that it ever had."""
    if stripe.is_configured():
        for method_ref in refs_of_cards(account.id):
            stripe.forget_card(method_ref)
    remove_bank_card(account_id=account.id, by=by, at=at)


def charge_due(*, real_at: datetime, limit: int = 100) -> int:
    """Take what is due to be tried from bank cards; how many invoices were tried."""
    if not stripe.is_configured():
        return 0
    tried = 0
    for invoice_id in due_charges(real_at=real_at, limit=limit):
        try:
            tried += charge(invoice_id=invoice_id, by=SYSTEM, real_at=real_at)
        except GatewayUnavailable:
            logger.warning("Stripe does not answer; %d invoices were tried.", tried)
            break
        except Refusal as refusal:  # of one account: the others are tried all the same
            logger.warning("Invoice %s was not taken from its bank card: %s", invoice_id, refusal.code)
    return tried


def charge(*, invoice_id: UUID, by: Actor, real_at: datetime) -> bool:
    """Take one invoice from its account's bank card, if it is to be now; whether the gateway was asked."""
    attempt = begin_charge(invoice_id=invoice_id, by=by, real_at=real_at)
    if attempt is None:
        return False
    _take(attempt, by=by, real_at=real_at)
    return True


def try_now(*, invoice_id: UUID, by: Actor, real_at: datetime, reason: str = "") -> PaymentAttempt:
    """Take an invoice from the card on file at once, after a refusal; the try, as the bank has answered it.

    Where the gateway gives no answer, the try stays under way: it is gone on with as any other, and never made twice.
    """
    if not stripe.is_configured():
        raise NoGateway()
    attempt = begin_try_by_hand(invoice_id=invoice_id, by=by, real_at=real_at, reason=reason)
    with suppress(GatewayUnavailable):
        _take(attempt, by=by, real_at=real_at)
    attempt.refresh_from_db()
    return attempt


def _take(attempt: PaymentAttempt, *, by: Actor, real_at: datetime) -> None:
    state = _answer(attempt)
    at = attempt.account.test_clock_at or real_at
    if state.standing == Standing.OPEN:
        charge_named(attempt_id=attempt.id, intent_id=state.intent_id)
    else:
        apply_state(attempt_id=attempt.id, state=state, by=by, at=at, real_at=real_at)


def ask_about_charge(attempt: PaymentAttempt, *, by: Actor, real_at: datetime) -> Told:
    """Ask the gateway how a try stands that was begun before; one that it never made is given up in the end."""
    card = attempt.bank_card
    assert card is not None
    if attempt.intent_id:
        state: State | None = stripe.charge_state(attempt.intent_id)
    else:
        state = stripe.find_charge(attempt_id=attempt.id, customer_ref=card.customer_ref)
    if state is None:
        give_up_charge(attempt_id=attempt.id, real_at=real_at)
        return Told(outcome="ignored", attempt=attempt)
    at = attempt.account.test_clock_at or real_at
    return apply_state(attempt_id=attempt.id, state=state, by=by, at=at, real_at=real_at)


def _answer(attempt: PaymentAttempt) -> State:
    return stripe.charge_state(attempt.intent_id) if attempt.intent_id else stripe.charge(_wish(attempt))


def _wish(attempt: PaymentAttempt) -> Charge:
    """The same for the same attempt: the gateway compares."""
    card, invoice = attempt.bank_card, attempt.invoice
    assert card is not None
    return Charge(
        attempt_id=attempt.id,
        amount=Money(attempt.amount_minor, attempt.currency),
        subject=subject_of(invoice),
        customer_ref=card.customer_ref,
        method_ref=card.method_ref,
    )


def subject_of(invoice: Invoice) -> str:
    """What a payer reads at the gateway, in the language of the invoice."""
    with override(invoice.language):
        return gettext("Invoice %(number)s") % {"number": invoice.number_text}
