"""Selling for machines: a shop's own till activates cards, takes sales back, and reads stock and takings."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, Field

from plans.rules.catalogue.naming import Names
from prepaid_cards.rules.serials import shown
from provider.accounts.models import Account
from provider.accounts.queries import account_of
from provider.kernel import clock
from provider.kernel.clock import local_day
from provider.kernel.doors import actor_of
from provider.kernel.errors import N_
from provider.kernel.machine_doors import Answer, Day, Given, LanguageName, scope, shows_secret
from resellers.errors import ModeDiffers
from resellers.models import Paid, Sale
from resellers.operations.electronic import Wish, sell_electronic
from resellers.operations.returns import return_cards, undo_sale
from resellers.operations.sales import Basket, sell
from resellers.queries.sales import access_sale_by_key, lines_of, takings
from resellers.queries.shelf import shelf_of
from resellers.queries.stores import access_store_by_code

router = Router(tags=["Sales"])
_NAME_IN_CHINESE: Final = N_("Empty where the English name is used.")


def _named(names: Names) -> dict[str, Any]:
    return dict(zip(("product", "product_hans", "product_hant"), names, strict=True))


class LineSold(Answer):
    """One card of a sale."""

    serial: Annotated[str, Field(examples=["260001-0000417-5"])]
    product: Annotated[str, Field(examples=["12 months of Standard"])]
    product_hans: Annotated[str, Field(description=_NAME_IN_CHINESE, examples=["12 个月标准版"])]
    product_hant: Annotated[str, Field(description=_NAME_IN_CHINESE, examples=["12 個月標準版"])]
    face_minor: Annotated[int, Field(description=N_("Its price, in minor units."), examples=[59800])]
    returned_at: Annotated[datetime | None, Field(description=N_("When it came back; null while it is sold."))]


class SaleShown(Answer):
    """A receipt, and whether it still stands."""

    id: UUID
    receipt: Annotated[str, Field(description=N_("Gapless by store and year."), examples=["SH1-2026-000417"])]
    store: Annotated[str, Field(description=N_("The store's code."), examples=["SH1"])]
    at: datetime
    count: Annotated[int, Field(examples=[1])]
    currency: Annotated[str, Field(examples=["CNY"])]
    face_minor: Annotated[int, Field(description=N_("What the customer pays, in minor units."), examples=[59800])]
    reference: Annotated[str, Field(description=N_("The number of the shop's own receipt."), examples=["R-1042"])]
    returned_minor: Annotated[int, Field(description=N_("The price of its cards that came back."), examples=[0])]
    undone_at: Annotated[datetime | None, Field(description=N_("When it was taken back; null while it stands."))]
    cards: list[LineSold]

    @classmethod
    def of(cls, sale: Sale) -> SaleShown:
        names = ("id", "receipt", "at", "count", "currency", "face_minor", "reference", "returned_minor", "undone_at")
        cards = [
            LineSold(
                serial=shown(line.serial),
                face_minor=line.face_minor,
                returned_at=line.undone_at,
                **_named(line.product_names),
            )
            for line in lines_of(sale)
        ]
        return cls(store=sale.store.code, cards=cards, **{name: getattr(sale, name) for name in names})


class ActivationAsked(Given):
    """The cards that go over the counter together: all are sold, or none."""

    serials: Annotated[
        list[Annotated[str, Field(max_length=60)]],
        Field(min_length=1, max_length=200, description=N_("As they are printed."), examples=[["260001-0000417-5"]]),
    ]
    request_key: Annotated[
        str,
        Field(
            min_length=1,
            max_length=80,
            description=N_("Names this sale for good: sent again it finds this sale; for other cards it is refused."),
            examples=["till-2/2026-11-22/1042"],
        ),
    ]
    store: Annotated[
        str, Field(max_length=8, description=N_("The store's code; left out where there is one."), examples=["SH1"])
    ] = ""
    reference: Annotated[
        str, Field(max_length=60, description=N_("The number of the shop's own receipt."), examples=["R-1042"])
    ] = ""
    paid_by: Annotated[Paid, Field(description=N_("How the customer paid."), examples=["wechat_pay"])] = Paid.OTHER


class ElectronicAsked(Given):
    """An electronic card that a customer of the web shop has paid for."""

    product_id: Annotated[UUID, Field(description=N_("The kind of card; an electronic batch of it must be open."))]
    request_key: Annotated[
        str,
        Field(
            min_length=1,
            max_length=80,
            description=N_("Names this sale for good. Sent again it is refused, since a code is shown only once."),
            examples=["web/2026-11-22/1042"],
        ),
    ]
    store: Annotated[
        str, Field(max_length=8, description=N_("The store's code; left out where there is one."), examples=["SH1"])
    ] = ""
    reference: Annotated[
        str, Field(max_length=60, description=N_("The number of the shop's own receipt."), examples=["R-1042"])
    ] = ""
    paid_by: Annotated[Paid, Field(description=N_("How the customer paid."), examples=["wechat_pay"])] = Paid.OTHER
    email: Annotated[
        str, Field(max_length=254, description=N_("Where the code is sent; then it is not in the answer."))
    ] = ""
    language: Annotated[LanguageName, Field(description=N_("Of the e-mail."))] = "en"


class ElectronicSold(Answer):
    """The receipt, and the code of the card: in this answer and nowhere else."""

    sale: SaleShown
    code: Annotated[
        str | None,
        Field(description=N_("The secret; null where it was sent by e-mail."), examples=["7KQM-4TXD-9HRN-2W6C"]),
    ]
    link: Annotated[
        str | None,
        Field(
            description=N_("Where it is redeemed, for a button or a QR code; the secret stands after `#`."),
            examples=["https://example.com/redeem/#7KQM4TXD9HRN2W6C"],
        ),
    ]


class ReversalAsked(Given):
    """The sale to take back, by the key under which it was made."""

    request_key: Annotated[str, Field(min_length=1, max_length=80, examples=["till-2/2026-11-22/1042"])]
    serials: Annotated[
        list[Annotated[str, Field(max_length=60)]],
        Field(
            max_length=200,
            description=N_("Only these cards of it come back; left out, all of them do."),
            examples=[["260001-0000417-5"]],
        ),
    ] = []
    reason: Annotated[str, Field(max_length=200, description=N_("It stands in the history."))] = ""


class StockLine(Answer):
    """What is there of one product."""

    product_id: UUID
    product: Annotated[str, Field(examples=["12 months of Standard"])]
    product_hans: Annotated[str, Field(description=_NAME_IN_CHINESE, examples=["12 个月标准版"])]
    product_hant: Annotated[str, Field(description=_NAME_IN_CHINESE, examples=["12 個月標準版"])]
    currency: Annotated[str, Field(examples=["CNY"])]
    face_minor: Annotated[int, Field(examples=[59800])]
    on_shelf: Annotated[int, Field(description=N_("Can be sold now."), examples=[46])]
    on_the_way: Annotated[int, Field(description=N_("Sent and not received yet."), examples=[200])]
    being_checked: Annotated[int, Field(description=N_("Frozen."), examples=[0])]
    days_left: Annotated[
        int | None, Field(description=N_("At the pace of the last 30 days; null where nothing sells."), examples=[9])
    ]


class StockShown(Answer):
    """The shelf, what runs out first on top."""

    items: list[StockLine]


class TakingsAsked(BaseModel):
    """Which day, in the reseller's zone."""

    day: Annotated[Day | None, Field(description=N_("Today where it is left out."), examples=["2026-11-22"])] = None
    store: Annotated[str, Field(max_length=8, description=N_("One store's code; all where it is left out."))] = ""


class AmountTaken(Answer):
    """What customers paid in one currency."""

    currency: Annotated[str, Field(examples=["CNY"])]
    amount_minor: Annotated[int, Field(examples=[1420600])]


class TakingsShown(Answer):
    """What was taken on a day, without what was undone."""

    day: date
    receipts: Annotated[int, Field(examples=[33])]
    cards: Annotated[int, Field(examples=[37])]
    undone: Annotated[int, Field(description=N_("Receipts that were taken back."), examples=[1])]
    totals: list[AmountTaken]


def _seller(request: HttpRequest) -> Account:
    """The reseller for whom this key sells: real cards with a live key, test cards with a test key."""
    account = account_of(request)
    if actor_of(request).is_test != account.is_test:
        raise ModeDiffers()
    return account


def _now(account: Account) -> datetime:
    return clock.now_for(test_clock_at=account.test_clock_at)


@router.post(
    "/cards/activate",
    response=SaleShown,
    operation_id="activate_cards",
    summary=N_("Sell cards"),
    description=N_(
        "Sells cards at the till: they can be redeemed from now on, and the reseller owes their face value less its "
        "discount. All or none. With a test key of a test reseller nothing real is sold."
    ),
)
@scope("sales:write")
def activate_cards(request: HttpRequest, wish: ActivationAsked) -> SaleShown:
    account = _seller(request)
    store = access_store_by_code(code=wish.store, reseller_id=account.id)
    sale = sell(
        reseller_id=account.id,
        store_id=store.id,
        basket=Basket(serials=wish.serials, paid_by=wish.paid_by, reference=wish.reference),
        request_key=wish.request_key,
        by=actor_of(request),
        at=_now(account),
    )
    return SaleShown.of(sale)


@router.post(
    "/cards/sell-electronic",
    response=ElectronicSold,
    operation_id="sell_electronic_card",
    summary=N_("Sell an electronic card"),
    description=N_(
        "Makes a card for a customer who has paid, sells it on the reseller's terms, and hands its code over: in the "
        "answer or by e-mail. For 24 hours the same request with the same Idempotency-Key gets the same answer, kept "
        "encrypted under your API key."
    ),
)
@scope("sales:write")
@shows_secret
def sell_electronic_card(request: HttpRequest, wish: ElectronicAsked) -> ElectronicSold:
    account = _seller(request)
    store = access_store_by_code(code=wish.store, reseller_id=account.id)
    sale, issued = sell_electronic(
        reseller_id=account.id,
        store_id=store.id,
        wish=Wish(
            product_id=wish.product_id,
            paid_by=wish.paid_by,
            reference=wish.reference,
            to_email=wish.email,
            language=wish.language,
        ),
        request_key=wish.request_key,
        by=actor_of(request),
        at=_now(account),
    )
    is_sent = bool(wish.email)
    return ElectronicSold(
        sale=SaleShown.of(sale),
        code=None if is_sent else issued.code_shown,
        link=None if is_sent else issued.link,
    )


@router.post(
    "/cards/reverse",
    response=SaleShown,
    operation_id="reverse_activation",
    summary=N_("Take a sale back"),
    description=N_(
        "Within 24 hours and only while none of its cards was redeemed; the answer is final. Sent again it finds the "
        "sale taken back already. With `serials` only those cards come back and the others stay sold."
    ),
)
@scope("sales:write")
def reverse_activation(request: HttpRequest, wish: ReversalAsked) -> SaleShown:
    account = _seller(request)
    sale = access_sale_by_key(request_key=wish.request_key, reseller_id=account.id)
    by, at = actor_of(request), _now(account)
    if wish.serials:
        made = return_cards(
            reseller_id=account.id, sale_id=sale.id, serials=wish.serials, reason=wish.reason, by=by, at=at
        )
        return SaleShown.of(made.sale)
    return SaleShown.of(undo_sale(reseller_id=account.id, sale_id=sale.id, reason=wish.reason, by=by, at=at))


@router.get(
    "/stock",
    response=StockShown,
    operation_id="read_stock",
    summary=N_("Read the stock"),
    description=N_("What is on the reseller's shelf and on its way, by product."),
)
@scope("sales:read")
def read_stock(request: HttpRequest) -> StockShown:
    account = account_of(request)
    return StockShown(
        items=[
            StockLine(
                product_id=line.product_id,
                **_named(line.names),
                currency=line.face.currency,
                face_minor=line.face.minor,
                on_shelf=line.on_shelf,
                on_the_way=line.on_the_way,
                being_checked=line.checked,
                days_left=line.days_left,
            )
            for line in shelf_of(reseller_id=account.id, at=_now(account))
        ]
    )


@router.get(
    "/takings",
    response=TakingsShown,
    operation_id="read_takings",
    summary=N_("Read the takings of a day"),
    description=N_("What customers paid on a day, in all stores or one."),
)
@scope("sales:read")
def read_takings(request: HttpRequest, asked: Query[TakingsAsked]) -> TakingsShown:
    account = account_of(request)
    day = asked.day or local_day(at=_now(account), zone=ZoneInfo(account.time_zone))
    store = access_store_by_code(code=asked.store, reseller_id=account.id) if asked.store else None
    found = takings(reseller_id=account.id, day=day, store_id=store.id if store else None)
    totals = [AmountTaken(currency=total.currency, amount_minor=total.minor) for total in found.totals]
    return TakingsShown(day=day, receipts=found.receipts, cards=found.cards, undone=found.undone, totals=totals)
