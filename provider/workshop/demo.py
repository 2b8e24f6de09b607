"""A small company to look around in: made once, through the same operations as everything else, with a walking clock.

Names are invented. Everybody's address ends in `demo.perennial.example`, every account is a test account, and nobody
can sign in to one except by the demo's page.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import transaction

from provider.accounts.models import Account, Region, User
from provider.accounts.operations.accounts import (
    AccountDetails,
    create_provider,
    create_reseller,
    create_subscriber,
)
from provider.accounts.operations.api_keys import create_api_key
from provider.accounts.operations.regions import RegionDetails, add_region, set_region_open
from provider.accounts.operations.support import grant_support_access
from provider.accounts.operations.team import invite_member
from provider.accounts.operations.users import NewUser, add_member, create_user
from provider.accounts.queries import the_provider
from provider.accounts.rules.phones import Contact
from provider.kernel.actor import SYSTEM, Actor

DOMAIN: Final = "demo.perennial.example"
START: Final = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)  # Monday, 09:00 in Shanghai
_UNUSABLE: Final = "!"  # no password fits it: the demo's page signs in

REGIONS: Final = (
    RegionDetails(code="beijing", name="Beijing", name_hans="北京", name_hant="北京", country="CN",
                  time_zone="Asia/Shanghai", currency="CNY"),
    RegionDetails(code="shanghai", name="Shanghai", name_hans="上海", name_hant="上海", country="CN",
                  time_zone="Asia/Shanghai", currency="CNY"),
    RegionDetails(code="guangzhou", name="Guangzhou", name_hans="广州", name_hant="廣州", country="CN",
                  time_zone="Asia/Shanghai", currency="CNY"),
    RegionDetails(code="taipei", name="Taipei", name_hans="台北", name_hant="臺北", country="TW",
                  time_zone="Asia/Taipei", currency="TWD"),
    RegionDetails(code="hongkong", name="Hong Kong", name_hans="香港", name_hant="香港", country="HK",
                  time_zone="Asia/Hong_Kong", currency="HKD"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the demo: what they are called, their address before the @, and their role."""

    name: str
    mailbox: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """An account of the demo with its people."""

    name: str
    region: str
    language: str
    people: tuple[Person, ...]
    company_name: str = ""
    address: str = ""
    invited: tuple[Person, ...] = field(default_factory=tuple)


PROVIDER: Final = Party(
    name="Perennial", company_name="Perennial Software Ltd.", region="shanghai", language="en",
    address="18 Garden Lane, Shanghai",
    people=(
        Person("Iris Feng", "iris", "owner"), Person("Oskar Lind", "oskar", "operator"),
        Person("Sunny Ho", "sunny", "support"), Person("Felix Marr", "felix", "finance"),
    ),
)  # fmt: skip
RESELLER: Final = Party(
    name="青松数码", company_name="青松数码商贸有限公司", region="shanghai", language="zh-hans",
    address="上海市静安区松园路 8 号",
    people=(Person("宋青", "song", "owner"), Person("顾小满", "gu", "clerk")),
)  # fmt: skip
SUB_RESELLER: Final = Party(
    name="河畔通讯店", company_name="", region="guangzhou", language="zh-hans", address="广州市海珠区河畔街 21 号",
    people=(Person("黎河", "li", "owner"), Person("阿杰", "ajie", "clerk")),
)  # fmt: skip
SUBSCRIBERS: Final = (
    Party(
        name="云杉贸易", company_name="云杉贸易有限公司", region="beijing", language="zh-hans",
        address="北京市东城区杉木胡同 5 号",
        people=(Person("唐云", "tang", "owner"), Person("沈未", "shen", "manager"), Person("高远", "gao", "member")),
        invited=(Person("", "new.colleague", "member"),),
    ),
    Party(
        name="晨光設計", company_name="晨光設計有限公司", region="taipei", language="zh-hant",
        address="臺北市大安區晨光街 12 號",
        people=(Person("林曉晨", "lin", "owner"), Person("吳亮", "wu", "member")),
    ),
    Party(
        name="海角茶莊", company_name="海角茶莊有限公司", region="hongkong", language="zh-hant",
        address="香港灣仔海角道 3 號",
        people=(Person("何茶", "ho", "owner"),),
    ),
    Party(name="Marta Quill", region="hongkong", language="en", people=(Person("Marta Quill", "marta", "owner"),)),
    Party(
        name="Northlight Optics", company_name="Northlight Optics Group", region="shanghai", language="en",
        address="7 Lantern Road, Shanghai",
        people=(Person("Nora Light", "nora", "owner"), Person("Ben Okoro", "ben", "manager")),
    ),
    Party(name="拾光摄影", region="guangzhou", language="zh-hans", people=(Person("陆拾", "lu", "owner"),)),
)  # fmt: skip


def seed() -> bool:
    """Make the demo where no provider is yet; True if it was made now. Deterministic but for the ids."""
    if the_provider() is not None:
        return False
    with transaction.atomic():  # all of it or nothing: half a company would never be completed
        _make_everything(clock=_walking_clock())
    return True


def _make_everything(*, clock: Iterator[datetime]) -> None:
    known = set(Region.objects.values_list("code", flat=True))
    for region in [region for region in REGIONS if region.code not in known]:
        add_region(details=region, by=SYSTEM, at=next(clock))
        set_region_open(region_code=region.code, is_open=True, by=SYSTEM, at=next(clock))
    provider = _provider(clock)
    reseller = _party(RESELLER, parent=provider, portal="reseller", clock=clock)
    below = _party(SUB_RESELLER, parent=reseller, portal="reseller", clock=clock)
    parents = [reseller, provider, provider, provider, provider, below]
    accounts = [
        _party(party, parent=parent, portal="subscriber", clock=clock)
        for party, parent in zip(SUBSCRIBERS, parents, strict=True)
    ]
    _some_history(provider=provider, accounts=accounts, clock=clock)


def _walking_clock() -> Iterator[datetime]:
    """Later and later instants of working days."""
    at = START
    while True:
        yield at
        at += timedelta(hours=5, minutes=17)


def _provider(clock: Iterator[datetime]) -> Account:
    account = create_provider(details=_details(PROVIDER), by=SYSTEM, at=next(clock), is_test=True)
    _people(PROVIDER, account=account, portal="provider", clock=clock)
    return account


def _party(party: Party, *, parent: Account, portal: str, clock: Iterator[datetime]) -> Account:
    create = create_reseller if portal == "reseller" else create_subscriber
    account = create(parent=parent, details=_details(party), by=SYSTEM, at=next(clock), is_test=True)
    _people(party, account=account, portal=portal, clock=clock)
    return account


def _details(party: Party) -> AccountDetails:
    region = Region.objects.get(code=party.region)
    return AccountDetails(
        name=party.name,
        company_name=party.company_name,
        email=f"{party.people[0].mailbox}@{DOMAIN}",
        country=region.country,
        address=party.address,
        region_code=region.code,
        time_zone=region.time_zone,
        language=party.language,
        currency=region.currency,
    )


def _people(party: Party, *, account: Account, portal: str, clock: Iterator[datetime]) -> None:
    for person in party.people:
        user = _user(person, language=party.language, at=next(clock))
        add_member(account=account, user=user, portal=portal, role=person.role, by=SYSTEM, at=next(clock))
    for person in party.invited:
        invite_member(
            account_id=account.id, portal=portal, role=person.role, contact=Contact(email=f"{person.mailbox}@{DOMAIN}"),
            language=party.language, by=SYSTEM, at=next(clock),
        )  # fmt: skip


def _user(person: Person, *, language: str, at: datetime) -> User:
    contact = Contact(email=f"{person.mailbox}@{DOMAIN}")
    new = NewUser(contact=contact, name=person.name, language=language, password_hash=_UNUSABLE)
    return create_user(person=new, address="", at=at)


def _some_history(*, provider: Account, accounts: list[Account], clock: Iterator[datetime]) -> None:
    """Support access that a customer has opened, and a key for its warehouse."""
    first = accounts[0]
    owner = _owner_of(first)
    grant_support_access(
        account_id=first.id, granted_to_id=provider.id, hours=168, language=first.language, by=owner,
        at=datetime.now(UTC),
    )  # fmt: skip
    create_api_key(
        account_id=first.id, portal="subscriber", name="仓库导入", scopes=["account:read"], is_test=True,
        expires_at=None, by=owner, at=next(clock),
    )  # fmt: skip


def _owner_of(account: Account) -> Actor:
    owner = account.memberships.filter(role="owner").first()
    assert owner is not None
    return Actor(
        kind="person",
        user_id=owner.user_id,
        account_id=account.id,
        portal=owner.portal,
        role=owner.role,
        permissions=frozenset({"support_access.grant", "api_keys.manage"}),
    )
