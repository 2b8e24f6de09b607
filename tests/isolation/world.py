"""A small world with everybody in it: the provider, resellers one under the other, their customers, and strangers.

Each account carries its marker in every text of its rows, so that a page that shows another's data gives itself away.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.test import Client

from invoices.models import ApprovalRule, Invoice
from invoices.operations.billing import bill_account
from invoices.operations.subscriptions import NewSubscription, start_subscription
from plans.models import AgreedPrice, ChargePrice, Meter, PlanVersion, Replay, Subscription, UsageDay, UsageEvent
from plans.operations.stories import keep_story, write_result
from plans.operations.usage import NewEvent, record_usage
from plans.queries.catalogue import content_of
from plans.queries.stories import given_with
from plans.rules.calendar import Interval
from plans.rules.catalogue import digest_of
from plans.rules.story.sample import sample_story
from provider.accounts.models import Account, ApiKey, Membership, Profile, User
from provider.accounts.rules.api_keys import hash_of, secret_from
from provider.accounts.rules.scopes import SCOPES
from provider.kernel import audit
from provider.kernel.actor import SYSTEM
from provider.kernel.clock import now
from provider.kernel.ids import new_token
from provider.kernel.models import Job, OutboxEvent
from provider.messages.operations import messages
from provider.workshop.stories.keeping import prove
from resellers.operations.returns import return_cards
from resellers.operations.sales import sell
from resellers.operations.transfers import ship_stock
from tests.crm_tenant.factories import make_crm_objects
from tests.factories import (
    AT,
    make_account,
    make_account_objects,
    make_brand,
    make_declined_erasure,
    make_file,
    make_member,
    make_user,
)
from tests.invoices.factories import (
    make_coupon,
    make_coupon_use,
    make_extra_line,
    make_held,
    make_lot,
    make_lot_use,
    make_money_objects,
    make_move,
    make_parked,
    make_run,
    make_seller,
    make_waiting,
)
from tests.plans.factories import make_charge, make_meter, make_plan, make_version, publish_row
from tests.prepaid_cards.factories import make_cards, make_redemption, make_report
from tests.resellers.factories import (
    actor_for,
    basket,
    make_agreement,
    make_batch,
    make_card_product,
    make_shelf,
    make_store,
)
from tests.sessions import signed_in

from .objects import objects_of

PROVIDER_ROLES = ("owner", "operator", "support", "finance")
RESELLER_ROLES = ("owner", "clerk")
SUBSCRIBER_ROLES = ("owner", "manager", "member")

# Who they are, and whose markers they may see.
MARKERS = {
    "provider": "zqprovider",
    "reseller": "zqnorth",
    "branch": "zqbranch",
    "rival": "zqrival",
    "subscriber": "zqfern",
    "stranger": "zqmoss",
}
MAY_SEE = {
    "provider": set(MARKERS.values()),
    "reseller": {"zqnorth", "zqbranch", "zqfern"},
    "branch": {"zqbranch"},
    "rival": {"zqrival", "zqmoss"},
    "subscriber": {"zqfern"},
    "stranger": {"zqmoss"},
}


@dataclass(slots=True, kw_only=True)
class Caller:
    """Somebody who knocks."""

    name: str
    user: User | None = None
    headers: dict[str, str] = field(default_factory=dict)
    cookies: Any = None

    @property
    def may_see(self) -> set[str]:
        """The markers of the accounts whose data may stand on this caller's pages."""
        return MAY_SEE.get(self.name.partition(".")[0], set())

    def client(self) -> Client:
        """A fresh browser of theirs."""
        client = Client(raise_request_exception=False)
        if self.cookies:
            client.cookies = self.cookies.copy()
        return client


@dataclass(slots=True, kw_only=True)
class World:
    """Who there is, and whose objects may stand in an address."""

    people: dict[str, Caller]
    keys: dict[str, Caller]
    objects: dict[str, dict[str, Any]]


def build() -> World:
    """Make everybody and everything."""
    accounts = _accounts()
    members = dict(_members(accounts))
    _write_to(members)
    for owner, account in accounts.items():
        make_file(account=account, name=f"{MARKERS[owner]}.csv")
    people = {"anonymous": Caller(name="anonymous")}
    people["nobody"] = _signed_in("nobody", make_user(name="zqnobody", email="nobody@zqnobody.example"))
    people |= {name: _signed_in(name, member.user) for name, member in members.items()}
    keys = {"anonymous": Caller(name="anonymous")} | {
        f"{owner}.key": _key(account, owner=owner) for owner, account in accounts.items()
    }
    for owner, account in accounts.items():
        Job.objects.create(kind=f"{MARKERS[owner]}.job", account_id=account.id, actor={}, queued_at=now())
    for owner, account in accounts.items():
        own = [member for name, member in members.items() if name.startswith(f"{owner}.")]
        make_account_objects(account=account, members=own)
    meter = _make_plan(accounts["provider"])
    _make_usage(accounts["subscriber"], meter=meter)
    make_cards(provider=accounts["provider"])
    make_redemption(account=accounts["subscriber"], seller=accounts["reseller"], prefix="250002")
    for owner in ("reseller", "branch", "rival"):
        _make_shop(accounts[owner], marker=MARKERS[owner])
    make_report(account=accounts["subscriber"], shelf=accounts["reseller"])
    for owner in ("reseller", "subscriber", "stranger"):
        make_money_objects(accounts[owner])
    _subscribe(accounts["subscriber"])
    _tell_event(accounts["subscriber"], meter=meter)
    for owner in ("subscriber", "stranger"):
        own = [member for name, member in members.items() if name.startswith(f"{owner}.")]
        make_crm_objects(account=accounts[owner], members=own, marker=MARKERS[owner])
    make_run(accounts["provider"])
    make_move(
        PlanVersion.objects.filter(plan__seller=accounts["provider"]).earliest("created_at"),
        subscription=Subscription.objects.filter(account=accounts["subscriber"]).earliest("created_at"),
    )
    make_parked(accounts["subscriber"])
    make_declined_erasure(accounts["subscriber"], asked_by=members["subscriber.owner"].user)
    make_waiting(accounts["subscriber"])
    ApprovalRule.objects.create(kind="above", currency="CNY", amount_minor=10000, created_at=now())
    _make_archive(accounts["subscriber"])
    make_extra_line(accounts["subscriber"])
    _make_offers(accounts)
    for owner, account in accounts.items():
        _write_history(account, marker=MARKERS[owner])
    objects = {owner: objects_of(account) for owner, account in accounts.items()}
    return World(people=people, keys=keys, objects=objects)


def _make_archive(account: Account) -> None:
    """All its invoices as one file, still being packed."""
    ids = [str(one) for one in Invoice.objects.filter(account=account, status="finalized").values_list("pk", flat=True)]
    Job.objects.create(
        kind="invoices.archive", account_id=account.id, params={"invoice_ids": ids}, actor={}, queued_at=now()
    )  # fmt: skip


def _accounts() -> dict[str, Account]:
    def account(owner: str, portal: str, parent: Account | None = None) -> Account:
        marker = MARKERS[owner]
        facts: dict[str, Any] = {
            "company_name": f"{marker} company",
            "email": f"office@{marker}.example",
            "address": f"{marker} road",
        }
        if portal != "subscriber":  # whom they serve know them by this name
            facts["brand"] = make_brand(name=f"The {owner}’s shop")
        return make_account(name=f"{marker} account", portal=portal, parent=parent, **facts)

    accounts = {"provider": account("provider", "provider")}
    accounts["reseller"] = account("reseller", "reseller", accounts["provider"])
    accounts["branch"] = account("branch", "reseller", accounts["reseller"])
    accounts["rival"] = account("rival", "reseller", accounts["provider"])
    accounts["subscriber"] = account("subscriber", "subscriber", accounts["reseller"])
    accounts["stranger"] = account("stranger", "subscriber", accounts["rival"])
    return accounts


def _members(accounts: dict[str, Account]) -> list[tuple[str, Membership]]:
    cast = [("provider", "provider", PROVIDER_ROLES), ("reseller", "reseller", RESELLER_ROLES)]
    cast += [("branch", "reseller", ("owner",)), ("rival", "reseller", ("owner",))]
    cast += [("subscriber", "subscriber", SUBSCRIBER_ROLES), ("stranger", "subscriber", ("owner",))]
    return [
        (f"{owner}.{role}", _member(accounts[owner], owner=owner, portal=portal, role=role))
        for owner, portal, roles in cast
        for role in roles
    ]


def _member(account: Account, *, owner: str, portal: str, role: str) -> Membership:
    marker = MARKERS[owner]
    user = make_user(name=f"{marker} {role}", email=f"{role}@{marker}.example")
    return make_member(account=account, portal=portal, role=role, user=user)


def _write_to(members: dict[str, Membership]) -> None:
    """A message that has arrived for each account's last member, with the account's marker in its text."""
    for member in {member.account_id: member for member in members.values()}.values():
        params = {"account_name": member.account.name, "member_name": member.user.name, "role": member.role}
        message = messages.send(key="member_joined", account=member.account, user=member.user, params=params, at=now())
        message.deliveries.filter(status="queued").update(status="sent", sent_at=now(), next_attempt_at=None)


def _make_shop(account: Account, *, marker: str) -> None:
    """A reseller's terms, its store, a shipment on its way, and a sale of which a card came back."""
    make_agreement(reseller=account, note=f"{marker} terms")
    store = make_store(reseller=account, name=f"{marker} store")
    owner = Membership.objects.filter(account=account, role="owner").get()
    cards = make_shelf(reseller=account, product=make_card_product(name=f"{marker} card"), count=3)
    sale = sell(
        reseller_id=account.id, store_id=store.id, basket=basket(cards[:2], reference=f"{marker} bill"),
        request_key=marker, by=actor_for(owner), at=now(),
    )  # fmt: skip
    return_cards(
        reseller_id=account.id, sale_id=sale.id, serials=cards[1:2], reason=f"{marker} reason", by=actor_for(owner),
        at=now(),
    )  # fmt: skip
    on_the_way = make_batch(product=make_card_product(name=f"{marker} coming"), count=2)
    ship_stock(reseller_id=account.id, batch_id=on_the_way.id, first=1, last=2, by=SYSTEM, at=now())


def _make_plan(provider: Account) -> Meter:
    """A plan that could be published, which only the provider's people see."""
    version = make_version(plan=make_plan(seller=provider, name="zqprovider plan"), currencies=["CNY"])
    ChargePrice.objects.create(charge=make_charge(version, code="base"), currency="CNY", price=88)
    _keep_story(version)
    Replay.objects.create(version=version, of_plan=version.plan, month_on=AT.date().replace(day=1), created_at=AT)
    return make_meter("calls", seller=provider)


def _keep_story(version: PlanVersion) -> None:
    """A story of the plan that has passed with the draft as it stands."""
    plan = version.plan
    facts = {"plan": plan.code, "zone": "Asia/Shanghai", "currency": "CNY", "start": AT.date()}
    sample = sample_story(interval=Interval(months=1), has_seats=False, has_trial=False, **facts)
    story = keep_story(plan_id=plan.id, content=sample, by=SYSTEM, at=AT)
    content = content_of(version)
    proof = prove(story, content=content, given=given_with(plan))
    write_result(story=story, version=version, version_digest=digest_of(content), proof=proof, at=AT)


def _make_offers(accounts: dict[str, Account]) -> None:
    """A coupon that two customers have and have used, another one to give, and prepaid money of theirs."""
    coupon = make_coupon(seller=accounts["provider"])
    make_coupon(seller=accounts["provider"])
    for owner in ("subscriber", "stranger"):
        invoice = Invoice.objects.filter(account=accounts[owner], status="finalized").earliest("id")
        make_coupon_use(make_held(accounts[owner], coupon=coupon), invoice=invoice)
        make_lot_use(make_lot(accounts[owner]), invoice=invoice)


def _make_usage(account: Account, *, meter: Meter) -> None:
    """Something that was counted."""
    UsageDay.objects.create(
        subscription_id=account.id, meter_id=meter.pk, day=AT.date(), account_id=account.id, event_count=1, total=1
    )


def _tell_event(account: Account, *, meter: Meter) -> None:
    """An event that can be looked at by itself, and taken back."""
    subscription = Subscription.objects.get(account=account)
    UsageEvent.objects.create(
        id=10**12, at=AT, account_id=account.id, subscription_id=subscription.id, meter_id=meter.pk, value=1,
        source="switch-1", event_id="zqevent", batch_id=1, received_at=AT,
    )  # fmt: skip


def _subscribe(account: Account) -> None:
    """A running subscription, by invoice, from a seller with numbers of its own."""
    seller = make_seller(account=make_account(name="Seller of plans"))
    version = make_version(plan=make_plan(seller=seller.account, name="Team"), currencies=["CNY"])
    by_number = {"model": "per_unit", "quantity": 1, "timing": "in_advance", "is_prorated": True}
    level = make_meter("branches", seller=seller.account, carries_over=True)
    by_level = make_charge(version, meter=level, timing="in_advance")
    for charge in (
        make_charge(version, code="base"), make_charge(version, code="desk", name="Desks", **by_number), by_level
    ):  # fmt: skip
        ChargePrice.objects.create(charge=charge, currency="CNY", price=30)
    wish = NewSubscription(version_id=publish_row(version).id)
    start_subscription(account_id=account.id, wish=wish, by=SYSTEM, at=AT)
    _open_branches(account)
    AgreedPrice.objects.create(
        subscription=Subscription.objects.get(account=account), plan=version.plan, charge_code="base",
        charge_model="flat", start_on=AT.date().replace(year=AT.year + 2), amounts={"price": "20"},
        reason="zqfern contract", agreed_at=AT,
    )  # fmt: skip
    bill_account(account_id=account.id, by=SYSTEM, at=now())


def _open_branches(account: Account) -> None:
    """Something that was counted, for which a line is billed."""
    at = AT + timedelta(hours=1)
    event = NewEvent("zqfern-branches", "branches", at, Decimal(3))
    record_usage(account_id=account.id, source="zqfern switch", events=[event], by=SYSTEM, at=at)


def _write_history(account: Account, *, marker: str) -> None:
    """An act in the account's history, and a fact of it that is stuck."""
    audit.record(
        by=SYSTEM, verb="account.created", subject_kind="account", subject_id=account.id, account_id=account.id,
        at=now(), reason=f"{marker} reason",
    )  # fmt: skip
    _stick(account, error=f"{marker} error")


def _stick(account: Account, *, error: str) -> None:
    OutboxEvent.objects.create(
        name="test.stuck", payload={}, account_id=account.id, at=now(), status="stuck", last_error=error
    )


def trouble() -> None:
    """What goes wrong nowhere in the demo, so that its pages can be seen: a parked account and a fact that is stuck."""
    account = Account.objects.filter(profiles__portal="subscriber").order_by("created_at", "id")[0]
    make_parked(account)
    _stick(account, error="ConnectionError: the other end did not answer")


def _key(account: Account, *, owner: str) -> Caller:
    """A program of the account, whose key has every scope that its portal offers."""
    secret = secret_from(token=new_token(), is_test=False)
    portal = Profile.objects.get(account=account).portal
    ApiKey.objects.create(
        account=account, portal=portal, name=f"{MARKERS[owner]} key", prefix=secret[:12], secret_hash=hash_of(secret),
        scopes=list(SCOPES), created_at=now(),
    )  # fmt: skip
    return Caller(name=f"{owner}.key", headers={"Authorization": f"Bearer {secret}"})


def _signed_in(name: str, user: User) -> Caller:
    return Caller(name=name, user=user, cookies=signed_in(user).cookies.copy())
