"""Selling at the till or by a shop's own system."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from prepaid_cards.errors import ActivationKeyReused, CardsOfTwoCurrencies, SaleTakenBack, SerialTwice
from prepaid_cards.operations.cards import activate
from prepaid_cards.rules.serials import normalise, shown
from provider.accounts.models import Account
from provider.kernel import audit, ledger, outbox, together
from provider.kernel.actor import Actor
from provider.kernel.chart import LedgerAccount
from provider.kernel.clock import local_day
from provider.kernel.errors import NotFound
from provider.kernel.ledger import Line
from provider.kernel.money import Money
from resellers.errors import (
    BadWayOfPaying,
    BasketEmpty,
    BasketTooLarge,
    CreditLimitReached,
    NotEnoughCash,
    NotYourStore,
    SellingStopped,
    StoreClosed,
)
from resellers.events import CardsSold
from resellers.models import Agreement, Paid, ReceiptSeries, Sale, SaleLine, Store
from resellers.queries.agreements import agreement_in_force
from resellers.queries.books import owed_in
from resellers.queries.counter import Offer, read_counter
from resellers.queries.stores import stores_for
from resellers.rules.counter import MOST_CARDS
from resellers.rules.terms import discount_of

from .locks import lock_reseller

_SOURCE: Final = "sale"


@dataclass(frozen=True, slots=True, kw_only=True)
class Basket:
    """What the customer buys, and how it is paid. `given_minor` is the cash that went over the counter."""

    serials: Sequence[str]
    paid_by: str
    given_minor: int | None = None
    reference: str = ""


def sell(*, reseller_id: UUID, store_id: UUID, basket: Basket, request_key: str, by: Actor, at: datetime) -> Sale:
    """Sell all the cards of a basket or none of them. The same `request_key` again returns the first sale, unless that
    was taken back: whoever reads a receipt hands out the cards.

    The reseller owes the face value less its discount; the credit limit is judged with this sale in it.
    """
    with transaction.atomic(), together.held():
        reseller = lock_reseller(reseller_id)
        earlier = _sold_before(reseller.id, store_id=store_id, basket=basket, request_key=request_key, by=by, at=at)
        if earlier is not None:
            return earlier
        store = _store(reseller.id, store_id=store_id, by=by)
        offers = _offers(basket, reseller_id=reseller.id)
        agreement = _terms(reseller, currency=offers[0].face.currency, at=at)
        lines = _priced(offers, agreement=agreement)
        _check_payment(basket, face_minor=sum(line.face_minor for line in lines))
        _check_credit(agreement, adds=sum(_owed(line, offer) for line, offer in zip(lines, offers, strict=True)))

        sale = _write(
            reseller, store=store, agreement=agreement, lines=lines, basket=basket, request_key=request_key, by=by,
            at=at,
        )  # fmt: skip
        discount = Money(sale.discount_minor, sale.currency)
        post_discount(discount, source_kind=_SOURCE, source_id=sale.id, reseller_id=sale.reseller_id, at=at)

        audit.record(
            by=by, verb="sale.made", subject_kind="sale", subject_id=sale.id, account_id=reseller.id, at=at,
            after={
                "receipt": sale.receipt, "serials": [line.serial for line in lines], "face_minor": sale.face_minor,
                "discount_minor": sale.discount_minor, "paid_by": sale.paid_by, "reference": sale.reference,
            },
        )  # fmt: skip
        outbox.publish(
            CardsSold(
                account_id=reseller.id, sale_id=sale.id, store_id=store.id, count=sale.count,
                face_minor=sale.face_minor, discount_minor=sale.discount_minor, currency=sale.currency,
            ),
            at=at,
        )  # fmt: skip
        return sale


def _sold_before(
    reseller_id: UUID, *, store_id: UUID, basket: Basket, request_key: str, by: Actor, at: datetime
) -> Sale | None:
    """The sale of an earlier request under this key; one for other cards or another store is refused."""
    rows = Sale.objects.select_related("store", "activation")
    sale = rows.filter(activation__seller_id=reseller_id, activation__request_key=request_key).first()
    if sale is None:
        return None
    if sale.store_id != store_id:
        raise ActivationKeyReused(field="request_key")
    activate(
        seller_id=reseller_id, serials=basket.serials, receipt=sale.receipt, request_key=request_key, by=by, at=at
    )  # refuses other serials, and does nothing for the same
    if sale.undone_at is not None:
        raise SaleTakenBack(field="request_key")
    return sale


def _store(reseller_id: UUID, *, store_id: UUID, by: Actor) -> Store:
    store = Store.objects.filter(id=store_id, reseller_id=reseller_id).first()
    if store is None:
        raise NotFound()
    if store.closed_at is not None:
        raise StoreClosed(field="store", name=store.name)
    if store not in stores_for(by=by, reseller_id=reseller_id):
        raise NotYourStore(field="store")
    return store


def _offers(basket: Basket, *, reseller_id: UUID) -> list[Offer]:
    if not basket.serials:
        raise BasketEmpty(field="serials")
    if len(basket.serials) > MOST_CARDS:
        raise BasketTooLarge(field="serials", most=MOST_CARDS)
    counter = read_counter(serials=basket.serials, reseller_id=reseller_id)
    if counter.refusals:
        raise counter.refusals[0]
    if len(counter.offers) < len(basket.serials):
        raise SerialTwice(field="serials", serial=_first_twice(basket.serials))
    if len({offer.face.currency for offer in counter.offers}) > 1:
        raise CardsOfTwoCurrencies(field="serials")
    return counter.offers


def _first_twice(serials: Sequence[str]) -> str:
    seen = [normalise(serial) for serial in serials]
    return shown(next(serial for position, serial in enumerate(seen) if serial in seen[:position]))


def _terms(reseller: Account, *, currency: str, at: datetime) -> Agreement:
    agreement = agreement_in_force(reseller_id=reseller.id, currency=currency, at=at)
    if agreement is None:
        raise SellingStopped(currency=currency)
    return agreement


def _priced(offers: Sequence[Offer], *, agreement: Agreement) -> list[SaleLine]:
    """The lines of the receipt, each with its own discount; a card that is given away has none."""
    return [
        SaleLine(
            position=position, card_id=offer.card_id, serial=offer.serial, product_id=offer.product_id,
            product_name=offer.names[0], product_name_hans=offer.names[1], product_name_hant=offer.names[2],
            currency=offer.face.currency, face_minor=offer.face.minor,
            discount_minor=discount_of(face_minor=offer.face.minor, percent=agreement.discount_percent)
            if offer.is_owed else 0,
        )
        for position, offer in enumerate(offers, start=1)
    ]  # fmt: skip


def _owed(line: SaleLine, offer: Offer) -> int:
    return line.face_minor - line.discount_minor if offer.is_owed else 0


def _check_payment(basket: Basket, *, face_minor: int) -> None:
    if basket.paid_by not in Paid.values:
        raise BadWayOfPaying(field="paid_by")
    if basket.given_minor is not None and (basket.paid_by != Paid.CASH or basket.given_minor < face_minor):
        raise NotEnoughCash(field="given")


def _check_credit(agreement: Agreement, *, adds: int) -> None:
    owed = owed_in(reseller_id=agreement.reseller_id, currency=agreement.currency)
    if owed.minor + adds > agreement.credit_limit_minor:
        raise CreditLimitReached()


def _write(
    reseller: Account,
    *,
    store: Store,
    agreement: Agreement,
    lines: list[SaleLine],
    basket: Basket,
    request_key: str,
    by: Actor,
    at: datetime,
) -> Sale:
    day = local_day(at=at, zone=ZoneInfo(reseller.time_zone))
    sale = Sale(
        reseller=reseller, store=store, agreement=agreement, year=day.year, number=_next_number(store, year=day.year),
        at=at, sold_on=day, user_id=by.user_id, api_key_id=by.api_key_id, count=len(lines),
        currency=agreement.currency, face_minor=sum(line.face_minor for line in lines),
        discount_minor=sum(line.discount_minor for line in lines), paid_by=basket.paid_by,
        given_minor=basket.given_minor, reference=basket.reference.strip(),
    )  # fmt: skip
    sale.activation = activate(
        seller_id=reseller.id, serials=[line.serial for line in lines], receipt=sale.receipt,
        request_key=request_key, store_id=store.id, is_told=False, by=by, at=at,
    )  # fmt: skip
    together.insert(sale)
    for line in lines:
        line.sale = sale
    SaleLine.objects.bulk_create(lines)
    return sale


def _next_number(store: Store, *, year: int) -> int:
    """The next receipt of the store: whoever sells holds the reseller's lock, and a refusal gives the number back."""
    series, _made = ReceiptSeries.objects.get_or_create(store=store, year=year)
    series.last_number += 1
    together.change(ReceiptSeries, where={"pk": series.pk}, last_number=series.last_number)
    return series.last_number


def post_discount(discount: Money, *, source_kind: str, source_id: UUID, reseller_id: UUID, at: datetime) -> None:
    """What the reseller does not owe of the face value that its cards booked; below 0, of those that came back."""
    if not discount.minor:
        return
    ledger.post(
        source_kind=source_kind, source_id=source_id, purpose="discount", at=at,
        lines=[
            Line(LedgerAccount.DISCOUNT, discount),
            Line(LedgerAccount.RECEIVABLE, -discount, reseller_id),
        ],
    )  # fmt: skip
