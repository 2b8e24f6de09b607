"""Redeeming: a quote that changes nothing, then the act that keeps it to the day, then a day in which it can be undone.

A secret that is wrong gets one answer, whatever is wrong with it, after the same work; with the right one the true
reason is told. The try itself is kept in a transaction of its own, so that a refusal does not take it back.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from invoices.operations.terms import Held, Term, extend_term, take_back_term
from plans.queries.access import access_of
from prepaid_cards import errors
from prepaid_cards.events import CardRedeemed, CardTryRefused, RedemptionUndone
from prepaid_cards.models import (
    CARD_MOVES,
    AttemptOutcome,
    BatchStatus,
    Card,
    CardStatus,
    Redemption,
    RedemptionAttempt,
    RedemptionStatus,
)
from prepaid_cards.queries.campaigns import case_of, running_offers
from prepaid_cards.queries.redeeming import (
    Place,
    Places,
    digest_of,
    find_card,
    last_success,
    lock_of,
    place_of,
    places_of,
    undone_within_a_year,
    version_for,
)
from prepaid_cards.rules import codes, guessing
from prepaid_cards.rules.campaigns import Bonus, bonuses_for
from prepaid_cards.rules.quotes import Grant, NotConvertible, Quote, quote
from prepaid_cards.rules.serials import shown
from prepaid_cards.rules.terms import last_day_before
from prepaid_cards.rules.values import Value
from provider.accounts.errors import AccountErased
from provider.accounts.models import Account, Portal
from provider.kernel import audit, ledger, outbox, together
from provider.kernel.actor import Actor
from provider.kernel.chart import LedgerAccount
from provider.kernel.clock import first_instant
from provider.kernel.encoding import to_plain
from provider.kernel.errors import FactsChanged, NotFound, Refusal
from provider.kernel.ids import new_id
from provider.kernel.ledger import Line
from provider.kernel.money import Money
from provider.kernel.state import move

from .breakage import reopen_breakage
from .campaigns import give_bonuses, is_bonus_used, take_back_bonuses
from .locks import Around, lock_redemption, lock_to_redeem
from .value import OF_VALUE, give, is_spent, take_back, value_of
from .words import day_in_words
from .zones import provider_zone

UNDO_FOR: Final = timedelta(hours=24)
SOURCE: Final = "card_redemption"
_GUESSES: Final = (AttemptOutcome.WRONG, AttemptOutcome.CANARY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What the card would do for the account; `digest` is handed back to the act."""

    card: Card
    digest: bytes
    place: Place | None = None
    quote: Quote | None = None  # of time
    value: Value | None = None  # of money or points
    bonuses: tuple[Bonus, ...] = ()  # of promotions, within the quote


def open_card(*, code_typed: str, account_id: UUID | None, by: Actor, at: datetime) -> Card:
    """The card behind a typed secret, if it can be redeemed now. Mistyped ones are told apart without any table."""
    code = _read(code_typed)
    block = network_of(by)
    lock = lock_of(account_id=account_id, block=block, serial="", since=last_success(account_id), at=at)
    card = find_card(code)
    refuse_while_locked(lock, at=at)
    outcome = AttemptOutcome.WRONG if card is None else why_not(card, at=at)
    if outcome is not None:
        note_try(card, outcome=outcome, account_id=account_id, block=block, at=at)
        raise refusal_of(card, outcome=outcome)
    assert card is not None
    return card


def network_of(by: Actor) -> str:
    """The network whose wrong tries are counted; none for the provider's own key, which speaks for many accounts."""
    is_own_key = by.kind == "api_key" and by.portal == Portal.PROVIDER
    return "" if is_own_key else guessing.block_of(by.address)


def refuse_while_locked(lock: guessing.Lock | None, *, at: datetime) -> None:
    """Say whose tries were wrong too often, and how long to wait."""
    if lock is not None:
        seconds = math.ceil((lock.until - at).total_seconds())
        raise errors.TriesLocked(
            seconds=seconds, wait=errors.wait_in_words(-(-seconds // 60)), until=lock.until,
            cause=errors.TOO_MANY[lock.whose],
        )  # fmt: skip


def why_not(card: Card, *, at: datetime) -> AttemptOutcome | None:
    """Why a card with the right secret is not taken; None if it is."""
    by_status = {
        CardStatus.REDEEMED: AttemptOutcome.USED, CardStatus.FROZEN: AttemptOutcome.FROZEN,
        CardStatus.VOID: AttemptOutcome.VOID, CardStatus.EXPIRED: AttemptOutcome.EXPIRED,
    }  # fmt: skip
    if card.is_canary:
        return AttemptOutcome.CANARY
    if card.batch.status == BatchStatus.VOID:
        return AttemptOutcome.VOID
    if CardStatus(card.status) in by_status:
        return by_status[CardStatus(card.status)]
    if card.status != CardStatus.ACTIVE:
        return AttemptOutcome.UNSOLD
    if card.batch.status != BatchStatus.OPEN:
        return AttemptOutcome.CLOSED
    until = card.redeem_before or card.batch.redeem_before
    return AttemptOutcome.EXPIRED if until is not None and at >= until else None


def promise(*, card: Card, account: Account, at: datetime, around: Around | None = None) -> Promise:
    """What the card would do for the account. Computed by the same rules as the act; nothing is changed.

    `around` is what the act has found out under its locks already.
    """
    product = card.batch.product
    if account.erased_at is not None:
        raise AccountErased()
    _check_places(card, places=around.places if around else places_of(product), account=account)
    if product.kind in OF_VALUE:
        return _promise_value(card=card, account=account, at=at)
    place = place_of(account=account, at=at)
    if place is None:
        raise errors.NoSubscription()
    grant = Grant(
        plan=str(product.plan_id), months=product.months, days=product.days, face_minor=card.batch.face_minor,
        currency=card.batch.currency, seats=product.seats,
    )  # fmt: skip
    try:
        promised = quote(standing=place.standing, grant=grant)
    except NotConvertible:
        raise errors.CardNotConvertible(serial=shown(card.serial)) from None
    bonuses: list[Bonus] = []
    if offers := running_offers(at=at) if around is None or around.has_offers else []:
        case = case_of(card=card, account=account, access=place.access, at=at, term_days=promised.term_days)
        bonuses = bonuses_for(offers, case=case)
    months, days = sum(one.months for one in bonuses), sum(one.days for one in bonuses)
    if months or days:
        promised = quote(standing=place.standing, grant=replace(grant, bonus_months=months, bonus_days=days))
    term = (promised.begins_on, promised.ends_on, promised.anchor_day, promised.seats, *_told_of(bonuses))
    digest = digest_of(card.id, account.id, place.subscription.id, *term)
    return Promise(card=card, place=place, quote=promised, digest=digest, bonuses=tuple(bonuses))


def _promise_value(*, card: Card, account: Account, at: datetime) -> Promise:
    value = value_of(card=card, account=account, at=at)
    access = access_of(account_id=account.id).state
    case = case_of(card=card, account=account, access=access, at=at, amount=value.amount)
    bonuses = bonuses_for(running_offers(at=at), case=case)
    value = replace(value, bonus=sum(one.amount for one in bonuses))
    digest = digest_of(card.id, account.id, value.unit, value.amount, *_told_of(bonuses))
    return Promise(card=card, value=value, digest=digest, bonuses=tuple(bonuses))


def _told_of(bonuses: Sequence[Bonus]) -> list[str]:
    """What was shown of promotions: another one, or none, is another quote."""
    return [f"{one.campaign_id} {one.months} {one.days} {one.points} {one.amount}" for one in bonuses]


def redeem(*, card_id: int, account_id: UUID, expected: bytes, by: Actor, at: datetime) -> Redemption:
    """Use the card: its time is served from the day that was promised. Of several at once exactly one succeeds."""
    with transaction.atomic(), together.held():
        card, account, around = lock_to_redeem(card_id=card_id, account_id=account_id, at=at)
        if card.status == CardStatus.REDEEMED:
            again = Redemption.objects.filter(card=card, account=account, status=RedemptionStatus.DONE).first()
            if again is not None and bytes(again.quote_digest) == expected:
                return again
        outcome = why_not(card, at=at)
        if outcome is not None:
            raise refusal_of(card, outcome=outcome)
        promised = promise(card=card, account=account, at=at, around=around)
        if promised.digest != expected:
            raise FactsChanged()

        redemption = _write(promised, account=account, by=by, at=at)
        move(card, to=CardStatus.REDEEMED, transitions=CARD_MOVES, redeemed_at=at)
        if around.is_broken:
            reopen_breakage(redemption, at=at)
        if promised.value is not None:
            give(promised.value, redemption=redemption, by=by, at=at)
            give_bonuses(promised.bonuses, redemption=redemption, version_id=None, seats=0, by=by, at=at)
        else:
            _extend(promised, redemption=redemption, account=account, by=by, at=at)

        _record(redemption, verb="card.redeemed", by=by, at=at)
        outbox.publish(
            CardRedeemed(
                account_id=account.id, redemption_id=redemption.id, card_id=card.id, serial=card.serial,
                seller_id=card.activation.seller_id if card.activation else None, ends_at=redemption.ends_at,
            ),
            at=at,
        )  # fmt: skip
        if promised.value is None:
            _post(redemption, sign=1, purpose="redeemed", at=at)
        return redemption


def undo_redemption(*, redemption_id: UUID, account_id: UUID, by: Actor, at: datetime) -> Redemption:
    """Take a redemption back within 24 hours: the card may be used again, the account stands as it did before."""
    with transaction.atomic():
        redemption = lock_redemption(redemption_id)
        if redemption.account_id != account_id:
            raise NotFound()
        if redemption.status == RedemptionStatus.UNDONE:
            return redemption
        _check_undo(redemption, at=at)

        move(
            redemption, to=RedemptionStatus.UNDONE, transitions={"done": frozenset({"undone"})}, undone_at=at,
            undone_by_id=by.user_id,
        )  # fmt: skip
        move(redemption.card, to=CardStatus.ACTIVE, transitions=CARD_MOVES, redeemed_at=None)
        take_back_bonuses(redemption, by=by, at=at)
        if redemption.kind in OF_VALUE:
            take_back(redemption, by=by, at=at)
        else:
            take_back_term(
                account_id=account_id, source_kind=SOURCE, source_id=str(redemption.id), by=by, at=at
            )  # fmt: skip
            _post(redemption, sign=-1, purpose="undone", at=at)

        _record(redemption, verb="card.redemption_undone", by=by, at=at)
        outbox.publish(
            RedemptionUndone(
                account_id=account_id, redemption_id=redemption.id, card_id=redemption.card_id,
                serial=redemption.card.serial,
            ),
            at=at,
        )  # fmt: skip
        return redemption


def may_undo(redemption: Redemption, *, at: datetime) -> bool:
    """Whether it could be undone now."""
    return redemption.status == RedemptionStatus.DONE and why_it_stands(redemption, at=at) is None


def why_it_stands(redemption: Redemption, *, at: datetime) -> Refusal | None:
    """Why it cannot be undone now; None if it can."""
    try:
        _check_undo(redemption, at=at)
    except (
        errors.UndoTooLate,
        errors.UndoOnceOnly,
        errors.UndoTwiceAYear,
        errors.UndoTermBegan,
        errors.UndoOutOfOrder,
        errors.UndoSpent,
    ) as refusal:
        return refusal
    return None


def why_it_would_stand(*, card_id: int, account_id: UUID, at: datetime) -> Refusal | None:
    """Why the card, redeemed by the account now, could not be undone even at once; None if it could."""
    try:
        _check_undone_before(card_id=card_id, account_id=account_id, at=at)
    except (errors.UndoOnceOnly, errors.UndoTwiceAYear) as refusal:
        return refusal
    return None


def _read(typed: str) -> str:
    try:
        return codes.read_code(typed)
    except codes.CodeMistyped as slip:
        refusal = errors.CodeIncomplete if slip.fault == "length" else errors.CodeMistyped
        raise refusal(field="code") from None


def _check_places(card: Card, *, places: Places, account: Account) -> None:
    if not places.take(account):
        raise errors.CardNotForYou(serial=shown(card.serial))
    if card.activation is not None and card.activation.seller.is_test and not account.is_test:
        raise errors.CardIsTest(serial=shown(card.serial))


def _check_undone_before(*, card_id: int, account_id: UUID, at: datetime) -> None:
    if Redemption.objects.filter(card_id=card_id, status=RedemptionStatus.UNDONE).exists():
        raise errors.UndoOnceOnly()
    if undone_within_a_year(account_id=account_id, at=at) >= 2:
        raise errors.UndoTwiceAYear()


def _check_undo(redemption: Redemption, *, at: datetime) -> None:
    if at >= redemption.at + UNDO_FOR:
        raise errors.UndoTooLate()
    _check_undone_before(card_id=redemption.card_id, account_id=redemption.account_id, at=at)
    if redemption.status == RedemptionStatus.DONE and (is_spent(redemption) or is_bonus_used(redemption)):
        raise errors.UndoSpent()
    if redemption.kind in OF_VALUE:
        return
    if redemption.facts["quote"]["beginning"] != "today" and redemption.begins_at and at >= redemption.begins_at:
        raise errors.UndoTermBegan()
    later = Redemption.objects.filter(
        account_id=redemption.account_id, status=RedemptionStatus.DONE, begins_at__gt=redemption.begins_at
    )  # fmt: skip
    if later.exists():
        raise errors.UndoOutOfOrder()


def _write(promised: Promise, *, account: Account, by: Actor, at: datetime) -> Redemption:
    batch, place, told = promised.card.batch, promised.place, promised.quote
    common = {
        "id": new_id(), "card": promised.card, "account": account, "kind": batch.product.kind, "at": at,
        "user_id": by.user_id, "api_key_id": by.api_key_id, "face_minor": batch.face_minor,
        "currency": batch.currency, "tax_class": batch.tax_class, "quote_digest": promised.digest,
        "campaign_id": promised.bonuses[0].campaign_id if promised.bonuses else None,
    }  # fmt: skip
    if promised.value is not None:
        return _written(Redemption(**common, facts={"value": to_plain(asdict(promised.value))}))
    assert place is not None
    assert told is not None
    zone = ZoneInfo(place.subscription.time_zone)
    made = Redemption(
        **common, subscription=place.subscription, tax_minor=batch.price.tax_at_redemption_minor,
        begins_at=first_instant(day=told.begins_on, zone=zone),
        ends_at=first_instant(day=told.ends_on, zone=zone),
        facts={"quote": to_plain(asdict(told)), "access": place.access, "zone": zone.key},
    )  # fmt: skip
    return _written(made)


def _written(made: Redemption) -> Redemption:
    together.insert(made)
    return made


def _extend(promised: Promise, *, redemption: Redemption, account: Account, by: Actor, at: datetime) -> None:
    """Have the time served; what the engine makes of it is what was promised, or nothing happens."""
    product, told = redemption.card.batch.product, promised.quote
    assert told is not None
    assert promised.place is not None
    term = Term(
        version_id=version_for(product=product, place=promised.place), face_minor=redemption.face_minor,
        source_kind=SOURCE, source_id=str(redemption.id), months=product.months, days=product.days,
        seats=told.seats, is_new=True,
    )  # fmt: skip
    served = extend_term(
        account_id=account.id, term=term, subscription_id=promised.place.subscription.id, by=by, at=at,
        held=Held(account=account, known=promised.place.known),
    )  # fmt: skip
    end = give_bonuses(
        promised.bonuses, redemption=redemption, version_id=promised.place.version_id, seats=told.seats, by=by, at=at
    ) or served.ends_at  # fmt: skip
    if (served.start_on, end, served.seats) != (told.begins_on, redemption.ends_at, told.seats):
        raise FactsChanged()


def _post(redemption: Redemption, *, sign: int, purpose: str, at: datetime) -> None:
    """What was owed to the card's holder is now owed as service; tax that is due only now goes to the state."""
    owed = redemption.card.batch.price.liability_minor
    if not owed:
        return
    tax, currency = redemption.tax_minor, redemption.currency
    ledger.post(
        source_kind=SOURCE, source_id=redemption.id, purpose=purpose, at=at,
        lines=[
            Line(LedgerAccount.CARD_LIABILITY, Money(sign * owed, currency)),
            Line(LedgerAccount.DEFERRED_SERVICE, Money(-sign * (owed - tax), currency)),
            Line(LedgerAccount.TAX_PAYABLE, Money(-sign * tax, currency)),
        ],
    )  # fmt: skip


def note_try(
    card: Card | None,
    *,
    outcome: AttemptOutcome,
    account_id: UUID | None,
    block: str,
    serial: str = "",
    at: datetime,
) -> None:
    """Keep the try for good. Its own transaction: the refusal that follows must not take it back."""
    with transaction.atomic():
        RedemptionAttempt.objects.create(
            at=at,
            outcome=outcome,
            is_guess=outcome in _GUESSES,
            card=card,
            account_id=account_id,
            block=block,
            serial=serial,
        )
        tried = CardTryRefused(
            account_id=account_id, outcome=str(outcome), card_id=card.id if card else None, block=block
        )
        outbox.publish(tried, at=at)


def refusal_of(card: Card | None, *, outcome: AttemptOutcome) -> Refusal:
    """The true reason for whoever had the right secret, the one answer for everybody else."""
    if card is None or outcome in _GUESSES:
        return errors.CardNotTaken(field="code")
    kinds: dict[AttemptOutcome, type[Refusal]] = {
        AttemptOutcome.UNSOLD: errors.CardUnsold, AttemptOutcome.USED: errors.CardUsed,
        AttemptOutcome.FROZEN: errors.CardFrozen, AttemptOutcome.CLOSED: errors.CardFrozen,
        AttemptOutcome.VOID: errors.CardVoid, AttemptOutcome.EXPIRED: errors.CardExpired,
    }  # fmt: skip
    facts: dict[str, object] = {"serial": shown(card.serial)}
    if outcome == AttemptOutcome.EXPIRED:
        until = card.redeem_before or card.batch.redeem_before
        facts["last_day"] = day_in_words(last_day_before(instant=until, zone=provider_zone())) if until else ""
    return kinds[outcome](field="code", **facts)


def _record(redemption: Redemption, *, verb: str, by: Actor, at: datetime) -> None:
    audit.record(
        by=by, verb=verb, subject_kind="card_redemption", subject_id=redemption.id, account_id=redemption.account_id,
        at=at,
        after={
            "serial": shown(redemption.card.serial), "from": redemption.begins_at, "until": redemption.ends_at,
            "status": str(redemption.status),
        },
    )  # fmt: skip
