"""The demo's people and accounts: everything made by the product's own operations, with a clock that walks from sixty
days ago to now. All names are invented."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction

from provider.accounts.models import Account, Invitation, Membership, Portal, Role
from provider.accounts.operations.accounts import (
    AccountDetails,
    change_account_settings,
    create_provider,
    create_reseller,
    create_subscriber,
)
from provider.accounts.operations.api_keys import create_api_key
from provider.accounts.operations.support import (
    end_acting,
    grant_support_access,
    request_support_access,
    start_acting,
)
from provider.accounts.operations.team import invite_member, revoke_invitation
from provider.accounts.operations.users import NewUser, add_member, create_user
from provider.accounts.queries import actor_in, demo_parts, the_provider
from provider.accounts.rules.phones import Contact
from provider.console.operations.invitations import resend_expired
from provider.kernel import clock, jobs
from provider.kernel.actor import SYSTEM, Actor

from . import trade

DOMAIN: Final = "demo.perennial.example"
DAYS: Final = 60
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
    """An account of the demo and its people. `day` is when it came, counted from the first day."""

    key: str
    portal: str
    parent: str
    day: int
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
        key="provider", portal=Portal.PROVIDER, parent="", day=0,
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
        key="qinghe", portal=Portal.RESELLER, parent="provider", day=4,
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
        key="xuhui", portal=Portal.RESELLER, parent="qinghe", day=11,
        details=AccountDetails(
            name="青禾徐汇门店", email=f"xuhui@{DOMAIN}", country="CN", region_code="shanghai",
            time_zone="Asia/Shanghai", language="zh-hans", currency="CNY",
        ),
        people=(Person(mailbox="xuhui.owner", name="苏婉", role=Role.OWNER),),
    ),
    Party(
        key="hengyue", portal=Portal.SUBSCRIBER, parent="qinghe", day=15,
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
        key="hengyue-east", portal=Portal.SUBSCRIBER, parent="hengyue", day=19,
        details=AccountDetails(
            name="恒岳华东分公司", email=f"hengyue.east@{DOMAIN}", country="CN", region_code="shanghai",
            time_zone="Asia/Shanghai", language="zh-hans", currency="CNY",
        ),
        people=(Person(mailbox="hengyue.east", name="陆启明", role=Role.OWNER),),
    ),
    Party(
        key="hengyue-south", portal=Portal.SUBSCRIBER, parent="hengyue", day=26,
        details=AccountDetails(
            name="恒岳华南分公司", email=f"hengyue.south@{DOMAIN}", country="CN", region_code="guangzhou",
            time_zone="Asia/Shanghai", language="zh-hans", currency="CNY",
        ),
        people=(Person(mailbox="hengyue.south", name="何子衿", role=Role.OWNER),),
    ),
    Party(
        key="yizhou", portal=Portal.SUBSCRIBER, parent="xuhui", day=33,
        details=AccountDetails(
            name="沈一舟", email=f"yizhou@{DOMAIN}", country="CN", region_code="guangzhou",
            time_zone="Asia/Shanghai", language="zh-hans", currency="CNY",
        ),
        people=(Person(mailbox="yizhou", name="沈一舟", role=Role.OWNER),),
    ),
    Party(
        key="mumian", portal=Portal.SUBSCRIBER, parent="provider", day=38,
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
        key="kestrel", portal=Portal.SUBSCRIBER, parent="provider", day=52,
        details=AccountDetails(
            name="Kestrel Harbour", company_name="Kestrel Harbour Trading Ltd", email=f"kestrel@{DOMAIN}", country="HK",
            region_code="hongkong", time_zone="Asia/Hong_Kong", language="en", currency="HKD",
        ),
        people=(Person(mailbox="kestrel.owner", name="Maeve Kwok", role=Role.OWNER),),
    ),
)  # fmt: skip


def seed(*, at: datetime | None = None) -> bool:
    """Fill an empty installation with the demo; whether there was anything to do. Two at once wait for each other."""
    at = at or clock.now()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
        if the_provider() is not None:
            return False
        first = at - timedelta(days=DAYS)
        cast = Cast()
        business = trade.Trade(accounts=cast.accounts, members=cast.members, actor=cast.actor)
        for day in range(DAYS):
            for party in PARTIES:
                if party.day == day:
                    _enter(cast, party, at=first + timedelta(days=day))
            if day in _ACTS:
                _ACTS[day](cast, first + timedelta(days=day))
            _trade(business, day=day, at=first + timedelta(days=day, hours=3))
        return True


def parts() -> Iterator[Membership]:
    """Who one can be in the demo by one click, in the order in which they are offered."""
    yield from demo_parts()


def _enter(cast: Cast, party: Party, *, at: datetime) -> None:
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
                contact=Contact(email=f"{person.mailbox}@{DOMAIN}"), name=person.name,
                language=party.details.language, password_hash=make_password(None),
            ),
            address=ADDRESS, at=joins_at,
        )  # fmt: skip
        cast.members[person.mailbox] = add_member(
            account=account, user=user, portal=party.portal, role=person.role, by=SYSTEM, at=joins_at
        )


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
    _invite(cast, "qinghe", mailbox="qinghe.counter2", role=Role.CLERK, by="qinghe.owner", at=at)
    _invite(cast, "kestrel", mailbox="kestrel.sales", role=Role.MEMBER, by="kestrel.owner", at=at)
    request_support_access(
        account_id=cast.accounts["kestrel"].id, reason="Check why the invited colleague gets no letter", hours=4,
        by=cast.actor("support"), at=at + timedelta(hours=5),
    )  # fmt: skip


def _trade(business: trade.Trade, *, day: int, at: datetime) -> None:
    """What was made, sold, billed and paid on that day."""
    if day in _DEALINGS:
        _DEALINGS[day](business, at)
    if day > _SHOP_OPENS and day % 3 == 0:
        trade.sell_some(business, at)
    trade.end_the_day(business, at + timedelta(hours=16))


def _invite(cast: Cast, key: str, *, mailbox: str, role: str, by: str, at: datetime) -> Any:
    account, inviter = cast.accounts[key], cast.members[by]
    return invite_member(
        account_id=account.id, portal=inviter.portal, role=role, contact=Contact(email=f"{mailbox}@{DOMAIN}"),
        language=account.language, by=cast.actor(by), at=at,
    )  # fmt: skip


_ACTS: Final = {
    20: _invitations_that_ran_out,
    30: _group_settles_in,
    41: _support_helps_the_group,
    47: _colleagues_are_invited,
    57: _this_week,
    59: _sent_again_as_one_job,
}

_SHOP_OPENS: Final = 8
_DEALINGS: Final[dict[int, Callable[[trade.Trade, datetime], None]]] = {
    1: trade.open_for_trade,
    3: trade.print_cards,
    6: trade.stock_the_shop,
    16: lambda business, at: trade.subscribe(business, "hengyue", plan="standard", pays="on_terms", at=at),
    18: lambda business, at: trade.fill_workspace(business, "hengyue", count=90, at=at),
    20: lambda business, at: trade.subscribe(business, "hengyue-east", plan="standard-yearly", pays="on_terms", at=at),
    27: lambda business, at: trade.subscribe(business, "hengyue-south", plan="solo", pays="prepaid", at=at),
    34: lambda business, at: trade.subscribe(business, "yizhou", plan="solo", pays="prepaid", at=at),
    37: lambda business, at: trade.pay_oldest(business, "hengyue", at=at),
    50: lambda business, at: trade.subscribe(business, "mumian", plan="standard", pays="prepaid", at=at),
    53: lambda business, at: trade.subscribe(business, "kestrel", plan="standard", pays="on_terms", at=at),
    54: lambda business, at: trade.fill_workspace(business, "kestrel", count=12, at=at),
}
