"""Selling cards: activated at the till or by a machine, taken back within a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from prepaid_cards.errors import (
    ActivationKeyReused,
    BatchStateForbids,
    CardNotForSale,
    CardsOfTwoCurrencies,
    NotSold,
    RedeemedAlready,
    ReplacedSinceSold,
    ReplacementRedeemed,
    SerialMistyped,
    SerialTwice,
    SerialUnknown,
    TooLateToReverse,
)
from prepaid_cards.events import ActivationReversed, CardsActivated
from prepaid_cards.models import (
    CARD_MOVES,
    Activation,
    BatchKind,
    BatchStatus,
    Card,
    CardEvent,
    CardReplacement,
    CardStatus,
    CardVerb,
    RedeemBy,
)
from prepaid_cards.rules.serials import BadSerial, normalise, read_serial, shown
from prepaid_cards.rules.terms import end_of_year_after
from provider.kernel import audit, ledger, outbox, together
from provider.kernel.actor import Actor
from provider.kernel.chart import LedgerAccount
from provider.kernel.exclusive import one_at_a_time
from provider.kernel.ids import new_id
from provider.kernel.ledger import Line
from provider.kernel.money import Money
from provider.kernel.state import move

from .locks import lock_cards
from .zones import provider_zone

REVERSIBLE_FOR: Final = timedelta(hours=24)


def activate(
    *,
    seller_id: UUID,
    serials: Sequence[str],
    receipt: str,
    request_key: str,
    store_id: UUID | None = None,
    from_store: bool = False,
    is_told: bool = True,
    by: Actor,
    at: datetime,
) -> Activation:
    """Sell cards: all of them or none. The same `request_key` again returns the first sale.

    Books what the seller owes at face against the card liability; the seller's discount is booked by whoever knows
    its agreement. `store_id` is the selling place; `from_store` sells what lies in the provider's own store instead
    of on the seller's shelf. Without `is_told` the history gets no entry of its own: that of the caller's sale tells.
    """
    wanted = _read_all(serials)
    request_hash = sha256("|".join(sorted(wanted)).encode()).digest()
    with transaction.atomic():
        one_at_a_time(f"activation|{seller_id}|{request_key}")
        known = Activation.objects.filter(seller_id=seller_id, request_key=request_key).first()
        if known is not None:
            if bytes(known.request_hash) != request_hash:
                raise ActivationKeyReused(field="request_key")
            return known
        cards = lock_cards(wanted)
        _check_for_sale(cards, wanted=wanted, holder_id=None if from_store else seller_id)

        activation = Activation(
            seller_id=seller_id, request_key=request_key, request_hash=request_hash, receipt=receipt.strip(),
            count=len(cards), face_minor=sum(card.batch.face_minor for card in cards),
            currency=cards[0].batch.currency, at=at, user_id=by.user_id, api_key_id=by.api_key_id,
            store_id=store_id,
        )  # fmt: skip
        together.insert(activation)
        for card in cards:
            _sell(card, activation=activation, at=at)

        _write_events(cards, verb=CardVerb.ACTIVATED, account_id=seller_id, act_id=activation.id, by=by, at=at)
        _post(cards, source_kind="activation", source_id=activation.id, seller_id=seller_id, sign=1, at=at)
        sold = [card.serial for card in cards]
        if is_told:
            audit.record(
                by=by, verb="cards.activated", subject_kind="activation", subject_id=activation.id,
                account_id=seller_id, at=at,
                after={"serials": sold, "face_minor": activation.face_minor, "receipt": activation.receipt},
            )  # fmt: skip
        outbox.publish(CardsActivated(account_id=seller_id, activation_id=activation.id, serials=sold), at=at)
        return activation


def reverse_activation(
    *, seller_id: UUID, serials: Sequence[str], reason: str = "", is_told: bool = True, by: Actor, at: datetime
) -> list[Card]:
    """Take sold cards back onto the shelf within 24 hours, if none of them was redeemed: all of them or none.

    Without `is_told` the caller's own entry in the history tells of it.
    """
    wanted = _read_all(serials)
    with transaction.atomic():
        cards = lock_cards(wanted)
        sales = _check_reversible(cards, wanted=wanted, seller_id=seller_id, at=at)

        act_id = new_id()
        for card in cards:
            _take_back(card, at=at)

        _write_events(
            cards, verb=CardVerb.REVERSED, account_id=seller_id, act_id=act_id, reason=reason, by=by, at=at
        )  # fmt: skip
        _post(cards, source_kind="activation_reversal", source_id=act_id, seller_id=seller_id, sign=-1, at=at)
        for sale, taken in sales.items():
            if is_told:
                audit.record(
                    by=by, verb="cards.activation_reversed", subject_kind="activation", subject_id=sale,
                    account_id=seller_id, at=at, after={"serials": taken}, reason=reason,
                )  # fmt: skip
            outbox.publish(ActivationReversed(account_id=seller_id, activation_id=sale, serials=taken), at=at)
        return cards


def _read_all(typed: Sequence[str]) -> list[str]:
    found: list[str] = []
    for text in typed:
        try:
            read_serial(text)
        except BadSerial:
            raise SerialMistyped(field="serials", serial=text[:40]) from None
        serial = normalise(text)
        if serial in found:
            raise SerialTwice(field="serials", serial=shown(serial))
        found.append(serial)
    if not found:
        raise SerialMistyped(field="serials", serial="")
    return found


def _check_for_sale(cards: Sequence[Card], *, wanted: Sequence[str], holder_id: UUID | None) -> None:
    by_serial = {card.serial: card for card in cards if card.holder_id == holder_id and not card.is_canary}
    for serial in wanted:
        card = by_serial.get(serial)
        if card is None:
            raise SerialUnknown(field="serials", serial=shown(serial))
        if card.batch.status != BatchStatus.OPEN:
            state = BatchStatus(card.batch.status).label
            raise BatchStateForbids(field="serials", prefix=card.batch.prefix, state=state)
        if card.status != (CardStatus.RECEIVED if holder_id else CardStatus.GENERATED):
            state = CardStatus(card.status).label
            raise CardNotForSale(
                field="serials", serial=shown(serial), card_status=str(card.status), state=state
            )  # fmt: skip
    if len({card.batch.currency for card in cards}) > 1:
        raise CardsOfTwoCurrencies(field="serials")


def _check_reversible(
    cards: Sequence[Card], *, wanted: Sequence[str], seller_id: UUID, at: datetime
) -> dict[UUID, list[str]]:
    """The serials by sale."""
    by_serial = {card.serial: card for card in cards}
    sales: dict[UUID, list[str]] = {}
    for serial in wanted:
        card, told = by_serial.get(serial), shown(serial)
        is_theirs = card is not None and seller_id in (card.holder_id, card.activation and card.activation.seller_id)
        if card is None or not is_theirs:
            raise SerialUnknown(field="serials", serial=told)
        if card.status == CardStatus.REDEEMED:
            raise RedeemedAlready(field="serials", serial=told)
        if card.status != CardStatus.ACTIVE or card.activation is None or card.activated_at is None:
            _refuse_if_replaced(card)
            raise NotSold(field="serials", serial=told)
        if at >= card.activated_at + REVERSIBLE_FOR:
            raise TooLateToReverse(field="serials", serial=told)
        sales.setdefault(card.activation.id, []).append(serial)
    return sales


def _refuse_if_replaced(card: Card) -> None:
    """The sale of a replaced card, which is ended, went over to another, and to the one in the place of that."""
    last = card
    while (change := CardReplacement.objects.select_related("new").filter(old=last).first()) is not None:
        last = change.new
    if last is card:
        return
    kind = ReplacementRedeemed if last.status == CardStatus.REDEEMED else ReplacedSinceSold
    raise kind(field="serials", serial=shown(card.serial), new=shown(last.serial))


def _sell(card: Card, *, activation: Activation, at: datetime) -> None:
    redeem_before = card.redeem_before
    if card.batch.redeem_by == RedeemBy.YEARS and card.batch.redeem_by_years:
        redeem_before = end_of_year_after(sold_at=at, years=card.batch.redeem_by_years, zone=provider_zone())
    _move(card, to=CardStatus.ACTIVE, activation=activation, activated_at=at, redeem_before=redeem_before)


def _take_back(card: Card, *, at: datetime) -> None:
    """Onto the shelf that it was on; an electronic card, whose secret the buyer has seen, is ended for good."""
    if card.batch.kind == BatchKind.ELECTRONIC:
        _move(card, to=CardStatus.VOID, activation=None, activated_at=None, redeem_before=None, voided_at=at)
        return
    back = CardStatus.RECEIVED if card.holder_id else CardStatus.GENERATED
    _move(card, to=back, activation=None, activated_at=None, redeem_before=None)


def _move(card: Card, *, to: str, **facts: Any) -> None:
    """A compare-and-set against the state in which the card was locked."""
    move(card, to=to, transitions=CARD_MOVES, **facts)


def _write_events(
    cards: Sequence[Card],
    *,
    verb: str,
    account_id: UUID,
    act_id: UUID,
    reason: str = "",
    by: Actor,
    at: datetime,
) -> None:
    CardEvent.objects.bulk_create(
        CardEvent(
            batch_id=card.batch_id, first=card.counter, last=card.counter, verb=verb, at=at, account_id=account_id,
            user_id=by.user_id, act_id=act_id, reason=reason,
        )
        for card in cards
    )  # fmt: skip


def _post(
    cards: Sequence[Card], *, source_kind: str, source_id: UUID, seller_id: UUID, sign: int, at: datetime
) -> None:
    """What the seller owes, against what is owed to the holders and, where it is due now, to the state."""
    currency = cards[0].batch.currency
    owed = sum(card.batch.price.liability_minor for card in cards)
    tax = sum(card.batch.price.tax_at_sale_minor for card in cards)
    if not owed:
        return
    ledger.post(
        source_kind=source_kind, source_id=source_id, purpose="face", at=at,
        lines=[
            Line(LedgerAccount.RECEIVABLE, Money(sign * (owed + tax), currency), seller_id),
            Line(LedgerAccount.CARD_LIABILITY, Money(-sign * owed, currency)),
            Line(LedgerAccount.TAX_PAYABLE, Money(-sign * tax, currency)),
        ],
    )  # fmt: skip
