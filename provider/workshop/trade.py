"""What the demo's provider sells and to whom: plans, cards, subscriptions, invoices, and a CRM that is worked in.

Everything goes through the product's own operations, with the walking clock of `demo`. All names are invented.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import cycle
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import pyzipper

from crm_tenant.models import Salesperson, Stage
from crm_tenant.operations.customers import CompanyDetails, PersonDetails, create_company, create_person
from crm_tenant.operations.deals import DealDetails, create_deal, move_deal
from crm_tenant.operations.imports import start_import, take_files
from crm_tenant.operations.work import TaskDetails, plan_task, write_note
from crm_tenant.operations.workspaces import open_workspace
from invoices.models import Invoice
from invoices.operations.expiry import release_expired
from invoices.operations.payments import record_payment
from invoices.operations.revenue import close_due_months as close_service_months
from invoices.operations.runs import bill_all, close_run, open_run
from invoices.operations.sellers import SellerDetails, set_up_seller
from invoices.operations.subscriptions import NewSubscription, start_subscription
from plans.models import PlanVersion, Subscription
from plans.operations.catalogue import PlanDetails, change_draft, create_plan, publish_version
from plans.operations.subscriptions import Pays
from plans.rules.calendar import Interval
from plans.rules.catalogue import Charge, Entitlement, Price, Version
from plans.rules.catalogue.naming import Names
from plans.rules.rating import Tier
from plans.rules.terms import MeterTerms
from plans.rules.usage import SALES
from prepaid_cards.flows.exports import fetch_export
from prepaid_cards.models import Card, CardBatch, ExportMethod, GrantKind, TaxClass
from prepaid_cards.operations.batches import approve_batch, order_batch
from prepaid_cards.operations.breakage import decide_policy, release_due_months
from prepaid_cards.operations.exports import approve_export, confirm_export, request_export, show_password
from prepaid_cards.operations.products import ProductWish, create_product, offer_product
from prepaid_cards.operations.ranges import freeze_range, void_range
from prepaid_cards.operations.redemption import promise, redeem
from prepaid_cards.operations.revenue import close_due_months
from prepaid_cards.rules.breakage import Policy
from provider.accounts.models import Account, Membership
from provider.kernel import clock, jobs
from provider.kernel.actor import SYSTEM, Actor
from provider.kernel.clock import local_day
from provider.kernel.money import Money, exact_minor
from provider.kernel.tenancy import inside
from resellers.models import StockTransfer
from resellers.operations.agreements import agree
from resellers.operations.sales import Basket, sell
from resellers.operations.stores import StoreDetails, open_store, staff_store
from resellers.operations.transfers import receive_stock, ship_stock
from resellers.rules.terms import Terms

CURRENCIES: Final = ("CNY", "TWD", "HKD", "USD")
_SEATS: Final = MeterTerms("seats", "unique", carries_over=True)
_STORAGE: Final = ("5", "20", "5", "0.8")  # a month
_RECORDS: Final = MeterTerms("records", "sum", carries_over=True)
_SALES: Final = MeterTerms(SALES, "sum", carries_over=False)
COACHING: Final = "coaching"
_COACHED_FREE: Final = ("100000", "400000", "100000", "15000")  # a month


@dataclass(slots=True)
class Trade:
    """What the acts of one day leave for those of a later one."""

    accounts: dict[str, Account]
    members: dict[str, Membership]
    actor: Callable[[str], Actor]
    versions: dict[str, PlanVersion] = field(default_factory=dict)
    batches: dict[str, CardBatch] = field(default_factory=dict)
    stores: dict[str, UUID] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)  # by serial: what stands under the silver layer


# --- The catalogue ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A plan of the demo; prices per currency in the order of `CURRENCIES`."""

    code: str
    names: tuple[str, str, str]
    summaries: tuple[str, str, str]
    months: int
    base: tuple[str, str, str, str]
    seat: tuple[str, str, str, str]
    record: tuple[str, str, str, str]
    included: int
    trial_days: int


OFFERS: Final = (
    Offer(
        code="standard", names=("Standard", "标准版", "標準版"),
        summaries=("For a team that sells together.", "适合协同销售的团队。", "適合協同銷售的團隊。"),
        months=1, base=("98", "420", "108", "15"), seat=("58", "250", "64", "9"),
        record=("0.03", "0.12", "0.03", "0.005"), included=1000, trial_days=14,
    ),
    Offer(
        code="solo", names=("Solo", "个人版", "個人版"),
        summaries=("For one rep who forgets nobody.", "适合独立销售，不漏任何客户。", "適合獨立業務，不漏任何客戶。"),
        months=1, base=("38", "160", "42", "6"), seat=("38", "160", "42", "6"),
        record=("0.05", "0.2", "0.05", "0.01"),
        included=500, trial_days=14,
    ),
    Offer(
        code="standard-yearly", names=("Standard, yearly", "标准版 年付", "標準版 年繳"),
        summaries=("Twelve months for the price of ten.", "付十个月，用十二个月。", "付十個月，用十二個月。"),
        months=12, base=("980", "4200", "1080", "150"), seat=("580", "2500", "640", "90"),
        record=("0.3", "1.2", "0.3", "0.05"), included=1000, trial_days=14,
    ),
)  # fmt: skip


def open_for_trade(trade: Trade, at: datetime) -> None:
    """The provider sets up who sends its invoices, and publishes what it sells."""
    provider, owner = trade.accounts["provider"], trade.actor("owner")
    details = SellerDetails(
        legal_name="Perennial Services", number_prefix="PER", time_zone="Asia/Shanghai", country="CN",
        address="上海市徐汇区漕溪北路 88 号 12 层", tax_id="91310000MA1K00000X",
        bank_details="Demo Bank, Shanghai\n6222 0000 0000 0000", tax_rate=Decimal(6),
    )  # fmt: skip
    set_up_seller(account_id=provider.id, details=details, by=owner, at=at)
    for position, offer in enumerate(OFFERS):
        plan_details = PlanDetails(names=offer.names, summaries=offer.summaries, position=position)
        plan = create_plan(seller_id=provider.id, code=offer.code, details=plan_details, by=owner, at=at)
        draft = plan.versions.get()
        content = _content(offer)
        change_draft(version_id=draft.id, change=lambda _, new=content: new, by=owner, at=at)  # type: ignore[misc]
        trade.versions[offer.code] = publish_version(version_id=draft.id, by=owner, at=at)
    _offer_coaching(trade, at=at)


def _offer_coaching(trade: Trade, *, at: datetime) -> None:
    """An add-on that lives on what the customer wins with it: agreed with some, offered to nobody else."""
    provider, owner = trade.accounts["provider"], trade.actor("owner")
    details = PlanDetails(
        names=("Sales coaching", "销售陪跑", "銷售陪跑"),
        summaries=(
            "A coach for your reps, paid by what they win.", "教练陪您的团队拿单，按成交分成。",
            "教練陪您的團隊成交，依成交分潤。",
        ),
        position=len(OFFERS), grants_crm=False, is_offered=False,
    )  # fmt: skip
    plan = create_plan(seller_id=provider.id, code=COACHING, details=details, by=owner, at=at)
    share = Charge(
        code="share", model="percentage", timing="in_arrears", is_prorated=False, meter=_SALES,
        names=("Share of what is won", "成交分成", "成交分潤"),
        prices={
            currency: Price(rate=Decimal("0.5"), free_total=Decimal(free))
            for currency, free in zip(CURRENCIES, _COACHED_FREE, strict=True)
        },
    )  # fmt: skip
    content = Version(interval=Interval(months=1), anchor="calendar", currencies=CURRENCIES, charges=(share,))
    draft = plan.versions.get()
    change_draft(version_id=draft.id, change=lambda _: content, by=owner, at=at)
    trade.versions[COACHING] = publish_version(version_id=draft.id, by=owner, at=at)


def _content(offer: Offer) -> Version:
    def prices(make: Callable[[int], Price]) -> dict[str, Price]:
        return {currency: make(index) for index, currency in enumerate(CURRENCIES)}

    def tiers(index: int) -> tuple[Tier, ...]:
        included = Tier(up_to=Decimal(offer.included), unit=Decimal(0))
        return (included, Tier(up_to=None, unit=Decimal(offer.record[index])))

    return Version(
        interval=Interval(months=offer.months), trial_days=offer.trial_days, currencies=CURRENCIES,
        charges=(
            Charge(
                code="base", model="flat", timing="in_advance", is_prorated=True,
                names=("Basic price", "基础价格", "基本價格"),
                prices=prices(lambda index: Price(price=Decimal(offer.base[index]))),
            ),
            Charge(
                code="seat", model="per_unit", timing="in_arrears", is_prorated=True, meter=_SEATS,
                is_free_in_trial=True,
                names=("Seat", "席位", "席位"), prices=prices(lambda index: Price(price=Decimal(offer.seat[index]))),
            ),
            Charge(
                code="record", model="graduated", timing="in_arrears", is_prorated=False, meter=_RECORDS,
                is_free_in_trial=True,
                names=("Customer records", "客户记录", "客戶紀錄"),
                prices=prices(lambda index: Price(tiers=tiers(index))),
            ),
            Charge(
                code="storage", model="per_unit", timing="in_advance", is_prorated=True, quantity=Decimal(0),
                is_free_in_trial=True,
                names=("File storage (per 10 GB)", "文件存储（每 10 GB）", "檔案空間（每 10 GB）"),
                prices=prices(lambda index: Price(price=Decimal(_STORAGE[index]) * min(offer.months, 10))),
            ),
        ),
        entitlements={"seats": Entitlement(limit=1 if offer.code == "solo" else None)},
    )  # fmt: skip


# --- Cards ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A renewal card of the demo, and how many of it are printed."""

    names: Names
    plan: str
    months: int
    face: str
    currency: str
    count: int


_YEAR_OF_STANDARD: Final = ("12 months of Standard", "12 个月标准版", "12 個月標準版")
_QUARTER_OF_SOLO: Final = ("3 months of Solo", "3 个月个人版", "3 個月個人版")
KINDS: Final[Mapping[str, Kind]] = {
    "standard.CNY": Kind(names=_YEAR_OF_STANDARD, plan="standard", months=12, face="1176", currency="CNY", count=1000),
    "solo.CNY": Kind(names=_QUARTER_OF_SOLO, plan="solo", months=3, face="114", currency="CNY", count=600),
    "standard.TWD": Kind(names=_YEAR_OF_STANDARD, plan="standard", months=12, face="5040", currency="TWD", count=200),
    "solo.TWD": Kind(names=_QUARTER_OF_SOLO, plan="solo", months=3, face="480", currency="TWD", count=200),
    "solo.HKD": Kind(names=_QUARTER_OF_SOLO, plan="solo", months=3, face="126", currency="HKD", count=20),
}


def print_cards(trade: Trade, at: datetime) -> None:
    """Each kind: described, ordered, approved and exported by two people, and in the printer's hands."""
    for key, kind in KINDS.items():
        trade.batches[key] = _print(trade, kind, key=key, at=at)
    void_range(
        batch_id=trade.batches["standard.CNY"].id, first=986, last=1000, reason="整张印错",
        by=trade.actor("operator"), at=at + timedelta(days=2),
    )  # fmt: skip


def _print(trade: Trade, kind: Kind, *, key: str, at: datetime) -> CardBatch:
    operator, owner = trade.actor("operator"), trade.actor("owner")
    wish = ProductWish(
        name=kind.names[0], name_hans=kind.names[1], name_hant=kind.names[2], kind=GrantKind.TERM,
        plan_id=trade.versions[kind.plan].plan_id, months=kind.months,
        face_minor=exact_minor(amount=Decimal(kind.face), currency=kind.currency), currency=kind.currency,
        tax_class=TaxClass.MULTI_PURPOSE,
    )  # fmt: skip
    product = create_product(wish=wish, by=operator, at=at)
    offer_product(product_id=product.id, by=operator, at=at)
    batch = order_batch(product_id=product.id, count=kind.count, request_key=f"demo-{key}", by=operator, at=at)
    batch = approve_batch(batch_id=batch.id, by=owner, at=at + timedelta(hours=1))
    assert batch.job_id is not None
    jobs.run_to_end(job_id=batch.job_id, at=at + timedelta(hours=1))
    asked = request_export(
        batch_id=batch.id, method=ExportMethod.ARCHIVE, printer="华彩印务", recipient="", is_recipient_good=True,
        by=operator, at=at + timedelta(hours=2),
    )  # fmt: skip
    approve_export(export_id=asked.id, by=owner, at=at + timedelta(hours=3))
    password = show_password(export_id=asked.id, by=operator, at=at + timedelta(hours=4))
    _, packed = fetch_export(export_id=asked.id, by=operator, at=at + timedelta(hours=4))
    trade.secrets |= _as_printed(packed, password=password)
    confirm_export(
        export_id=asked.id, file_sha256=hashlib.sha256(packed).hexdigest(), by=operator, at=at + timedelta(days=1)
    )  # fmt: skip
    return CardBatch.objects.get(pk=batch.id)


def _as_printed(packed: bytes, *, password: str) -> dict[str, str]:
    """What the printer reads in the archive: each serial with its secret."""
    with pyzipper.AESZipFile(io.BytesIO(packed)) as archive:
        archive.setpassword(password.encode())
        lines = csv.DictReader(io.StringIO(archive.read("cards.csv").decode()))
        return {line["serial"]: line["code"] for line in lines}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A reseller's store, its terms, who sells in it, and which cards it gets of each kind."""

    reseller: str
    code: str
    name: str
    address: str
    seller: str
    currency: str
    discount: int
    limit: int
    stock: Mapping[str, tuple[int, int]]


def open_shop(trade: Trade, shop: Shop, *, at: datetime) -> None:
    """Terms are agreed, a store opens, its cards arrive."""
    reseller, owner = trade.accounts[shop.reseller], trade.actor(f"{shop.reseller}.owner")
    limit = exact_minor(amount=Decimal(shop.limit), currency=shop.currency)
    terms = Terms(
        currency=shop.currency, discount_percent=Decimal(shop.discount), credit_limit_minor=limit, payment_days=30
    )
    day = local_day(at=at, zone=_zone(reseller))
    agree(reseller_id=reseller.id, terms=terms, from_day=day, by=trade.actor("operator"), at=at)
    details = StoreDetails(name=shop.name, address=shop.address)
    store = open_store(reseller_id=reseller.id, code=shop.code, details=details, by=owner, at=at)
    seller = trade.members[shop.seller].user_id
    staff_store(reseller_id=reseller.id, store_id=store.id, user_ids=[seller], by=owner, at=at)
    trade.stores[shop.reseller] = store.id
    for kind, (first, last) in shop.stock.items():
        sent = send_cards(trade, shop.reseller, kind=kind, first=first, last=last, at=at + timedelta(hours=6))
        receive_stock(reseller_id=reseller.id, transfer_id=sent.id, by=owner, at=at + timedelta(hours=20))


def send_cards(trade: Trade, reseller: str, *, kind: str, first: int, last: int, at: datetime) -> StockTransfer:
    """A range of cards leaves for a reseller."""
    return ship_stock(
        reseller_id=trade.accounts[reseller].id, batch_id=trade.batches[kind].id, first=first, last=last,
        by=trade.actor("operator"), at=at,
    )  # fmt: skip


def sell_cards(trade: Trade, shop: Shop, *, kind: str, count: int = 1, at: datetime) -> list[Card]:
    """Cards go over the counter together."""
    reseller = trade.accounts[shop.reseller]
    shelf = Card.objects.filter(holder_id=reseller.id, batch=trade.batches[kind], status="received", is_canary=False)
    serials = [str(serial) for serial in shelf.order_by("counter").values_list("serial", flat=True)[:count]]
    ways = ("cash", "wechat_pay", "alipay") if shop.currency == "CNY" else ("cash", "credit", "line_pay")
    paid_by = ways[at.day % 3]
    sell(
        reseller_id=reseller.id, store_id=trade.stores[shop.reseller], basket=Basket(serials=serials, paid_by=paid_by),
        request_key=f"demo-{serials[0]}", by=trade.actor(shop.seller), at=at,
    )  # fmt: skip
    return list(Card.objects.select_related("batch__product").filter(serial__in=serials))


def redeem_card(trade: Trade, key: str, *, card: Card, at: datetime) -> None:
    """The holder looks at the quote and confirms it."""
    account = trade.accounts[key]
    by = trade.actor(f"{key}.owner")
    promised = promise(card=card, account=account, at=at)
    redeem(card_id=card.id, account_id=account.id, expected=promised.digest, by=by, at=at)


def expect_leftovers(trade: Trade, at: datetime) -> None:
    """Finance decides how the cards are earned that nobody will ever redeem."""
    decide_policy(
        policy=Policy(method="remote", remote_months=9), product_id=None, starts_on=at.date(),
        reason="旧系统的卡九个月后几乎无人兑换", by=trade.actor("finance"), at=at,
    )  # fmt: skip


def close_months(at: datetime) -> None:
    """What was earned by the end of the last months: by billed service, by cards, and by what nobody comes back for."""
    release_expired(at=at)
    close_service_months(at=at)
    close_due_months(at=at)
    release_due_months(at=at)


def hold_back(trade: Trade, *, kind: str, first: int, last: int, at: datetime) -> None:
    """A carton was found open: its cards refuse until it is known why."""
    freeze_range(
        batch_id=trade.batches[kind].id, first=first, last=last, reason="纸箱到货时已被拆开",
        by=trade.actor("operator"), at=at,
    )  # fmt: skip


def restock(trade: Trade, reseller: str, *, kind: str, first: int, last: int, at: datetime) -> None:
    """More cards leave for a shop; nobody there has received them yet."""
    send_cards(trade, reseller, kind=kind, first=first, last=last, at=at)


# --- Subscribers ---


def subscribe(trade: Trade, key: str, *, plan: str, pays: Pays, at: datetime) -> None:
    """An account starts its trial; its workspace was opened when its people joined, and they have their seats."""
    code = COACHING if plan == COACHING else "main"
    wish = NewSubscription(version_id=trade.versions[plan].id, code=code, pays=pays)
    start_subscription(account_id=trade.accounts[key].id, wish=wish, by=SYSTEM, at=at)


def bill_what_is_due(trade: Trade, at: datetime) -> None:
    """The run of a night: periods that closed become invoices, and what was paid ends or goes on."""
    if not Subscription.objects.filter(next_due_at__lte=at).exists():
        return
    run = open_run(seller_account_id=trade.accounts["provider"].id, cause="schedule", by=SYSTEM, at=at)
    bill_all(as_of=at, by=SYSTEM, run_id=run.id)
    close_run(run_id=run.id, at=at)


def pay_invoice(trade: Trade, invoice: Invoice, *, at: datetime) -> None:
    """What is open of an invoice arrives by bank."""
    record_payment(
        account_id=invoice.account_id, method="bank", reference=f"DEMO-{invoice.number_text}",
        amount=Money(invoice.state.open_minor, invoice.currency),
        received_on=local_day(at=at, zone=ZoneInfo("Asia/Shanghai")), by=trade.actor("finance"), at=at,
        invoice_id=invoice.id,
    )  # fmt: skip


# --- A workspace that is worked in ---

_FIRST: Final = ("海", "云", "宏", "瑞", "嘉", "安", "远", "新", "和", "盛")
_SECOND: Final = ("川", "帆", "达", "泽", "拓", "景", "诚", "源")
_TRADES: Final = ("机电", "物流", "食品", "医疗器械", "建材", "包装", "仪表")
_PEOPLE: Final = ("赵敏", "钱程", "孙悦", "李航", "周凯", "吴桐", "郑岩", "王蕾", "冯涛", "陈曦", "褚宁", "卫青")
_NEEDS: Final = ("年度维保", "生产线升级", "备件采购", "新厂配套", "质检系统", "样机试用")


def fill_workspace(trade: Trade, key: str, *, count: int, due_in: int, at: datetime, first: int = 0) -> None:
    """Companies with somebody to call, deals in every stage that belong to the reps in turn, and their next steps.

    The steps are due within three days before and nine days after `due_in` days from now on. `first` is the number of
    those that are there already.
    """
    account = trade.accounts[key]
    by = next(
        trade.actor(mailbox) for mailbox, member in trade.members.items() if member.account_id == account.id
    )  # fmt: skip
    workspace = open_workspace(account_id=account.id, by=SYSTEM, at=at)
    with inside(workspace_id=workspace.id):
        stages = list(Stage.objects.order_by("position"))
        reps = list(Salesperson.objects.exclude(user_id=None).order_by("created_at", "id"))
    people, needs, standing, owners = cycle(_PEOPLE), cycle(_NEEDS), cycle(stages), cycle(rep.id for rep in reps)
    common: dict[str, Any] = {"workspace_id": workspace.id, "by": by}
    for number in range(first, first + count):
        made_at, owner_id = at + timedelta(minutes=7 * (number - first)), next(owners, None)
        name = f"{_FIRST[number % 10]}{_SECOND[number % 8]}{_TRADES[number % 7]}有限公司"
        company = create_company(
            details=CompanyDetails(name=name, industry=_TRADES[number % 7], owner_id=owner_id), at=made_at, **common
        )
        person = create_person(
            details=PersonDetails(
                name=next(people), company_id=company.id, phones=[f"138 0000 {number:04d}"],
                emails=[f"contact{number}@customer.example"],
            ),
            at=made_at, **common,
        )  # fmt: skip
        deal = create_deal(
            details=DealDetails(
                name=f"{name[:4]} · {next(needs)}", amount_minor=(8 + number * 7 % 90) * 1000_00,
                currency=account.currency, company_id=company.id, person_id=person.id, owner_id=owner_id,
                expected_close_on=local_day(at=made_at + timedelta(days=10 + number % 50), zone=_zone(account)),
            ),
            stage_id=stages[0].id, at=made_at, **common,
        )  # fmt: skip
        stage = next(standing)
        if stage.id != stages[0].id:
            reason = "价格" if stage.category == "lost" else ""
            move_deal(
                deal_id=deal.id, stage_id=stage.id, from_stage_id=stages[0].id, reason=reason,
                at=made_at + timedelta(days=1), **common,
            )  # fmt: skip
        if stage.category == "open" and number % 4:
            due_at = at + timedelta(days=max(due_in - 3 + number * 5 % 13, 0), hours=number % 5)
            step = TaskDetails(kind="call", title="电话回访，确认交期", due_at=due_at, has_time=True, owner_id=owner_id)
            plan_task(kind="deal", record_id=deal.id, details=step, at=made_at, **common)
        if number % 3 == 0:
            write_note(kind="deal", record_id=deal.id, text="对方希望月底前给出正式报价。", at=made_at, **common)


def import_file(trade: Trade, key: str, *, by: str, content: bytes, at: datetime) -> None:
    """A file is read into the account's CRM, as from its import page."""
    account = trade.accounts[key]
    workspace = open_workspace(account_id=account.id, by=SYSTEM, at=at)
    actor = trade.actor(by)
    uploads = [("customers.csv", content)]
    batch = take_files(workspace=workspace, uploads=uploads, batch_id=None, by=actor, at=at)
    started = start_import(workspace=workspace, batch_id=batch.id, by=actor, at=at)
    assert started.job_id is not None
    jobs.run_to_end(job_id=started.job_id, at=at)


def stages_of(trade: Trade, key: str) -> list[tuple[str, str]]:
    """The names and categories of the stages in an account's CRM."""
    workspace = open_workspace(account_id=trade.accounts[key].id, by=SYSTEM, at=clock.now())
    with inside(workspace_id=workspace.id):
        return list(Stage.objects.order_by("position").values_list("name", "category"))


def _zone(account: Account) -> ZoneInfo:
    return ZoneInfo(account.time_zone)
