"""Renewal cards for machines: where a card is, what it would do, redeeming it, and undoing that within a day."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from prepaid_cards.errors import AccountToNameMissing
from prepaid_cards.models import Card, CardProduct, CardStatus, Redemption, RedemptionStatus
from prepaid_cards.operations.electronic import Issued, issue_card
from prepaid_cards.operations.redemption import UNDO_FOR, Promise, open_card, promise, redeem, undo_redemption
from prepaid_cards.operations.replacement import replace_card
from prepaid_cards.operations.words import without_codes
from prepaid_cards.queries.cards import access_card_by_serial
from prepaid_cards.queries.redeeming import access_redemption_open_to, redemptions_open_to
from prepaid_cards.queries.tickets import card_of_ticket, signed_ticket
from prepaid_cards.rules.serials import shown
from provider.accounts.models import Account, Portal
from provider.accounts.queries import access_account_by_key
from provider.kernel import clock
from provider.kernel.actor import Actor
from provider.kernel.doors import actor_of
from provider.kernel.errors import N_, NotFound
from provider.kernel.machine_doors import (
    Answer,
    Given,
    LanguageName,
    Page,
    PageAsked,
    page_of,
    remembers_refusals,
    scope,
    shows_secret,
)

router = Router(tags=["Renewal cards"])
NEWEST_FIRST = ("-at", "-id")
SEATS = N_("Seats that are paid for while its time runs; more are charged as the plan says.")

AccountNamed = Annotated[
    UUID | None,
    Field(description=N_("Whose card it is to be. A subscriber's key acts for its own account and may leave it out.")),
]


class OfProduct(Answer):
    """What the kind of card is called. Its names in Chinese are empty where the English one is used."""

    product: Annotated[str, Field(examples=["12 months of Standard"])]
    product_hans: Annotated[str, Field(examples=["12 个月标准版"])]
    product_hant: Annotated[str, Field(examples=["12 個月標準版"])]


def _named(product: CardProduct) -> dict[str, Any]:
    return dict(zip(("product", "product_hans", "product_hant"), product.names, strict=True))


class CardShown(OfProduct):
    """One card, by the number that is printed on it in clear."""

    serial: Annotated[str, Field(examples=["260001-0000417-5"])]
    status: Annotated[CardStatus, Field(examples=["active"])]
    batch: Annotated[str, Field(description=N_("The first six digits of the serial."), examples=["260001"])]
    batch_status: Annotated[
        str, Field(description=N_("A card is sold and redeemed only while this is `open`."), examples=["open"])
    ]
    product_id: UUID
    currency: Annotated[str, Field(examples=["CNY"])]
    face_minor: Annotated[int, Field(description=N_("Its price, in minor units."), examples=[59800])]
    seats: Annotated[int, Field(description=SEATS, examples=[0])]
    sold_at: datetime | None
    redeemed_at: datetime | None
    redeem_before: Annotated[
        datetime | None, Field(description=N_("The first instant at which it is not taken any more; null for never."))
    ]

    @classmethod
    def of(cls, card: Card) -> CardShown:
        batch = card.batch
        return cls(
            serial=shown(card.serial),
            status=CardStatus(card.status),
            batch=batch.prefix,
            batch_status=batch.status,
            product_id=batch.product_id,
            **_named(batch.product),
            currency=batch.currency,
            face_minor=batch.face_minor,
            seats=batch.product.seats,
            sold_at=card.activated_at,
            redeemed_at=card.redeemed_at,
            redeem_before=card.redeem_before or batch.redeem_before,
        )


class CardWished(Given):
    """An electronic card, for one buyer."""

    product_id: Annotated[UUID, Field(description=N_("The kind of card; an electronic batch of it must be open."))]
    request_key: Annotated[
        str,
        Field(
            min_length=1,
            max_length=80,
            description=N_("Names this sale for good. Sent again it is refused, since a code is shown only once."),
            examples=["order/2026-11-22/1042"],
        ),
    ]
    reference: Annotated[str, Field(max_length=60, description=N_("The number of your own order."))] = ""
    email: Annotated[
        str, Field(max_length=254, description=N_("Where the code is sent; then it is not in the answer."))
    ] = ""
    language: Annotated[LanguageName, Field(description=N_("Of the e-mail."))] = "en"


class CardIssued(Answer):
    """The new card. Its code is in this answer and nowhere else."""

    card: CardShown
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

    @classmethod
    def of(cls, issued: Issued, *, is_sent: bool) -> CardIssued:
        shown_card = CardShown.of(access_card_by_serial(serial=issued.card.serial))
        return cls(card=shown_card, code=None if is_sent else issued.code_shown, link=None if is_sent else issued.link)


class ReplacementWished(Given):
    """Why a card is replaced, and where the code of the new one goes."""

    reason: Annotated[
        str,
        Field(
            min_length=1,
            max_length=400,
            description=N_("It stands in the history of both cards."),
            examples=["Scratched through; the holder has the receipt"],
        ),
    ]
    email: Annotated[
        str, Field(max_length=254, description=N_("Where the code is sent; then it is not in the answer."))
    ] = ""
    language: Annotated[LanguageName, Field(description=N_("Of the e-mail."))] = "en"


class QuoteAsked(Given):
    """The secret of a card, and for whom."""

    code: Annotated[
        str,
        Field(
            max_length=80,
            description=N_("The sixteen symbols of the secret, as they were typed: case, blanks and hyphens are free."),
            examples=["7KQM-4TXD-9HRN-2W6C"],
        ),
    ]
    account_id: AccountNamed = None


class QuoteShown(OfProduct):
    """What the card would do. Nothing is used yet."""

    serial: Annotated[str, Field(examples=["260001-0000417-5"])]
    currency: Annotated[str, Field(examples=["CNY"])]
    face_minor: Annotated[int, Field(examples=[59800])]
    old_end_on: Annotated[date | None, Field(description=N_("The first day that is not paid today; null for none."))]
    begins_on: Annotated[
        date | None, Field(description=N_("The first day that the card pays for; null for money and points."))
    ]
    ends_on: Annotated[
        date | None, Field(description=N_("The first day that is not paid afterwards; null for money and points."))
    ]
    top_up_minor: Annotated[int, Field(description=N_("Prepaid money that it gives."), examples=[0])]
    points: Annotated[int, Field(description=N_("Points that it gives."), examples=[0])]
    months: Annotated[int, Field(examples=[12])]
    days: Annotated[int, Field(examples=[0])]
    bonus_months: Annotated[int, Field(examples=[0])]
    bonus_days: Annotated[int, Field(examples=[0])]
    seats: Annotated[int, Field(description=SEATS, examples=[0])]
    is_converted: Annotated[bool, Field(description=N_("The card is of another plan and buys time by its value."))]
    per_month_minor: Annotated[int, Field(description=N_("What a month costs with it."), examples=[4983])]
    ticket: Annotated[
        str, Field(description=N_("Stands for the card for an hour, so that its secret is sent only once."))
    ]
    fingerprint: Annotated[str, Field(description=N_("Of this quote: redeeming refuses to do anything else."))]

    @classmethod
    def of(cls, promised: Promise, *, ticket: str) -> QuoteShown:
        told, value, batch = promised.quote, promised.value, promised.card.batch
        given = value.amount + value.bonus if value else 0
        facts: dict[str, Any] = dict.fromkeys(("months", "days", "bonus_months", "bonus_days", "seats"), 0)
        facts |= {"begins_on": None, "ends_on": None, "is_converted": False}
        if told is not None:
            facts = {name: getattr(told, name) for name in facts}
        return cls(
            serial=shown(promised.card.serial),
            **_named(batch.product),
            currency=batch.currency,
            face_minor=batch.face_minor,
            old_end_on=told.old_end if told else None,
            per_month_minor=told.per_month_minor if told else 0,
            top_up_minor=given if value and value.unit == "money" else 0,
            points=given if value and value.unit == "points" else 0,
            ticket=ticket,
            fingerprint=promised.digest.hex(),
            **facts,
        )


class RedemptionAsked(Given):
    """The quote that is to come true."""

    ticket: Annotated[str, Field(max_length=200, description=N_("From the quote."))]
    fingerprint: Annotated[str, Field(pattern="^[0-9a-f]{64}$", description=N_("From the quote."))]
    account_id: AccountNamed = None


class RedemptionShown(OfProduct):
    """A card that was used, and whether that still stands."""

    id: UUID
    account_id: UUID
    status: RedemptionStatus
    serial: Annotated[str, Field(examples=["260001-0000417-5"])]
    currency: Annotated[str, Field(examples=["CNY"])]
    face_minor: Annotated[int, Field(examples=[59800])]
    at: datetime
    begins_at: Annotated[datetime | None, Field(description=N_("From when its time is served; null for no time."))]
    ends_at: Annotated[datetime | None, Field(description=N_("The first instant after its time."))]
    seats: Annotated[int, Field(description=SEATS, examples=[0])]
    undone_at: datetime | None
    undo_before: Annotated[datetime, Field(description=N_("The first instant at which it cannot be undone."))]

    @classmethod
    def of(cls, made: Redemption) -> RedemptionShown:
        names = ("id", "account_id", "currency", "face_minor", "at", "begins_at", "ends_at", "undone_at")
        return cls(
            status=RedemptionStatus(made.status),
            serial=shown(made.card.serial),
            **_named(made.card.batch.product),
            seats=made.facts.get("quote", {}).get("seats", 0),
            undo_before=made.at + UNDO_FOR,
            **{name: getattr(made, name) for name in names},
        )


class RedemptionsAsked(PageAsked):
    """Which redemptions."""

    account_id: Annotated[UUID | None, Field(description=N_("Only redemptions of this account."))] = None


def _account(by: Actor, *, account_id: UUID | None) -> Account:
    """For whom a key redeems: a subscriber's for its own account, the provider's for the one that it names."""
    if account_id is None and by.portal == Portal.SUBSCRIBER:
        account_id = by.account_id
    if account_id is None:
        raise AccountToNameMissing(field="account_id")
    return access_account_by_key(by=by, account_id=account_id)


def _issuer(request: HttpRequest) -> Actor:
    """Who makes cards by a key. A test key makes and ends none: whatever card there is can be redeemed."""
    by = actor_of(request)
    if by.is_test:
        raise NotFound()
    return by


def _now(account: Account) -> datetime:
    return clock.now_for(test_clock_at=account.test_clock_at)


@router.get(
    "/cards/serials/{serial}",
    response=CardShown,
    operation_id="read_card",
    summary=N_("Look a card up"),
    description=N_(
        "By the serial, which is printed in clear. A reseller's key finds the cards that it holds or has sold. "
        "The secret is not needed, and nobody can read it."
    ),
)
@scope("cards:read")
def read_card(request: HttpRequest, serial: str) -> CardShown:
    by = actor_of(request)
    seller_id = by.account_id if by.portal == Portal.RESELLER else None
    return CardShown.of(access_card_by_serial(serial=serial, seller_id=seller_id))


@router.post(
    "/cards/generate",
    response=CardIssued,
    operation_id="generate_card",
    summary=N_("Issue an electronic card"),
    description=N_(
        "Makes one card and sells it from the provider's own store. The code is in the answer, or leaves by e-mail. "
        "For 24 hours the same request with the same Idempotency-Key gets the same answer, kept encrypted under your "
        "API key; after that nobody can read the code again. It is not for test keys: cards are worth real money."
    ),
)
@scope("cards:issue")
@shows_secret
def generate_card(request: HttpRequest, wish: CardWished) -> CardIssued:
    issued = issue_card(
        product_id=wish.product_id,
        request_key=wish.request_key,
        reference=wish.reference,
        to_email=wish.email,
        language=wish.language,
        by=_issuer(request),
        at=clock.now(),
    )
    return CardIssued.of(issued, is_sent=bool(wish.email))


@router.post(
    "/cards/serials/{serial}/replace",
    response=CardIssued,
    operation_id="replace_card",
    summary=N_("Replace a lost or damaged card"),
    description=N_(
        "Ends a sold card that was not redeemed and makes an electronic one of the same product, worth and last day in "
        "its place; the sale, its tax and the books stay. A card is replaced once. For 24 hours the same request with "
        "the same Idempotency-Key gets the same answer, kept encrypted under your API key; after that nobody can read "
        "the code again. It is not for test keys: cards are worth real money."
    ),
)
@scope("cards:replace")
@shows_secret
def replace_one(request: HttpRequest, serial: str, wish: ReplacementWished) -> CardIssued:
    issued = replace_card(
        serial=serial,
        reason=without_codes(wish.reason)[:400],
        to_email=wish.email,
        language=wish.language,
        by=_issuer(request),
        at=clock.now(),
    )
    return CardIssued.of(issued, is_sent=bool(wish.email))


@router.post(
    "/cards/quote",
    response=QuoteShown,
    operation_id="quote_card",
    summary=N_("See what a card would do"),
    description=N_(
        "Checks the secret and says what the card would do for the account today; nothing is used. Wrong secrets are "
        "counted per account, network and in all: after 5, 10, 15 and 20 of them everything is refused for "
        "15 minutes, 30 minutes, 1 hour and 24 hours. A typing error is found before and not counted."
    ),
)
@scope("cards:redeem")
@remembers_refusals
@shows_secret
def quote_card(request: HttpRequest, wish: QuoteAsked) -> QuoteShown:
    by = actor_of(request)
    account = _account(by, account_id=wish.account_id)
    at = _now(account)
    card = open_card(code_typed=wish.code, account_id=account.id, by=by, at=at)
    promised = promise(card=card, account=account, at=at)
    return QuoteShown.of(promised, ticket=signed_ticket(card=card, at=clock.now()))


@router.post(
    "/cards/redeem",
    response=RedemptionShown,
    operation_id="redeem_card",
    summary=N_("Redeem a card"),
    description=N_(
        "Does what the quote said, to the day, exactly once, however many ask at the same time. If anything moved "
        "since the quote, nothing is done and the answer is `facts_changed`: ask for a new quote."
    ),
)
@scope("cards:redeem")
def redeem_card(request: HttpRequest, wish: RedemptionAsked) -> RedemptionShown:
    by = actor_of(request)
    account = _account(by, account_id=wish.account_id)
    card = card_of_ticket(wish.ticket, at=clock.now())
    at = _now(account)
    made = redeem(
        card_id=card.id, account_id=account.id, expected=bytes.fromhex(wish.fingerprint), by=by, at=at
    )  # fmt: skip
    return RedemptionShown.of(made)


@router.get(
    "/redemptions",
    response=Page[RedemptionShown],
    operation_id="list_redemptions",
    summary=N_("List redemptions"),
    description=N_("Newest first. The provider's key reads all of them, a subscriber's its own."),
)
@scope("cards:redeem")
def list_redemptions(request: HttpRequest, response: HttpResponse, asked: Query[RedemptionsAsked]) -> dict[str, Any]:
    rows = redemptions_open_to(actor_of(request))
    if asked.account_id is not None:
        rows = rows.filter(account_id=asked.account_id)
    return page_of(
        rows,
        request=request,
        response=response,
        asked=asked,
        order=NEWEST_FIRST,
        shape=RedemptionShown.of,
        filters={"account_id": str(asked.account_id or "")},
    )


@router.get(
    "/redemptions/{redemption_id}",
    response=RedemptionShown,
    operation_id="read_redemption",
    summary=N_("Read a redemption"),
    description=N_("One redemption, and whether it still stands."),
)
@scope("cards:redeem")
def read_redemption(request: HttpRequest, redemption_id: UUID) -> RedemptionShown:
    made = access_redemption_open_to(actor_of(request), redemption_id=redemption_id)
    return RedemptionShown.of(made)


@router.post(
    "/redemptions/{redemption_id}/undo",
    response=RedemptionShown,
    operation_id="undo_redemption",
    summary=N_("Undo a redemption"),
    description=N_(
        "Within 24 hours, once for a card and twice a year for an account: the card may be used again and the account "
        "stands as it did before. Sent again it finds the redemption undone already."
    ),
)
@scope("cards:redeem")
def undo(request: HttpRequest, redemption_id: UUID) -> RedemptionShown:
    by = actor_of(request)
    made = access_redemption_open_to(by, redemption_id=redemption_id)
    at = _now(made.account)
    undone = undo_redemption(redemption_id=made.id, account_id=made.account_id, by=by, at=at)
    return RedemptionShown.of(undone)
