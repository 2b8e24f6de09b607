"""Cards in a holder's hand, for tests that redeem them: sold, with a secret that is known."""

from __future__ import annotations

import itertools
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from plans.models import Plan
from prepaid_cards.models import Activation, Card, CardEvent, CardProduct
from prepaid_cards.operations.redemption import open_card, promise, redeem
from prepaid_cards.rules.codes import draw
from provider.accounts.models import Account
from provider.kernel import ledger
from provider.kernel.actor import SYSTEM, Actor
from provider.kernel.chart import LedgerAccount
from provider.kernel.ledger import Line
from provider.kernel.money import Money
from tests.factories import AT, make_account

from .factories import make_batch, make_product

_numbers = itertools.count(1)


def term_product(plan: Plan, *, months: int = 0, days: int = 0, face: int = 98000, **facts: Any) -> CardProduct:
    """A card of time on a plan."""
    return make_product(
        name=f"Time on {plan.code}", kind="term", plan=plan, months=months, days=days, top_up_minor=0, face_minor=face,
        **facts,
    )  # fmt: skip


def sold_card(product: CardProduct, *, seller: Account | None = None, **batch_facts: Any) -> tuple[Card, str]:
    """A card that was sold, in the books too, and its secret."""
    (code,) = draw(1)
    prefix = f"24{next(_numbers) % 10_000:04d}"  # round again: ten thousand examples are each rolled back
    batch = make_batch(product=product, count=1, prefix=prefix, **batch_facts)
    seller = seller or make_account(name="A shop", portal="reseller")
    sale = Activation.objects.create(
        seller=seller, request_key=prefix, request_hash=b"0" * 32, count=1, face_minor=batch.face_minor,
        currency=batch.currency, at=AT,
    )  # fmt: skip
    Card.objects.filter(batch=batch).update(
        secret_hmac=settings.CARD_KEYS.newest.digest(code.encode()), key_path=settings.CARD_KEYS.newest.name,
        status="active", activation=sale, activated_at=AT, holder=seller,
    )  # fmt: skip
    CardEvent.objects.create(
        batch=batch, first=1, last=1, verb="activated", at=AT, account=seller, act_id=sale.id,
    )  # fmt: skip
    if batch.price.liability_minor:
        owed = Money(batch.price.liability_minor, batch.currency)
        ledger.post(
            source_kind="activation", source_id=sale.id, purpose="face", at=AT,
            lines=[Line(LedgerAccount.RECEIVABLE, owed, seller.id), Line(LedgerAccount.CARD_LIABILITY, -owed)],
        )  # fmt: skip
    return Card.objects.select_related("batch__product").get(batch=batch), code


def use(code: str, *, account_id: UUID, at: datetime, by: Actor = SYSTEM) -> Any:
    """Type it, see the quote, confirm it."""
    account = Account.objects.get(id=account_id)
    card = open_card(code_typed=code, account_id=account_id, by=by, at=at)
    shown = promise(card=card, account=account, at=at)
    return redeem(card_id=card.id, account_id=account_id, expected=shown.digest, by=by, at=at)
