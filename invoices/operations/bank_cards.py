"""Bank cards are kept and removed: with the first, invoices are paid automatically; without one, on terms again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from invoices.models import AutomaticPayment, BankCard
from invoices.models.bank_cards import ChargeStatus
from invoices.queries.bank_cards import bank_card_of
from invoices.rules.gateway import SavedCard
from plans.operations.paying import pay_another_way
from provider.accounts.operations.locks import lock_account
from provider.kernel import audit
from provider.kernel.actor import Actor


def save_bank_card(*, saved: SavedCard, gateway: str, by: Actor, at: datetime) -> BankCard:
    """Keep what names the card at the gateway, in the place of another one; told again, nothing changes.

    What was not taken from the card before is tried with the new one at once.
    """
    with transaction.atomic():
        lock_account(saved.account_id)
        known = BankCard.objects.filter(gateway=gateway, method_ref=saved.method_ref).first()
        if known is not None:
            return known
        BankCard.objects.filter(account_id=saved.account_id, removed_at=None).update(removed_at=at)
        card = BankCard.objects.create(
            account_id=saved.account_id,
            gateway=gateway,
            customer_ref=saved.customer_ref,
            method_ref=saved.method_ref,
            brand=saved.brand,
            last4=saved.last4,
            expires_month=saved.expires_month,
            expires_year=saved.expires_year,
            saved_at=at,
        )
        pay_another_way(account_id=saved.account_id, was="on_terms", becomes="automatic", by=by, at=at)
        _unsettled(saved.account_id).update(
            status=ChargeStatus.WAITING,
            next_try_at=at,
            planned_at=None,
            refused_count=0,
            by_hand_count=0,
            failure_code="",
            changed_at=at,
        )
        _record(card, verb="saved", by=by, at=at)
    return card


def remove_bank_card(*, account_id: UUID, by: Actor, at: datetime) -> BankCard | None:
    """Take nothing from the account's card any more; the card that it was, if there was one."""
    with transaction.atomic():
        lock_account(account_id)
        card = bank_card_of(account_id)
        if card is None:
            return None
        card.removed_at = at
        card.save(update_fields=["removed_at"])
        pay_another_way(account_id=account_id, was="automatic", becomes="on_terms", by=by, at=at)
        _unsettled(account_id).update(status=ChargeStatus.STOPPED, next_try_at=None, planned_at=None, changed_at=at)
        _record(card, verb="removed", by=by, at=at)
    return card


def forget_bank_cards(*, account_id: UUID) -> int:
    """Keep no more by what an erased account's people knew their cards; how many there were."""
    return BankCard.objects.filter(account_id=account_id).exclude(last4="").update(brand="", last4="")


def _unsettled(account_id: UUID) -> QuerySet[AutomaticPayment]:
    return AutomaticPayment.objects.filter(account_id=account_id).exclude(status=ChargeStatus.SETTLED)


def _record(card: BankCard, *, verb: str, by: Actor, at: datetime) -> None:
    audit.record(
        by=by,
        verb=f"bank_card.{verb}",
        subject_kind="account",
        subject_id=card.account_id,
        account_id=card.account_id,
        at=at,
        after={"brand": card.brand, "last4": card.last4},
    )
