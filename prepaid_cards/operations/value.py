"""Cards of money and points: what they would give, giving it, and taking it back while nothing of it was used.

The tax of money is due when an invoice is paid with it, so a card of money is never taxed itself. What the card cost
and what it gives need not be equal: more is a discount, less is earned at once.
"""

from __future__ import annotations

from datetime import datetime

from invoices.operations.balances import grant_points, take_back_lot, top_up
from invoices.queries.accounts import credit_to_use, is_lot_used, points_of
from prepaid_cards import errors
from prepaid_cards.models import Card, GrantKind, Redemption, TaxClass
from prepaid_cards.rules.serials import shown
from prepaid_cards.rules.values import Value
from provider.accounts.models import Account
from provider.kernel import ledger
from provider.kernel.actor import Actor
from provider.kernel.chart import LedgerAccount
from provider.kernel.ledger import Line
from provider.kernel.money import Money

SOURCE = "card_redemption"
POINTS_SOURCE = "card_points"
OF_VALUE = (GrantKind.TOP_UP, GrantKind.POINTS)


def value_of(*, card: Card, account: Account, at: datetime) -> Value:
    """What a card of money or points would give; refused where the account pays in another currency."""
    product, currency = card.batch.product, card.batch.currency
    if product.kind == GrantKind.POINTS:
        return Value(unit="points", currency=currency, before=points_of(account_id=account.id), amount=product.points)
    if account.currency != currency:
        raise errors.CardOtherCurrency(serial=shown(card.serial), currency=currency)
    left = sum(one.minor for one in credit_to_use(account_id=account.id, at=at) if one.currency == currency)
    return Value(unit="money", currency=currency, before=left, amount=product.top_up_minor)


def give(value: Value, *, redemption: Redemption, by: Actor, at: datetime) -> None:
    """Add the money or points, and move in the books what was owed to the card's holder."""
    source_id = str(redemption.id)
    owed = redemption.card.batch.price.liability_minor
    if value.unit == "points":
        grant_points(
            account_id=redemption.account_id, points=value.amount, currency=value.currency, source_kind=SOURCE,
            source_id=source_id, worth_minor=owed, by=by, at=at,
        )  # fmt: skip
        _post_points(redemption, owed=owed, purpose="redeemed", at=at)
        return
    top_up(
        account_id=redemption.account_id, amount=Money(value.amount, value.currency), source_kind=SOURCE,
        source_id=source_id, by=by, at=at, paid_from=_paid_from(redemption),
    )  # fmt: skip
    _post_rest(redemption, rest=owed - value.amount, purpose="redeemed", at=at)


def take_back(redemption: Redemption, *, by: Actor, at: datetime) -> None:
    """As if the card had not been used."""
    owed = redemption.card.batch.price.liability_minor
    lot = take_back_lot(
        source_kind=SOURCE, source_id=str(redemption.id), by=by, at=at, paid_from=_paid_from(redemption)
    )
    if lot.unit == "points":
        _post_points(redemption, owed=-owed, purpose="undone", at=at)
    else:
        _post_rest(redemption, rest=lot.amount_minor - owed, purpose="undone", at=at)


def is_spent(redemption: Redemption) -> bool:
    """Whether something of what the card gave was used."""
    return is_lot_used(source_kind=SOURCE, source_id=str(redemption.id))


def _paid_from(redemption: Redemption) -> LedgerAccount:
    is_gift = redemption.tax_class == TaxClass.PROMOTIONAL
    return LedgerAccount.DISCOUNT if is_gift else LedgerAccount.CARD_LIABILITY


def _post_rest(redemption: Redemption, *, rest: int, purpose: str, at: datetime) -> None:
    """What the card cost beyond what it gives is earned; what it gives beyond that was a discount."""
    if not rest or redemption.tax_class == TaxClass.PROMOTIONAL:
        return
    is_discount = (rest < 0) == (purpose == "redeemed")
    other = LedgerAccount.DISCOUNT if is_discount else LedgerAccount.REVENUE
    _post(SOURCE, redemption, minor=rest, other=other, purpose=purpose, at=at)


def _post_points(redemption: Redemption, *, owed: int, purpose: str, at: datetime) -> None:
    """What the points were bought for is owed until they are used; given away they are worth nothing yet."""
    if owed:
        _post(POINTS_SOURCE, redemption, minor=owed, other=LedgerAccount.DEFERRED_SERVICE, purpose=purpose, at=at)


def _post(source: str, redemption: Redemption, *, minor: int, other: LedgerAccount, purpose: str, at: datetime) -> None:
    amount = Money(minor, redemption.currency)
    ledger.post(
        source_kind=source, source_id=redemption.id, purpose=purpose, at=at,
        lines=[Line(LedgerAccount.CARD_LIABILITY, amount), Line(other, -amount)],
    )  # fmt: skip
