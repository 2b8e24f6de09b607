"""A card whose code is of no use any more is ended; its holder gets an electronic one of the same sale."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction

from prepaid_cards.errors import CardBrokenOff, CardNotReplaceable, CardReplacedBefore, ReasonMissing
from prepaid_cards.models import (
    CARD_MOVES,
    Card,
    CardBreakage,
    CardEvent,
    CardReplacement,
    CardStatus,
    CardVerb,
)
from prepaid_cards.queries.cards import access_card_by_serial, provider_account
from prepaid_cards.rules.serials import shown
from provider.kernel import audit, ledger
from provider.kernel.actor import Actor
from provider.kernel.chart import LedgerAccount
from provider.kernel.ledger import Line
from provider.kernel.money import Money
from provider.kernel.state import move

from .electronic import Issued, make_electronic, send_card, until_of
from .locks import lock_card
from .redemption import why_not

SOURCE: Final = "card_replacement"


def replace_card(
    *, serial: str, reason: str, to_email: str = "", language: str = "", by: Actor, at: datetime
) -> Issued:  # fmt: skip
    """End a sold card and make an electronic one of the same product, worth and last day in its place.

    The sale, its seller, its instant and its tax stay; what was owed for the one card is owed for the other. With an
    address the new code leaves by e-mail; else it is for whoever called, once.
    """
    if not reason.strip():
        raise ReasonMissing(field="reason")
    found = access_card_by_serial(serial=serial)
    _check(found, at=at)
    with transaction.atomic():
        issued = make_electronic(
            product_id=found.batch.product_id, holder_id=found.holder_id, like=found, by=by, at=at
        )  # fmt: skip
        old = lock_card(found.id)
        _check(old, at=at)

        made = CardReplacement.objects.create(
            old=old, new=issued.card, reason=reason.strip()[:400], at=at, user_id=by.user_id
        )
        _hand_over(made, by=by)
        _post(made)
        if to_email:
            send_card(issued, seller=provider_account(), to_email=to_email, language=language, by=by, at=at)

        _record(made, by=by)
        return issued


def may_replace(card: Card, *, at: datetime) -> bool:
    """Whether it could be replaced now, were there a batch for it."""
    try:
        _check(card, at=at)
    except (CardNotReplaceable, CardReplacedBefore, CardBrokenOff):
        return False
    return True


def _check(card: Card, *, at: datetime) -> None:
    told = shown(card.serial)
    earlier = CardReplacement.objects.select_related("new").filter(old=card).first()
    if earlier is not None:
        raise CardReplacedBefore(serial=told, new=shown(earlier.new.serial))
    if why_not(card, at=at) is not None:
        raise CardNotReplaceable(serial=told, state=CardStatus(card.status).label)
    if CardBreakage.objects.filter(card=card, reopened_at=None).exists():
        raise CardBrokenOff(serial=told)


def _hand_over(made: CardReplacement, *, by: Actor) -> None:
    """The sale leaves the one card for the other, in the state of both and in their histories."""
    old, new, sale = made.old, made.new, made.old.activation
    assert sale is not None
    until, sold_at = until_of(old), old.activated_at
    move(old, to=CardStatus.VOID, transitions=CARD_MOVES, activation=None, activated_at=None, voided_at=made.at)
    move(
        new, to=CardStatus.ACTIVE, transitions=CARD_MOVES, activation=sale, activated_at=sold_at,
        redeem_before=until,
    )  # fmt: skip
    CardEvent.objects.bulk_create(
        CardEvent(
            batch_id=card.batch_id, first=card.counter, last=card.counter, verb=verb, at=made.at,
            account_id=sale.seller_id, user_id=by.user_id, act_id=made.id, reason=made.reason,
        )
        for card, verb in ((old, CardVerb.REVERSED), (new, CardVerb.ACTIVATED))
    )  # fmt: skip


def _post(made: CardReplacement) -> None:
    """What is owed moves from card to card: nothing is sold, taxed or earned by it."""
    batch = made.new.batch
    owed = Money(batch.price.liability_minor, batch.currency)
    if not owed.minor:
        return
    ledger.post(
        source_kind=SOURCE, source_id=made.id, purpose="replaced", at=made.at,
        lines=[Line(LedgerAccount.CARD_LIABILITY, owed), Line(LedgerAccount.CARD_LIABILITY, -owed)],
    )  # fmt: skip


def _record(made: CardReplacement, *, by: Actor) -> None:
    audit.record(
        by=by, verb="card.replaced", subject_kind="card_batch", subject_id=made.old.batch_id,
        account_id=by.account_id, at=made.at, before={"serial": shown(made.old.serial)},
        after={"serial": shown(made.new.serial)}, reason=made.reason,
    )  # fmt: skip
