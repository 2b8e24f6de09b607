"""Accounts with a bank card at the gateway's double, and invoices that are taken from it."""

from __future__ import annotations

from datetime import UTC, datetime

from invoices.flows.bank_cards import charge_due, keep_card, open_card_page
from invoices.models import BankCard, Invoice, InvoiceState
from invoices.operations.automatic import arrange_payments
from plans.models import Subscription
from provider.accounts.models import Account
from provider.kernel.actor import SYSTEM
from tests.invoices.factories import make_invoice
from tests.plans.factories import make_subscription
from tests.stripe_double import Running

NOW = datetime.now(UTC)


def save_card(account: Account, double: Running, card: str = "good") -> BankCard:
    """The owner enters a card on the gateway's page and comes back."""
    page = open_card_page(account=account, language="zh-hans").url.rsplit("/", 1)[1]
    double.store.keep_card(page, card=card)
    return keep_card(page=page, account_id=account.id, by=SYSTEM, real_at=NOW)


def invoice_of(subscription: Subscription, *, is_arranged: bool = True) -> Invoice:
    """A new invoice with a line of this subscription."""
    invoice = make_invoice(account=subscription.account, subscription=subscription)
    if is_arranged:
        arrange_payments(invoice_ids=[invoice.id], at=NOW)
    return invoice


def automatic(account: Account, double: Running, card: str = "good") -> Invoice:
    subscription = make_subscription(account=account, pays="on_terms")
    save_card(account, double, card=card)
    return invoice_of(subscription)


def open_minor(invoice: Invoice) -> int:
    return InvoiceState.objects.get(pk=invoice.pk).open_minor


def charges(double: Running) -> int:
    return len({key for method, path, key in double.calls if method == "POST" and path == "/v1/payment_intents"})


def taken_from(double: Running, account: Account) -> list[str]:
    """The payments that were made from the account's card at the gateway."""
    customer = BankCard.objects.get(account=account).customer_ref
    return [one["id"] for one in double.store.all_of("payment_intent") if one["customer"] == customer]


def bank_says(double: Running, answer: str) -> None:
    """What the bank answers to the next tries from the card on file; nothing: it pays."""
    double.store.refusals[BankCard.objects.get(removed_at=None).method_ref] = answer


def refused_invoice(account: Account, double: Running, card: str = "poor") -> Invoice:
    """An invoice that the bank did not give when it was tried."""
    invoice = automatic(account, double, card=card)
    charge_due(real_at=NOW)
    return invoice
