"""What a quote rests on: the card behind a secret, and where the account stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Q, QuerySet

from plans.models import PlanVersion, Subscription, SubscriptionStatus, VersionStatus
from plans.queries.access import access_of
from plans.queries.facts import Known, known_of, known_subscriptions
from prepaid_cards.models import Activation, Card, CardBatch, CardProduct, Redemption, RedemptionStatus
from prepaid_cards.rules import guessing
from prepaid_cards.rules.keys import hashes_for_lookup
from prepaid_cards.rules.quotes import Standing
from provider.accounts.models import Account
from provider.accounts.queries import accounts_open_to_key
from provider.kernel.actor import Actor
from provider.kernel.clock import local_day
from provider.kernel.errors import NotFound
from provider.kernel.money import round_to_minor
from provider.kernel.rows import row_in


def find_card(code: str) -> Card | None:
    """The card of a secret, under whichever live key it is stored; the same work whether there is one or not."""
    hashes = list(hashes_for_lookup(settings.CARD_KEYS, code=code))
    return (
        Card.objects.select_related("batch__product__plan", "activation__seller").filter(secret_hmac__in=hashes).first()
    )


def access_card(card_id: int) -> Card:
    """The card that a ticket names."""
    card = Card.objects.select_related("batch__product__plan", "activation__seller").filter(id=card_id).first()
    if card is None:
        raise NotFound()
    return card


_NTH = """
select n, at from (select row_number() over (order by at) as n, at from prepaid_cards_redemptionattempt
 where is_guess and {of} and at > greatest(
    %(since)s, (select max(at) from prepaid_cards_waitended where whose = %(whose)s and key = %(key)s),
    (select max(at) from prepaid_cards_redemptionattempt where is_guess and {of} and at > %(horizon)s) - %(window)s)
 order by at limit %(most)s) counted where n = any(%(steps)s)
"""  # the window ends with the last failure, not now: else a pause would end as soon as the first failure is a day old
_OF: Final = {
    "account": "account_id = %(key)s",
    "visitors": "account_id is null and block = %(key)s and block <> ''",
    "network": "block = %(key)s and block <> ''",
    "serial": "serial = %(key)s and serial <> ''",
    "everybody": "%(key)s = ''",
}


def lock_of(
    *, account_id: UUID | None, block: str, serial: str, since: datetime | None, at: datetime
) -> guessing.Lock | None:
    """Until when this account, this network, this serial or everybody is to wait; None for nobody.

    `since` is the account's last success, which resets its own counter and no other. Visitors without an account are
    known by their network alone, so they share its counter of theirs. A wait that an operator ended counts anew.
    """
    own = ("account", str(account_id)) if account_id else ("visitors", block)
    ends = []
    for whose, key in (own, ("network", block), ("serial", serial), ("everybody", "")):
        ends.append((_end_of(whose, key, since=since if whose == "account" else None, at=at), whose))
    locks = [guessing.Lock(end, whose) for end, whose in ends if end is not None and end > at]
    return max(locks, key=lambda lock: lock.until, default=None)


def _end_of(whose: str, key: str, *, since: datetime | None, at: datetime) -> datetime | None:
    steps, window = guessing.steps_of(whose), guessing.WINDOWS[whose]
    horizon = at - window  # no pause is longer: who has not failed since then does not wait
    earliest = horizon - window
    facts: dict[str, Any] = {
        "since": max(since, earliest) if since else earliest, "whose": whose, "key": key, "horizon": horizon,
        "window": window, "most": steps[-1], "steps": steps,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_NTH.format(of=_OF[whose]), facts)
        reached = {n // guessing.FACTORS[whose]: reached_at for n, reached_at in cursor.fetchall()}
    return guessing.locked_until(reached, whose=whose)


def last_success(account_id: UUID | None) -> datetime | None:
    """When the account last redeemed a card."""
    if account_id is None:
        return None
    return Redemption.objects.filter(account_id=account_id).order_by("-at").values_list("at", flat=True).first()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an account stands: its main subscription and its standing in the rules' terms.

    `known` are all its subscriptions as they were read for this.
    """

    subscription: Subscription
    version_id: UUID
    standing: Standing
    access: str
    known: list[Known]


def place_of(*, account: Account, at: datetime) -> Place | None:
    """Where the account stands now; None where it never subscribed to anything."""
    all_known = known_of(account_ids=[account.id])[account.id]
    known = _main(all_known) or _ended_last(account)
    if known is None:
        return None
    row = known.row
    today = local_day(at=at, zone=known.zone)
    schedule = known.facts.service.schedule_on(today)
    standing = Standing(
        today=today,
        plan=str(known.current.plan_id),
        interval=schedule.interval,
        period_price_minor=_period_price(known),
        currency=row.currency,
        anchor_day=schedule.day_of_month,
        paid_until=_paid_until(known, today=today, at=at),
        trial_until=known.trial_until,
    )
    return Place(
        subscription=row,
        version_id=known.current.version_id,
        standing=standing,
        access=known.access or access_of(account_id=account.id).state,
        known=all_known,
    )


def _main(found: list[Known]) -> Known | None:
    apart = (SubscriptionStatus.SCHEDULED, SubscriptionStatus.ENDED)
    return next((one for one in found if one.row.is_main and one.row.status not in apart), None)


def _ended_last(account: Account) -> Known | None:
    rows = Subscription.objects.filter(account=account, is_main=True, status=SubscriptionStatus.ENDED)
    row = rows.order_by("ended_at", "-created_at").last()
    return known_subscriptions([row])[0] if row else None


CARD_WITH_ALL: Final = """
select row_to_json(c)::text, row_to_json(b)::text, row_to_json(p)::text, row_to_json(s)::text, row_to_json(a)::text,
       array(select region_id from prepaid_cards_cardproduct_regions where cardproduct_id = p.id),
       array(select brand_id from prepaid_cards_cardproduct_brands where cardproduct_id = p.id)
  from prepaid_cards_card c
  join prepaid_cards_cardbatch b on b.id = c.batch_id
  join prepaid_cards_cardproduct p on p.id = b.product_id
  left join prepaid_cards_activation s on s.id = c.activation_id
  left join accounts_account a on a.id = s.seller_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where a card is taken: regions and brands; none named are all."""

    regions: frozenset[str]
    brands: frozenset[UUID]

    def take(self, account: Account) -> bool:
        """Whether a card is taken where the account stands."""
        in_region = not self.regions or account.region_id in self.regions
        return in_region and (not self.brands or account.brand_id in self.brands)


def card_in(told: Sequence[Any]) -> tuple[Card, Places]:
    """A card as `CARD_WITH_ALL` tells it: with its batch, product and sale; and where it is taken."""
    card, batch, product, sale, seller, regions, brands = told
    found = row_in(card, model=Card)
    found.batch = row_in(batch, model=CardBatch)
    found.batch.product = row_in(product, model=CardProduct)
    found.activation = row_in(sale, model=Activation) if sale else None
    if found.activation is not None:
        found.activation.seller = row_in(seller, model=Account)
    return found, Places(regions=frozenset(regions), brands=frozenset(brands))


def places_of(product: CardProduct) -> Places:
    """Where the cards of a product are taken."""
    regions = product.regions.values_list("pk", flat=True)
    return Places(regions=frozenset(regions), brands=frozenset(product.brands.values_list("pk", flat=True)))


def version_for(*, product: CardProduct, place: Place) -> UUID:
    """The version whose time a card pays for: the account's own where it has the plan, else the newest on sale."""
    if str(product.plan_id) == place.standing.plan:
        return place.version_id
    rows = PlanVersion.objects.filter(plan=product.plan).exclude(status=VersionStatus.DRAFT)
    version = rows.order_by("-number").values_list("id", flat=True).first()
    if version is None:
        raise NotFound()
    return version


def _paid_until(known: Known, *, today: date, at: datetime) -> date | None:
    """The first local day that is not paid any more: by terms, or by the period that an invoice has charged."""
    ends = [end for _, end in known.facts.service.paid]
    if known.row.pays != "prepaid" and known.row.status == SubscriptionStatus.ACTIVE:
        charged = known.charged_until(at)
        ends += [charged] if charged and charged > today else []
    return max(ends, default=None)


def _period_price(known: Known) -> int:
    """What a period of the account's plan costs: its flat charges, at the price that holds in the end."""
    flat = [charge for charge in known.current.terms.charges if charge.due.is_term]
    prices = [charge.due.phases[-1].price if charge.due.phases else charge.price for charge in flat]
    return sum(round_to_minor(amount=price, currency=known.row.currency) for price in prices)


def redemptions_of(account_id: UUID) -> QuerySet[Redemption]:
    """What the account has redeemed, the latest first."""
    return Redemption.objects.filter(account_id=account_id).select_related("card__batch__product").order_by("-at")


def access_redemption(*, account_id: UUID, redemption_id: UUID) -> Redemption:
    """One of the account's own redemptions."""
    found = redemptions_of(account_id).filter(id=redemption_id).first()
    if found is None:
        raise NotFound()
    return found


def redemptions_open_to(by: Actor) -> QuerySet[Redemption]:
    """What an API key may read: a subscriber's its own account's, the provider's those of all accounts of its mode."""
    accounts = accounts_open_to_key(by)
    rows = Redemption.objects.filter(account__in=accounts)
    return rows.select_related("account", "card__batch__product")


def access_redemption_open_to(by: Actor, *, redemption_id: UUID) -> Redemption:
    """One redemption that an API key may read."""
    found = redemptions_open_to(by).filter(id=redemption_id).first()
    if found is None:
        raise NotFound()
    return found


def undone_within_a_year(*, account_id: UUID, at: datetime) -> int:
    """How many redemptions the account has undone."""
    rows = Redemption.objects.filter(account_id=account_id, status=RedemptionStatus.UNDONE)
    return rows.filter(Q(undone_at__gt=at - timedelta(days=365))).count()


def digest_of(*facts: object) -> bytes:
    """What was shown, as a digest: the act refuses if it would do something else."""
    return sha256("|".join(str(fact) for fact in facts).encode()).digest()
