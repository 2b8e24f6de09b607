"""Invented documents for the tests of printing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from invoices.rules.snapshot import DocumentLine, Marks, Party, Snapshot, Taken, TaxRow
from plans.rules.arithmetic import Arithmetic, by_hand, write
from plans.rules.rating import Step

D = Decimal

WORDS = {
    "en": ("Base fee", "Seats", "Training on site", "Team, monthly"),
    "zh-hans": ("基本费", "席位", "现场培训", "团队版，按月"),
    "zh-hant": ("基本費", "席位", "到場教育訓練", "團隊版，按月"),
}
SELLER = Party(
    name="Perennial Cloud (Shanghai) Co., Ltd. 沪恒云科技有限公司",
    address="上海市浦东新区张江路 88 号 3 楼",
    country="CN",
    tax_id="91310115MA1K4ABC7X",
    email="billing@perennial.example",
)
BUYERS = {
    "en": Party(
        name="Hengtai Logistics Co., Ltd.", contact="Accounts", address="12 Harbour Road\nWan Chai", country="HK"
    ),
    "zh-hans": Party(
        name="恒泰物流有限公司",
        contact="财务部 燴瓩",
        address="广州市天河区体育西路 1 号",
        country="CN",
        tax_id="91440101MA5ABCD12E",
    ),
    "zh-hant": Party(
        name="順豐貿易股份有限公司",
        contact="會計室 陳淑芬",
        address="臺北市信義區市府路 45 號",
        country="TW",
        tax_id="12345675",
    ),
}
BASE = Arithmetic(way="flat", currency="CNY", steps=(Step(D(1), D(100)),), days=17, whole_days=30)
SEATS = Arithmetic(way="per_unit", currency="CNY", steps=(Step(D(24), D(31)),), units=D(24), meter="seats")


def invoice(language: str = "en", *, extra_lines: int = 0) -> Snapshot:
    """An invoice with discount, two rates of tax, credit and balance; more lines make more pages."""
    base, seats, training, plan = WORDS[language]
    lines = [
        DocumentLine(title=base, detail=plan, start=date(2026, 11, 14), end=date(2026, 12, 1), amount_minor=5667,
                     tax_rate=D("6.0000"), arithmetic=write(BASE)),
        DocumentLine(title=seats, detail=plan, start=date(2026, 10, 1), end=date(2026, 11, 1), amount_minor=74400,
                     tax_rate=D(6), arithmetic=write(SEATS)),
        DocumentLine(title=training, amount_minor=120000, tax_rate=D(0),
                     arithmetic=write(by_hand(units=D("1.5"), unit=D(800), currency="CNY"))),
    ]  # fmt: skip
    lines += [
        DocumentLine(title=f"{seats} {number}", detail=plan, start=date(2026, 10, 1), end=date(2026, 11, 1),
                     amount_minor=0, tax_rate=D(6), arithmetic=write(SEATS))
        for number in range(1, extra_lines + 1)
    ]  # fmt: skip
    return Snapshot(
        kind="invoice",
        number="SH-2026-004817",
        language=language,
        currency="CNY",
        issued_on=date(2026, 11, 1),
        due_on=date(2026, 12, 1),
        seller=SELLER,
        buyer=BUYERS[language],
        brand=Marks(name="Perennial"),
        lines=tuple(lines),
        subtotal_minor=200067,
        discount_minor=4067,
        coupons=(Taken(label="AUTUMN", amount_minor=4067),),
        taxes=(TaxRow(rate=D(6), base_minor=76000, tax_minor=4560), TaxRow(rate=D(0), base_minor=120000, tax_minor=0)),
        total_minor=200560,
        credits=(Taken(label="SH-CN-2026-000391", amount_minor=2650),),
        balances=(Taken(label="main", amount_minor=20000),),
        due_minor=177910,
        payment_terms="招商银行上海分行\n账号 6225 8888 0000 1234",
        payment_reference="SH-2026-004817",
    )


def credit_note(language: str = "en") -> Snapshot:
    """A credit note for two seats of the invoice."""
    whole = invoice(language)
    line = replace(whole.lines[1], amount_minor=6200)
    return replace(
        whole,
        kind="credit_note",
        number="SH-CN-2026-000392",
        of_number=whole.number,
        reason=WORDS[language][1],
        due_on=None,
        lines=(line,),
        subtotal_minor=6200,
        discount_minor=0,
        coupons=(),
        taxes=(TaxRow(rate=D(6), base_minor=6200, tax_minor=372),),
        total_minor=6572,
        credits=(),
        balances=(),
        due_minor=6572,
        payment_terms="",
        payment_reference="",
    )
