"""The crowd of the demo's year: who comes when, through whom, and what becomes of them. All follows from a number.

A day is counted back from today: `ago` is 0 today and `DAYS` on the first day.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final

from invoices.models import Invoice
from provider.accounts.models import Portal, Role
from provider.accounts.operations.accounts import AccountDetails

from . import names
from .trade import Shop, Trade

Act = Callable[[datetime], None]

DAYS: Final = 365
DOMAIN: Final = "customers.perennial.example"  # not the demo's own: these people are not offered at the sign-in
TRIAL: Final = 14
QUARTER: Final = 92
GRACE: Final = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How large the year is."""

    newcomers: int
    deals: int


YEAR: Final = Scale(newcomers=114, deals=3000)
SMALL: Final = Scale(newcomers=19, deals=60)  # one of each fate; for tests

SHOPS: Final[Mapping[str, tuple[int, Shop]]] = {
    "qinghe": (355, Shop(
        reseller="qinghe", code="XJH", name="徐家汇店", address="上海市徐汇区虹桥路 1 号 B1", seller="qinghe.clerk",
        currency="CNY", discount=18, limit=400_000, stock={"standard.CNY": (1, 300), "solo.CNY": (1, 160)},
    )),
    "xuhui": (320, Shop(
        reseller="xuhui", code="XH1", name="漕溪路店", address="上海市徐汇区漕溪路 210 号", seller="xuhui.owner",
        currency="CNY", discount=14, limit=150_000, stock={"standard.CNY": (301, 400), "solo.CNY": (161, 260)},
    )),
    "chenxing": (290, Shop(
        reseller="chenxing", code="ZGC", name="中关村店", address="北京市海淀区中关村大街 27 号",
        seller="chenxing.owner", currency="CNY", discount=20, limit=400_000,
        stock={"standard.CNY": (401, 600), "solo.CNY": (261, 380)},
    )),
    "lingnan": (240, Shop(
        reseller="lingnan", code="TH1", name="天河店", address="广州市天河区体育西路 101 号", seller="lingnan.owner",
        currency="CNY", discount=15, limit=150_000, stock={"standard.CNY": (601, 700), "solo.CNY": (381, 460)},
    )),
    "hefeng": (200, Shop(
        reseller="hefeng", code="TP1", name="忠孝門市", address="台北市大安區忠孝東路四段 45 號", seller="hefeng.owner",
        currency="TWD", discount=16, limit=600_000, stock={"standard.TWD": (1, 90), "solo.TWD": (1, 90)},
    )),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a subscriber lives."""

    region: str
    country: str
    zone: str
    language: str
    currency: str
    resellers: tuple[str, ...]


_CHINA = {"country": "CN", "zone": "Asia/Shanghai", "language": "zh-hans", "currency": "CNY"}
PLACES: Final = (
    Place(region="shanghai", resellers=("qinghe", "xuhui"), **_CHINA),
    Place(region="beijing", resellers=("chenxing",), **_CHINA),
    Place(region="guangzhou", resellers=("lingnan", "chenxing"), **_CHINA),
    Place(
        region="taipei", country="TW", zone="Asia/Taipei", language="zh-hant", currency="TWD", resellers=("hefeng",)
    ),
    Place(
        region="hongkong", country="HK", zone="Asia/Hong_Kong", language="en", currency="HKD", resellers=("provider",)
    ),
    Place(
        region="hongkong", country="HK", zone="Asia/Hong_Kong", language="zh-hant", currency="HKD",
        resellers=("provider",),
    ),
)  # fmt: skip
WITH_CARDS: Final = PLACES[:4]

# What becomes of somebody, and how long ago they came (from, to). Of nineteen: six live on a year's card, four pay
# invoices, three renew each quarter, two are in trial, and one each is in grace, asleep, back again, or never paid.
FATES: Final[Mapping[str, tuple[int, int]]] = {
    "year": (22, 300), "terms": (25, 330), "quarters": (30, 285), "trial": (1, 12), "grace": (0, 0),
    "asleep": (125, 285), "back": (165, 225), "lapsed": (35, 300),
}  # fmt: skip
ORDER: Final = (
    "year", "terms", "trial", "quarters", "year", "terms", "asleep", "year", "quarters", "back", "year", "terms",
    "grace", "year", "trial", "quarters", "terms", "lapsed", "year",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """A subscriber of the crowd."""

    key: str
    fate: str
    ago: int
    through: str
    place: Place
    plan: str
    details: AccountDetails
    owner: str
    colleagues: tuple[str, ...]
    customers: int  # how many companies they bring along
    pays_after: int | None  # days after an invoice; None where they never do

    @property
    def redeems(self) -> Iterator[int]:
        """On which days a card is redeemed, counted back from today; each while the time before it still runs."""
        first = self.ago - TRIAL + 4
        if self.fate in ("year", "grace", "asleep", "back", "quarters"):
            yield first
        if self.fate == "quarters":
            yield from range(first - QUARTER + 8, 0, -QUARTER)
        if self.fate == "back":
            yield self.ago - TRIAL - QUARTER - GRACE - 25


def crowd(scale: Scale) -> list[Newcomer]:
    """Everybody who comes in the year."""
    return [_newcomer(number) for number in range(scale.newcomers)]


def _newcomer(number: int) -> Newcomer:
    dice = Random(number * 7919 + 17)  # noqa: S311 - nothing is secret here
    fate = ORDER[number % len(ORDER)]
    needs_card = fate not in ("terms", "trial", "lapsed")
    latest, earliest = FATES[fate]
    span = earliest - latest + 1
    ago = latest + min(dice.randrange(span), dice.randrange(span))  # more come lately than at the beginning
    if fate == "grace":
        ago = TRIAL + QUARTER + 2 + number % 3
    place = dice.choice(WITH_CARDS if needs_card else PLACES)
    through = dice.choice(
        [key for key in place.resellers if key == "provider" or SHOPS[key][0] > ago + 2] or ["provider"]
    )
    if needs_card and through == "provider":
        place, through = PLACES[0], "qinghe"
    is_single = dice.randrange(10) < 3
    owner = names.person_name(place.language, dice=dice)
    company = "" if is_single else names.company_name(place.language, dice=dice)
    plan = _plan(fate, is_single=is_single)
    mates = 0 if plan == "solo" else dice.choice((0, 0, 0, 1, 3))
    return Newcomer(
        key=f"c{number:03d}", fate=fate, ago=ago, through=through, place=place, plan=plan, owner=owner,
        colleagues=tuple(names.person_name(place.language, dice=dice) for _ in range(mates)),
        customers=dice.choice((0, 0, 0, 12, 40, 160)) if plan != "solo" else 0,
        pays_after=None if number % 11 == 5 else dice.randrange(3, 24),
        details=AccountDetails(
            name=names.short_name(company) or owner, company_name=company, email=f"c{number:03d}@{DOMAIN}",
            country=place.country, region_code=place.region, time_zone=place.zone, language=place.language,
            currency=place.currency,
        ),
    )  # fmt: skip


def _plan(fate: str, *, is_single: bool) -> str:
    if fate in ("quarters", "grace", "asleep", "back"):
        return "solo"
    if fate == "terms" and is_single:
        return "standard-yearly"
    return "solo" if is_single and fate != "year" else "standard"


def card_kind(newcomer: Newcomer) -> str:
    """Which card they buy."""
    return f"{newcomer.plan}.{newcomer.place.currency}"


def agenda(scale: Scale, *, act: Callable[[str, Newcomer], Act]) -> dict[int, list[Act]]:
    """What the crowd does on which day: `act` makes it of a word (come, redeem) and who does it."""
    days: dict[int, list[Act]] = {}
    for newcomer in crowd(scale):
        days.setdefault(newcomer.ago, []).append(act("come", newcomer))
        for ago in newcomer.redeems:
            days.setdefault(ago, []).append(act("redeem", newcomer))
    return days


def due_payments(trade: Trade, habits: Mapping[str, int | None], *, at: datetime) -> list[Invoice]:
    """Invoices whose account pays today: so many days after they fell due, by its habit."""
    rows = Invoice.objects.filter(state__open_minor__gt=0).select_related("state")
    keys = {trade.accounts[key].id: after for key, after in habits.items() if key in trade.accounts}
    return [
        invoice
        for invoice in rows
        if (after := keys.get(invoice.account_id)) is not None and invoice.due_at + timedelta(days=after) <= at
    ]


# --- Files that people bring along ---


def companies_file(language: str, *, count: int, dice: Random) -> bytes:
    """A list of companies, as an address book gives it out."""
    tongue = names.TONGUES[language]
    rows = [("Company", "Industry", "Telephone")]
    for number in range(count):
        company = names.company_name(language, dice=dice)
        rows.append((f"{names.short_name(company)} {number + 1}", dice.choice(tongue.trades), f"021 5550 {number:04d}"))
    return _csv(rows)


def deals_file(language: str, *, count: int, at: datetime, stages: list[tuple[str, str]], dice: Random) -> bytes:
    """Deals of a year until `at`: most are decided, the young ones are open. `stages` are (name, category)."""
    tongue = names.TONGUES[language]
    companies = [names.short_name(names.company_name(language, dice=dice)) for _ in range(max(20, count // 9))]
    sellers = [names.person_name(language, dice=dice) for _ in range(12)]
    by_category = {
        category: [name for name, of in stages if of == category] for category in ("open", "won", "lost")
    }  # fmt: skip
    rows = [("Company", "Deal name", "Stage", "Amount", "Owner", "Created", "Closed", "Expected close")]
    for _ in range(count):
        age = 1 + min(dice.randrange(340), dice.randrange(340))
        made, length = at - timedelta(days=age), dice.randrange(5, 36)
        is_open = length >= age
        category = "open" if is_open else "won" if dice.randrange(100) < 44 else "lost"
        end = f"{made + timedelta(days=length):%Y-%m-%d}"
        rows.append((
            dice.choice(companies), dice.choice(tongue.needs), dice.choice(by_category[category]),
            str(dice.randrange(4, 180) * 500), dice.choice(sellers), f"{made:%Y-%m-%d}", "" if is_open else end,
            end if is_open else "",
        ))  # fmt: skip
    return _csv(rows)


def _csv(rows: Sequence[tuple[str, ...]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def people_of(newcomer: Newcomer) -> list[tuple[str, str, str, str]]:
    """Mailbox, name, portal and role of everybody in the account, who owns it first."""
    mates = [
        (f"{newcomer.key}.mate{number}", name, Portal.SUBSCRIBER, Role.MEMBER)
        for number, name in enumerate(newcomer.colleagues, start=1)
    ]
    return [(f"{newcomer.key}.owner", newcomer.owner, Portal.SUBSCRIBER, Role.OWNER), *mates]
