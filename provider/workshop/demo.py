"""The demo's people and accounts: everything made by the product's own operations, with a clock that walks from a year
ago to now. All names are invented."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction

from plans.operations.subscriptions import Pays
from prepaid_cards.models import Card
from prepaid_cards.rules.serials import shown
from provider.accounts.models import Account, Invitation, Membership, Portal, Role
from provider.accounts.operations.accounts import (
    AccountDetails,
    change_account_settings,
    create_provider,
    create_reseller,
    create_subscriber,
)
from provider.accounts.operations.api_keys import create_api_key
from provider.accounts.operations.ownership import offer_ownership
from provider.accounts.operations.support import (
    end_acting,
    grant_support_access,
    request_support_access,
    start_acting,
)
from provider.accounts.operations.team import invite_member, revoke_invitation
from provider.accounts.operations.users import NewUser, add_member, create_user
from provider.accounts.queries import actor_in, demo_parts, the_provider
from provider.accounts.rules.demo import DOMAIN
from provider.accounts.rules.phones import Contact
from provider.console.operations.invitations import resend_expired
from provider.kernel import clock, jobs, outbox, together
from provider.kernel.actor import SYSTEM, Actor
from provider.messages.operations.deliveries import take_as_sent

from . import favours, office, trade, year

DAYS: Final = year.DAYS
ADDRESS: Final = "192.0.2.10"
_LOCK: Final = 7_366_368_265  # "demo" on a telephone's keys; any number that nobody else locks


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody to be in the demo."""

    mailbox: str
    name: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """An account of the demo and its people. `ago` is how many days before today it came."""

    key: str
    portal: str
    parent: str
    ago: int
    details: AccountDetails
    people: tuple[Person, ...] = ()


@dataclass(slots=True)
class Cast:
    """Who has come on stage so far."""

    accounts: dict[str, Account] = field(default_factory=dict)
    members: dict[str, Membership] = field(default_factory=dict)

    def actor(self, mailbox: str) -> Actor:
        member = self.members[mailbox]
        return actor_in(membership=member, user=member.user, address=ADDRESS)


PARTIES: Final = (
    Party(
        key="provider", portal=Portal.PROVIDER, parent="", ago=365,
        details=AccountDetails(
            name="Perennial", company_name="Perennial Services", email=f"office@{DOMAIN}", country="CN",
            region_code="shanghai", time_zone="Asia/Shanghai", language="en", currency="CNY",
        ),
        people=(
            Person(mailbox="owner", name="Vera Lindqvist", role=Role.OWNER),
            Person(mailbox="operator", name="Tomas Okoro", role=Role.OPERATOR),
            Person(mailbox="support", name="方知夏", role=Role.SUPPORT),
            Person(mailbox="finance", name="Ines Marchetti", role=Role.FINANCE),
        ),
    ),
    Party(
        key="qinghe", portal=Portal.RESELLER, parent="provider", ago=360,
        details=AccountDetails(
            name="青禾软件", company_name="上海青禾软件销售有限公司", email=f"qinghe@{DOMAIN}", country="CN",
            region_code="shanghai", time_zone="Asia/Shanghai", language="zh-hans", currency="CNY",
        ),
        people=(
            Person(mailbox="qinghe.owner", name="顾长青", role=Role.OWNER),
            Person(mailbox="qinghe.clerk", name="林小满", role=Role.CLERK),
        ),
    ),
    Party(
        key="xuhui", portal=Portal.RESELLER, parent="qinghe", ago=330,
        details=AccountDetails(
            name="青禾徐汇门店", email=f"xuhui@{DOMAIN}", country="CN", region_code="shanghai",
            time_zone="Asia/Shanghai", language="zh-hans", currency="CNY",
        ),
        people=(Person(mailbox="xuhui.owner", name="苏婉", role=Role.OWNER),),
    ),
    Party(
        key="chenxing", portal=Portal.RESELLER, parent="provider", ago=300,
        details=AccountDetails(
            name="晨星通讯", company_name="北京晨星通讯器材有限公司", email=f"chenxing@{DOMAIN}", country="CN",
            region_code="beijing", time_zone="Asia/Shanghai", language="zh-hans", currency="CNY",
        ),
        people=(Person(mailbox="chenxing.owner", name="贺兰", role=Role.OWNER),),
    ),
    Party(
        key="lingnan", portal=Portal.RESELLER, parent="chenxing", ago=250,
        details=AccountDetails(
            name="岭南数码", company_name="广州岭南数码科技有限公司", email=f"lingnan@{DOMAIN}", country="CN",
            region_code="guangzhou", time_zone="Asia/Shanghai", language="zh-hans", currency="CNY",
        ),
        people=(Person(mailbox="lingnan.owner", name="梁倩", role=Role.OWNER),),
    ),
    Party(
        key="hefeng", portal=Portal.RESELLER, parent="provider", ago=210,
        details=AccountDetails(
            name="禾風資訊", company_name="禾風資訊股份有限公司", email=f"hefeng@{DOMAIN}", country="TW",
            region_code="taipei", time_zone="Asia/Taipei", language="zh-hant", currency="TWD",
        ),
        people=(Person(mailbox="hefeng.owner", name="蔡宜蓁", role=Role.OWNER),),
    ),
    Party(
        key="hengyue", portal=Portal.SUBSCRIBER, parent="qinghe", ago=320,
        details=AccountDetails(
            name="恒岳集团", company_name="恒岳机电集团有限公司", email=f"hengyue@{DOMAIN}", country="CN",
            region_code="beijing", time_zone="Asia/Shanghai", language="zh-hans", currency="CNY",
        ),
        people=(
            Person(mailbox="hengyue.owner", name="秦岳", role=Role.OWNER),
            Person(mailbox="hengyue.manager", name="罗一鸣", role=Role.MANAGER),
            Person(mailbox="hengyue.member", name="白露", role=Role.MEMBER),
        ),
    ),
    Party(
        key="hengyue-east", portal=Portal.SUBSCRIBER, parent="hengyue", ago=280,
        details=AccountDetails(
            name="恒岳华东分公司", email=f"hengyue.east@{DOMAIN}", country="CN", region_code="shanghai",
            time_zone="Asia/Shanghai", language="zh-hans", currency="CNY",
        ),
        people=(Person(mailbox="hengyue.east", name="陆启明", role=Role.OWNER),),
    ),
    Party(
        key="hengyue-south", portal=Portal.SUBSCRIBER, parent="hengyue", ago=44,
        details=AccountDetails(
            name="恒岳华南分公司", email=f"hengyue.south@{DOMAIN}", country="CN", region_code="guangzhou",
            time_zone="Asia/Shanghai", language="zh-hans", currency="CNY",
        ),
        people=(Person(mailbox="hengyue.south", name="何子衿", role=Role.OWNER),),
    ),
    Party(
        key="yizhou", portal=Portal.SUBSCRIBER, parent="xuhui", ago=40,
        details=AccountDetails(
            name="沈一舟", email=f"yizhou@{DOMAIN}", country="CN", region_code="guangzhou",
            time_zone="Asia/Shanghai", language="zh-hans", currency="CNY",
        ),
        people=(Person(mailbox="yizhou", name="沈一舟", role=Role.OWNER),),
    ),
    Party(
        key="mumian", portal=Portal.SUBSCRIBER, parent="provider", ago=12,
        details=AccountDetails(
            name="木棉文具", company_name="木棉文具股份有限公司", email=f"mumian@{DOMAIN}", country="TW",
            region_code="taipei", time_zone="Asia/Taipei", language="zh-hant", currency="TWD",
        ),
        people=(
            Person(mailbox="mumian.owner", name="葉書瑋", role=Role.OWNER),
            Person(mailbox="mumian.manager", name="曾語安", role=Role.MANAGER),
        ),
    ),
    Party(
        key="kestrel", portal=Portal.SUBSCRIBER, parent="provider", ago=8,
        details=AccountDetails(
            name="Kestrel Harbour", company_name="Kestrel Harbour Trading Ltd", email=f"kestrel@{DOMAIN}", country="HK",
            region_code="hongkong", time_zone="Asia/Hong_Kong", language="en", currency="HKD",
        ),
        people=(Person(mailbox="kestrel.owner", name="Maeve Kwok", role=Role.OWNER),),
    ),
)  # fmt: skip


def seed(
    *, at: datetime | None = None, scale: year.Scale = year.YEAR, tell: Callable[[int], object] = lambda _: None
) -> bool:
    """Fill an empty installation with the demo; whether there was anything to do. Two at once wait for each other.

    `tell` is called on each day of the year with how many days are left.
    """
    at = at or clock.now()
    with transaction.atomic(), together.held():
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
        if the_provider() is not None:
            return False
        cast = Cast()
        business = trade.Trade(accounts=cast.accounts, members=cast.members, actor=cast.actor)
        habits = HABITS | {newcomer.key: newcomer.pays_after for newcomer in year.crowd(scale)}
        agenda = year.agenda(scale, act=lambda word, newcomer: _CROWD[word](cast, business, newcomer))
        for ago in range(DAYS, 0, -1):
            tell(ago)
            morning = at - timedelta(days=ago)
            _one_day(cast, business, ago=ago, at=morning, acts=agenda.get(ago, []), scale=scale)
            outbox.drain()
            if ago % _NIGHTS == 1:  # what fell due on other nights is caught up, each period with its own dates
                _settle_up(business, habits, at=morning + timedelta(hours=19))
        take_as_sent(before=at - timedelta(days=2))  # the year's letters went out in their time
    _lay_out_cards(business)
    return True


def _one_day(cast: Cast, business: trade.Trade, *, ago: int, at: datetime, acts: list[Any], scale: year.Scale) -> None:
    """Who comes, what is done, and what is sold on that day."""
    for party in PARTIES:
        if party.ago == ago:
            _enter(cast, party, at=at)
    if ago in _ACTS:
        _ACTS[ago](cast, at)
    noon = at + timedelta(hours=3)
    if ago in _DEALINGS:
        _DEALINGS[ago](business, noon)
    for opens, shop in year.SHOPS.values():
        if opens == ago:
            trade.open_shop(business, shop, at=noon)
    for act in acts:
        act(noon)
    if ago in _WORK:
        _WORK[ago](business, scale, noon)
    if ago < _COUNTER_OPENS and ago % 8 == 0:
        trade.sell_cards(business, year.SHOPS["qinghe"][1], kind="standard.CNY", at=noon + timedelta(hours=2))


def _settle_up(business: trade.Trade, habits: dict[str, int | None], *, at: datetime) -> None:
    """Invoices are made and, by those whose habit it is, paid."""
    trade.bill_what_is_due(business, at)
    for invoice in year.due_payments(business, habits, at=at):
        trade.pay_invoice(business, invoice, at=at)
    trade.close_months(at)
    outbox.drain()


def _lay_out_cards(business: trade.Trade) -> None:
    """For whoever tries the demo: cards that were sold and wait for their holder, with secrets, and some to be sold."""
    sold = Card.objects.filter(status="active", batch=business.batches["standard.CNY"]).order_by("-counter")[:3]
    lines = [f"{shown(card.serial)}  {business.secrets[card.serial]}" for card in sold]
    path = cards_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    shelf = Card.objects.filter(status="received", is_canary=False, holder_id=business.accounts["qinghe"].id)
    serials = [shown(card.serial) for card in shelf.order_by("-counter")[:2]]
    shelf_file().write_text("\n".join(serials) + "\n", encoding="utf-8")


def cards_file() -> Path:
    """Where the demo's cards for trying lie: a serial and a secret in each line."""
    return Path(settings.VAR_DIR) / "demo-cards.txt"


def still_there(path: Path, *, status: str) -> list[str]:
    """The lines of such a file of which the card has not been used since; an installation of one's own has no file."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    by_serial = {line.split()[0].replace("-", ""): line for line in lines if line}
    left = Card.objects.filter(serial__in=list(by_serial), status=status).values_list("serial", flat=True)
    return [line for serial, line in by_serial.items() if serial in set(left)]


def shelf_file() -> Path:
    """Where the serials lie that a clerk may sell."""
    return Path(settings.VAR_DIR) / "demo-shelf.txt"


def parts() -> Iterator[Membership]:
    """Who one can be in the demo by one click, in the order in which they are offered."""
    yield from demo_parts()


def _enter(cast: Cast, party: Party, *, at: datetime, domain: str = DOMAIN) -> None:
    parent = cast.accounts.get(party.parent)
    common: dict[str, Any] = {"details": party.details, "by": SYSTEM, "at": at, "is_test": True}
    if party.portal == Portal.PROVIDER:
        account = create_provider(**common)
    elif party.portal == Portal.RESELLER:
        assert parent is not None
        account = create_reseller(parent=parent, **common)
    else:
        account = create_subscriber(parent=parent, **common)
    cast.accounts[party.key] = account
    for minutes, person in enumerate(party.people, start=1):
        joins_at = at + timedelta(minutes=20 * minutes)
        user = create_user(
            person=NewUser(
                contact=Contact(email=f"{person.mailbox}@{domain}"), name=person.name,
                language=party.details.language, password_hash=make_password(None),
            ),
            address=ADDRESS, at=joins_at,
        )  # fmt: skip
        cast.members[person.mailbox] = add_member(
            account=account, user=user, portal=party.portal, role=person.role, by=SYSTEM, at=joins_at
        )


# --- The crowd ---


def _comes(cast: Cast, business: trade.Trade, newcomer: year.Newcomer) -> Callable[[datetime], None]:
    def act(at: datetime) -> None:
        people = tuple(Person(mailbox=box, name=name, role=role) for box, name, _, role in year.people_of(newcomer))
        party = Party(
            key=newcomer.key, portal=Portal.SUBSCRIBER, parent=newcomer.through, ago=newcomer.ago,
            details=newcomer.details, people=people,
        )  # fmt: skip
        _enter(cast, party, at=at, domain=year.DOMAIN)
        later = at + timedelta(hours=2)
        pays: Pays = "on_terms" if newcomer.fate == "terms" else "prepaid"
        trade.subscribe(business, newcomer.key, plan=newcomer.plan, pays=pays, at=later)
        if newcomer.customers:
            outbox.drain()  # the plan is known to the meters before the first customers are
            dice = Random(newcomer.key)  # noqa: S311 - nothing is secret here
            content = year.companies_file(newcomer.details.language, count=newcomer.customers, dice=dice)
            trade.import_file(business, newcomer.key, by=f"{newcomer.key}.owner", content=content, at=later)

    return act


def _redeems(cast: Cast, business: trade.Trade, newcomer: year.Newcomer) -> Callable[[datetime], None]:
    def act(at: datetime) -> None:
        shop = year.SHOPS[newcomer.through][1]
        (card,) = trade.sell_cards(business, shop, kind=year.card_kind(newcomer), at=at + timedelta(hours=1))
        trade.redeem_card(business, newcomer.key, card=card, at=at + timedelta(hours=5))

    return act


_CROWD: Final = {"come": _comes, "redeem": _redeems}

# --- What happened, by day ---


def _invitations_that_ran_out(cast: Cast, at: datetime) -> None:
    for mailbox, role in (("night.shift", Role.SUPPORT), ("summer.help", Role.SUPPORT)):
        _invite(cast, "provider", mailbox=mailbox, role=role, by="owner", at=at)


def _sent_again_as_one_job(cast: Cast, at: datetime) -> None:
    ours = Invitation.objects.filter(account=cast.accounts["provider"]).values_list("id", flat=True)
    job = resend_expired(ids=list(ours), by=cast.actor("operator"), at=at)
    jobs.run_to_end(job_id=job.id, at=max(at, clock.now()))  # a job is due by the database's clock, not by the story's


def _group_settles_in(cast: Cast, at: datetime) -> None:
    group, by = cast.accounts["hengyue"], cast.actor("hengyue.owner")
    details = AccountDetails(
        name=group.name, company_name=group.company_name, email=group.email, country="CN",
        address="北京市朝阳区松荫路 18 号 6 层", region_code="beijing", time_zone=group.time_zone,
        language=group.language, currency=group.currency,
    )  # fmt: skip
    change_account_settings(account_id=group.id, details=details, by=by, at=at)
    create_api_key(
        account_id=group.id, portal=Portal.SUBSCRIBER, name="数据看板", scopes=["accounts:read", "members:read"],
        is_test=True, expires_at=None, by=by, at=at + timedelta(hours=1),
    )  # fmt: skip


def _support_helps_the_group(cast: Cast, at: datetime) -> None:
    group, staff = cast.accounts["hengyue"], cast.actor("support")
    request_support_access(account_id=group.id, reason="导入客户名单时报错，请允许我们查看", hours=24, by=staff, at=at)
    provider = cast.accounts["provider"]
    grant_support_access(
        account_id=group.id, granted_to_id=provider.id, hours=24, language="zh-hans",
        by=cast.actor("hengyue.owner"), at=at + timedelta(hours=2),
    )  # fmt: skip
    act = start_acting(account_id=group.id, reason="查看导入报错", by=staff, at=at + timedelta(hours=3))
    end_acting(impersonation_id=act.id, by=staff, at=at + timedelta(hours=3, minutes=20))


def _colleagues_are_invited(cast: Cast, at: datetime) -> None:
    _invite(cast, "mumian", mailbox="mumian.sales", role=Role.MEMBER, by="mumian.owner", at=at)
    mistaken = _invite(cast, "mumian", mailbox="mumian.seles", role=Role.MEMBER, by="mumian.owner", at=at)
    revoke_invitation(
        account_id=cast.accounts["mumian"].id, invitation_id=mistaken.id, by=cast.actor("mumian.owner"),
        at=at + timedelta(minutes=3),
    )  # fmt: skip


def _this_week(cast: Cast, at: datetime) -> None:
    group = cast.members["hengyue.member"]
    offer_ownership(
        account_id=group.account_id, to_membership_id=group.id, next_role=Role.MANAGER,
        by=cast.actor("hengyue.owner"), at=at,
    )  # fmt: skip
    _invite(cast, "qinghe", mailbox="qinghe.counter2", role=Role.CLERK, by="qinghe.owner", at=at)
    _invite(cast, "kestrel", mailbox="kestrel.sales", role=Role.MEMBER, by="kestrel.owner", at=at)
    request_support_access(
        account_id=cast.accounts["kestrel"].id, reason="Check why the invited colleague gets no letter", hours=4,
        by=cast.actor("support"), at=at + timedelta(hours=5),
    )  # fmt: skip


def _invite(cast: Cast, key: str, *, mailbox: str, role: str, by: str, at: datetime) -> Any:
    account, inviter = cast.accounts[key], cast.members[by]
    return invite_member(
        account_id=account.id, portal=inviter.portal, role=role, contact=Contact(email=f"{mailbox}@{DOMAIN}"),
        language=account.language, by=cast.actor(by), at=at,
    )  # fmt: skip


_ACTS: Final = {
    40: _invitations_that_ran_out,
    300: _group_settles_in,
    19: _support_helps_the_group,
    10: _colleagues_are_invited,
    3: _this_week,
    1: _sent_again_as_one_job,
}


def _yesterday(business: trade.Trade, at: datetime) -> None:
    trade.restock(business, "qinghe", kind="standard.CNY", first=701, last=760, at=at)
    favours.one_card_comes_back(business, year.SHOPS["qinghe"][1], at=at + timedelta(hours=15))
    office.somebody_guesses(business, at + timedelta(hours=20))


def _something_is_wrong_with_cards(business: trade.Trade, at: datetime) -> None:
    office.a_canary_is_typed(business, at)
    office.a_sale_was_forgotten(business, at + timedelta(hours=1))


_COUNTER_OPENS: Final = 350
_NIGHTS: Final = 7
HABITS: Final[dict[str, int | None]] = {"hengyue": 12, "hengyue-east": 20}
_DEALINGS: Final[dict[int, Callable[[trade.Trade, datetime], None]]] = {
    364: trade.open_for_trade,
    362: trade.print_cards,
    330: trade.expect_leftovers,
    319: lambda business, at: trade.subscribe(business, "hengyue", plan="standard", pays="on_terms", at=at),
    279: lambda business, at: trade.subscribe(business, "hengyue-east", plan="standard-yearly", pays="on_terms", at=at),
    59: lambda business, at: trade.subscribe(business, "hengyue", plan=trade.COACHING, pays="on_terms", at=at),
    43: lambda business, at: trade.subscribe(business, "hengyue-south", plan="solo", pays="prepaid", at=at),
    39: lambda business, at: trade.subscribe(business, "yizhou", plan="solo", pays="prepaid", at=at),
    42: lambda business, at: trade.fill_workspace(business, "hengyue-south", count=9, due_in=42, at=at),
    38: lambda business, at: trade.fill_workspace(business, "yizhou", count=7, due_in=38, at=at),
    11: lambda business, at: trade.subscribe(business, "mumian", plan="standard", pays="prepaid", at=at),
    7: lambda business, at: trade.subscribe(business, "kestrel", plan="standard", pays="on_terms", at=at),
    6: lambda business, at: trade.fill_workspace(business, "kestrel", count=12, due_in=6, at=at),
    90: office.sell_online,
    60: office.launch_promotion,
    45: favours.offer_favours,
    37: favours.give_to_the_group,
    20: favours.exchange_some_points,
    8: favours.give_to_a_newcomer,
    9: office.look_before_first_invoices,
    5: office.plan_next_year,
    4: lambda business, at: trade.hold_back(business, kind="standard.CNY", first=281, last=290, at=at),
    3: office.credit_the_group,
    2: _something_is_wrong_with_cards,
    1: _yesterday,
}


def _deals_come_from_the_old_system(business: trade.Trade, scale: year.Scale, at: datetime) -> None:
    dice = Random("hengyue")  # noqa: S311 - nothing is secret here
    stages = trade.stages_of(business, "hengyue")
    content = year.deals_file("zh-hans", count=scale.deals, at=at, stages=stages, dice=dice)
    trade.import_file(business, "hengyue", by="hengyue.manager", content=content, at=at)


def _reps_sell(business: trade.Trade, scale: year.Scale, *, first: int, due_in: int, at: datetime) -> None:
    """A third of the deals that the reps have found themselves."""
    count = min(15, scale.deals // 4)
    trade.fill_workspace(business, "hengyue", count=count, due_in=due_in, at=at, first=first * count)


_WORK: Final[dict[int, Callable[[trade.Trade, year.Scale, datetime], None]]] = {
    21: _deals_come_from_the_old_system,
    18: lambda business, scale, at: _reps_sell(business, scale, first=0, due_in=18, at=at),
    9: lambda business, scale, at: _reps_sell(business, scale, first=1, due_in=9, at=at),
    2: lambda business, scale, at: _reps_sell(business, scale, first=2, due_in=2, at=at),
}
