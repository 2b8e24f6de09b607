"""What the demo's provider sells and to whom: plans, cards, subscriptions, invoices, and a CRM that is worked in.

Everything goes through the product's own operations, with the walking clock of `demo`. All names are invented.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import cycle
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from crm_tenant.models import Stage
from crm_tenant.operations.customers import CompanyDetails, PersonDetails, create_company, create_person
from crm_tenant.operations.deals import DealDetails, create_deal, move_deal
from crm_tenant.operations.work import TaskDetails, plan_task, write_note
from crm_tenant.operations.workspaces import open_workspace, seat_member
from invoices.models import Invoice
from invoices.operations.billing import bill_account
from invoices.operations.payments import record_payment
from invoices.operations.sellers import SellerDetails, set_up_seller
from invoices.operations.subscriptions import NewSubscription, start_subscription
from plans.models import PlanVersion, Subscription
from plans.operations.catalogue import PlanDetails, change_draft, create_plan, publish_version
from plans.rules.calendar import Interval
from plans.rules.catalogue import Charge, Entitlement, Price, Version
from plans.rules.rating import Tier
from plans.rules.terms import MeterTerms
from prepaid_cards.flows.exports import fetch_export
from prepaid_cards.models import Card, CardBatch, ExportMethod, GrantKind, TaxClass
from prepaid_cards.operations.batches import approve_batch, order_batch
from prepaid_cards.operations.exports import approve_export, confirm_export, request_export
from prepaid_cards.operations.products import ProductWish, create_product, offer_product
from provider.accounts.models import Account, Membership
from provider.kernel import clock, jobs, outbox
from provider.kernel.actor import SYSTEM, Actor
from provider.kernel.clock import local_day
from provider.kernel.money import Money
from provider.kernel.tenancy import inside
from resellers.operations.agreements import agree
from resellers.operations.sales import Basket, sell
from resellers.operations.stores import StoreDetails, open_store, staff_store
from resellers.operations.transfers import receive_stock, ship_stock
from resellers.rules.terms import Terms

CURRENCIES: Final = ("CNY", "TWD", "HKD", "USD")
_SEATS: Final = MeterTerms("seats", "unique", carries_over=True)
_RECORDS: Final = MeterTerms("records", "sum", carries_over=True)


@dataclass(slots=True)
class Trade:
    """What the acts of one day leave for those of a later one."""

    accounts: dict[str, Account]
    members: dict[str, Membership]
    actor: Callable[[str], Actor]
    versions: dict[str, PlanVersion] = field(default_factory=dict)
    batch: CardBatch | None = None
    store_id: UUID | None = None


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
        code="solo", names=("Solo", "个人版", "個人版"),
        summaries=("For one rep who forgets nobody.", "给不漏掉任何客户的独立销售。", "給不漏掉任何客戶的獨立業務。"),
        months=1, base=("38", "160", "42", "6"), seat=("38", "160", "42", "6"),
        record=("0.05", "0.2", "0.05", "0.01"),
        included=500, trial_days=14,
    ),
    Offer(
        code="standard", names=("Standard", "标准版", "標準版"),
        summaries=("For a team that sells together.", "给一起打单的团队。", "給一起拚業績的團隊。"),
        months=1, base=("98", "420", "108", "15"), seat=("58", "250", "64", "9"),
        record=("0.03", "0.12", "0.03", "0.005"), included=1000, trial_days=14,
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
                names=("Seat", "席位", "席位"), prices=prices(lambda index: Price(price=Decimal(offer.seat[index]))),
            ),
            Charge(
                code="record", model="graduated", timing="in_arrears", is_prorated=False, meter=_RECORDS,
                names=("Customer records", "客户记录", "客戶紀錄"),
                prices=prices(lambda index: Price(tiers=tiers(index))),
            ),
        ),
        entitlements={"seats": Entitlement(limit=1 if offer.code == "solo" else None)},
    )  # fmt: skip


# --- Cards ---


def print_cards(trade: Trade, at: datetime) -> None:
    """A thousand cards: described, ordered, approved and exported by two people, and in the printer's hands."""
    operator, owner = trade.actor("operator"), trade.actor("owner")
    wish = ProductWish(
        name="12 个月标准版", kind=GrantKind.TERM, plan_id=trade.versions["standard"].plan_id, months=12,
        face_minor=1176_00, currency="CNY", tax_class=TaxClass.MULTI_PURPOSE,
    )  # fmt: skip
    product = create_product(wish=wish, by=operator, at=at)
    offer_product(product_id=product.id, by=operator, at=at)
    batch = order_batch(product_id=product.id, count=1000, request_key="demo-spring", by=operator, at=at)
    batch = approve_batch(batch_id=batch.id, by=owner, at=at + timedelta(hours=1))
    assert batch.job_id is not None
    jobs.run_to_end(job_id=batch.job_id, at=max(at, clock.now()))  # a job is due by the database's clock
    asked = request_export(
        batch_id=batch.id, method=ExportMethod.ARCHIVE, printer="华彩印务", recipient="", is_recipient_good=True,
        by=operator, at=at + timedelta(hours=2),
    )  # fmt: skip
    approve_export(export_id=asked.id, by=owner, at=at + timedelta(hours=3))
    fetch_export(export_id=asked.id, by=operator, at=at + timedelta(hours=4))
    asked.refresh_from_db()
    assert asked.file_sha256 is not None
    printed_at = at + timedelta(days=1)
    confirm_export(export_id=asked.id, file_sha256=bytes(asked.file_sha256).hex(), by=operator, at=printed_at)
    trade.batch = CardBatch.objects.get(pk=batch.id)


def stock_the_shop(trade: Trade, at: datetime) -> None:
    """Terms are agreed, a shop opens, three hundred cards arrive."""
    assert trade.batch is not None
    reseller, owner = trade.accounts["qinghe"], trade.actor("qinghe.owner")
    terms = Terms(currency="CNY", discount_percent=Decimal(18), credit_limit_minor=200_000_00, payment_days=30)
    agree(
        reseller_id=reseller.id, terms=terms, from_day=local_day(at=at, zone=_zone(reseller)),
        by=trade.actor("operator"), at=at,
    )  # fmt: skip
    store = open_store(
        reseller_id=reseller.id, code="XJH",
        details=StoreDetails(name="徐家汇店", address="上海市徐汇区虹桥路 1 号 B1"), by=owner, at=at,
    )  # fmt: skip
    clerk = trade.members["qinghe.clerk"].user_id
    staff_store(reseller_id=reseller.id, store_id=store.id, user_ids=[clerk], by=owner, at=at)
    trade.store_id = store.id
    later = at + timedelta(hours=30)
    sent = ship_stock(
        reseller_id=reseller.id, batch_id=trade.batch.id, first=1, last=300, by=trade.actor("operator"), at=later
    )
    receive_stock(reseller_id=reseller.id, transfer_id=sent.id, by=owner, at=later + timedelta(hours=20))


def sell_some(trade: Trade, at: datetime) -> None:
    """A day at the counter: one or two customers."""
    reseller = trade.accounts["qinghe"]
    assert trade.store_id is not None
    count = 1 + at.day % 2
    shelf = Card.objects.filter(holder_id=reseller.id, status="received").order_by("counter")
    for number, serial in enumerate(shelf.values_list("serial", flat=True)[:count]):
        basket = Basket(serials=[serial], paid_by="cash", given_minor=1200_00)
        sold_at = at + timedelta(hours=2 + number)
        sell(
            reseller_id=reseller.id, store_id=trade.store_id, basket=basket,
            request_key=f"demo-{at:%Y%m%d}-{number}", by=trade.actor("qinghe.clerk"), at=sold_at,
        )  # fmt: skip


# --- Subscribers ---


def subscribe(trade: Trade, key: str, *, plan: str, pays: str, at: datetime) -> None:
    """An account starts its trial and opens its workspace; everybody in it gets a seat."""
    account = trade.accounts[key]
    wish = NewSubscription(version_id=trade.versions[plan].id, pays=pays)  # type: ignore[arg-type]
    start_subscription(account_id=account.id, wish=wish, by=SYSTEM, at=at)
    open_workspace(account_id=account.id, by=SYSTEM, at=at)
    for member in trade.members.values():
        if member.account_id == account.id:
            seat_member(account_id=account.id, user_id=member.user_id, by=SYSTEM, at=at)


def end_the_day(trade: Trade, at: datetime) -> None:
    """What was done is told to whoever waits for it, and what is due is billed."""
    outbox.drain()
    for account_id in Subscription.objects.filter(next_due_at__lte=at).values_list("account_id", flat=True):
        bill_account(account_id=account_id, at=at, by=SYSTEM)
    outbox.drain()


def pay_oldest(trade: Trade, key: str, *, at: datetime) -> None:
    """The account pays its oldest open invoice by bank."""
    account = trade.accounts[key]
    invoice = Invoice.objects.filter(account=account, state__open_minor__gt=0).order_by("due_at").first()
    if invoice is None:
        return
    record_payment(
        account_id=account.id, method="bank", reference=f"DEMO-{invoice.number_text}",
        amount=Money(invoice.due_minor, invoice.currency), received_on=local_day(at=at, zone=_zone(account)),
        by=trade.actor("finance"), at=at, invoice_id=invoice.id,
    )  # fmt: skip


# --- A workspace that is worked in ---

_FIRST: Final = ("海", "云", "宏", "瑞", "嘉", "安", "远", "新", "和", "盛")
_SECOND: Final = ("川", "帆", "达", "泽", "拓", "景", "诚", "源")
_TRADES: Final = ("机电", "物流", "食品", "医疗器械", "建材", "包装", "仪表")
_PEOPLE: Final = ("赵敏", "钱程", "孙悦", "李航", "周凯", "吴桐", "郑岩", "王蕾", "冯涛", "陈曦", "褚宁", "卫青")
_NEEDS: Final = ("年度维保", "生产线升级", "备件采购", "新厂配套", "质检系统", "样机试用")


def fill_workspace(trade: Trade, key: str, *, count: int, at: datetime) -> None:
    """Companies with somebody to call, deals in every stage, and next steps: some overdue, some today."""
    account = trade.accounts[key]
    by = next(
        trade.actor(mailbox) for mailbox, member in trade.members.items() if member.account_id == account.id
    )  # fmt: skip
    workspace = open_workspace(account_id=account.id, by=SYSTEM, at=at)
    with inside(workspace_id=workspace.id):
        stages = list(Stage.objects.order_by("position"))
    people, needs, standing = cycle(_PEOPLE), cycle(_NEEDS), cycle(stages)
    common: dict[str, Any] = {"workspace_id": workspace.id, "by": by}
    for number in range(count):
        made_at = at + timedelta(minutes=7 * number)
        name = f"{_FIRST[number % 10]}{_SECOND[number % 8]}{_TRADES[number % 7]}有限公司"
        company = create_company(details=CompanyDetails(name=name, industry=_TRADES[number % 7]), at=made_at, **common)
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
                currency=account.currency, company_id=company.id, person_id=person.id,
                expected_close_on=local_day(at=made_at + timedelta(days=10 + number % 50), zone=_zone(account)),
            ),
            stage_id=stages[0].id, at=made_at, **common,
        )  # fmt: skip
        stage = next(standing)
        if stage.id != stages[0].id:
            reason = "价格" if stage.category == "lost" else ""
            move_deal(
                deal_id=deal.id, stage_id=stage.id, from_stage_id=stages[0].id, reason=reason,
                at=made_at + timedelta(days=2), **common,
            )  # fmt: skip
        if stage.category == "open" and number % 4:
            due_at = at + timedelta(days=count // 40 + number % 12, hours=2)
            step = TaskDetails(kind="call", title="电话回访，确认交期", due_at=due_at, has_time=True)
            plan_task(kind="deal", record_id=deal.id, details=step, at=made_at, **common)
        if number % 3 == 0:
            write_note(kind="deal", record_id=deal.id, text="对方希望月底前给出正式报价。", at=made_at, **common)


def _zone(account: Account) -> ZoneInfo:
    return ZoneInfo(account.time_zone)
