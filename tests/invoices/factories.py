"""Sellers, invoices and payments as rows, for tests that need them to be there."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from invoices.models import (
    AppliedCoupon,
    BalanceLot,
    BalanceUse,
    BillingRun,
    Coupon,
    CouponUse,
    CreditNote,
    CreditNoteLine,
    ExtraLine,
    Invoice,
    InvoiceLine,
    InvoiceSeries,
    InvoiceState,
    MoveLine,
    ParkedAccount,
    Payment,
    PaymentAttempt,
    PaymentShare,
    Seller,
    VersionMove,
    WaitingInvoice,
)
from invoices.rules.snapshot import DocumentLine, Marks, Party, Snapshot, TaxRow
from invoices.rules.snapshot import read as read_snapshot
from invoices.rules.snapshot import write as write_snapshot
from plans.models import PlanVersion, Subscription
from plans.rules.arithmetic import by_hand, write
from provider.accounts.models import Account
from tests.factories import make_account

AT = datetime(2026, 11, 1, 2, 0, tzinfo=UTC)
_numbers = itertools.count(1)


def make_seller(*, account: Account | None = None, **facts: Any) -> Seller:
    """Who bills; the same for one account."""
    account = account or Account.objects.filter(profiles__portal="provider").first() or make_account(portal="provider")
    found = Seller.objects.filter(account=account).first()
    usual = {
        "legal_name": "沪恒云科技有限公司",
        "address": "上海市浦东新区张江路 88 号",
        "country": "CN",
        "tax_id": "91310115MA1K4ABC7X",
        "bank_details": "招商银行上海分行\n账号 6225 8888 0000 1234",
        "time_zone": "Asia/Shanghai",
        "number_prefix": f"S{next(_numbers)}",
        "created_at": AT,
    }
    return found or Seller.objects.create(account=account, **usual | facts)


def make_invoice(
    *,
    account: Account | None = None,
    seller: Seller | None = None,
    amount_minor: int = 30000,
    subscription: Subscription | None = None,
    **facts: Any,
) -> Invoice:
    """A finalized, open invoice of one line (by hand, or of this subscription) and 6 % tax, with its state."""
    account = account or make_account(email=f"owner{next(_numbers)}@hengtai.example", company_name="恒泰物流有限公司")
    seller = seller or make_seller()
    series, _ = InvoiceSeries.objects.get_or_create(seller=seller, kind="invoice", year=2026)
    number = next(_numbers)
    tax = amount_minor * 6 // 100
    usual: dict[str, Any] = {
        "seller_id": seller.id,
        "status": "draft",
        "cause": "manual",
        "due_at": AT,
        "made_at": AT,
        "pay_by_on": date(2026, 11, 15),
        "language": account.language,
        "currency": "CNY",
        "subtotal_minor": amount_minor,
        "tax_minor": tax,
        "total_minor": amount_minor + tax,
        "due_minor": amount_minor + tax,
        "taxes": [{"rate": "6", "base_minor": amount_minor, "tax_minor": tax, "is_inclusive": False}],
    }
    invoice = Invoice.objects.create(account=account, **usual | facts)
    number_text = f"{seller.number_prefix}-2026-{number:06}"
    arithmetic = write(by_hand(units=Decimal(2), unit=Decimal(amount_minor) / 200, currency=invoice.currency))
    InvoiceLine.objects.create(
        invoice=invoice, position=1, subscription=subscription, charge_code="training", kind="one_time",
        description="Training on site", units=2, currency=invoice.currency, amount_minor=amount_minor, tax_minor=tax,
        tax_rate=6, arithmetic=arithmetic,
    )  # fmt: skip
    Invoice.objects.filter(pk=invoice.pk).update(
        status="finalized", series_id=series.id, number=number, number_text=number_text, issued_on=date(2026, 11, 1),
        snapshot=write_snapshot(_document(invoice, seller=seller, number=number_text, arithmetic=arithmetic)),
    )  # fmt: skip
    InvoiceState.objects.create(
        invoice=invoice, account_id=account.id, currency=invoice.currency, open_minor=invoice.due_minor,
        pay_by_on=invoice.pay_by_on, settled_at=None if invoice.due_minor else AT,
    )  # fmt: skip
    invoice.refresh_from_db()
    return invoice


def _document(invoice: Invoice, *, seller: Seller, number: str, arithmetic: dict[str, Any]) -> Snapshot:
    """What the invoice prints."""
    account, brand = invoice.account, invoice.account.brand
    line = DocumentLine(
        title="Training on site", amount_minor=invoice.subtotal_minor, tax_rate=Decimal(6), arithmetic=arithmetic
    )
    return Snapshot(
        kind="invoice",
        number=number,
        language=invoice.language,
        currency=invoice.currency,
        issued_on=date(2026, 11, 1),
        due_on=invoice.pay_by_on,
        seller=Party(name=seller.legal_name, address=seller.address, country=seller.country, tax_id=seller.tax_id),
        buyer=Party(name=account.company_name or account.name, contact=account.name, address=account.address),
        brand=Marks(name=brand.name) if brand else Marks(name=seller.legal_name),
        lines=(line,),
        subtotal_minor=invoice.subtotal_minor,
        taxes=(TaxRow(rate=Decimal(6), base_minor=invoice.subtotal_minor, tax_minor=invoice.tax_minor),),
        total_minor=invoice.total_minor,
        due_minor=invoice.due_minor,
        payment_terms=seller.bank_details,
        payment_reference=number,
    )


def make_waiting(account: Account, *, amount_minor: int = 30000, seller: Seller | None = None) -> WaitingInvoice:
    """An invoice of the account that waits for approval because of its amount."""
    seller = seller or make_seller()
    tax = amount_minor * 6 // 100
    draft = Invoice.objects.create(
        account=account, seller_id=seller.id, status="draft", cause="run", due_at=AT, made_at=AT,
        language=account.language, currency="CNY", subtotal_minor=amount_minor, tax_minor=tax,
        total_minor=amount_minor + tax, due_minor=amount_minor + tax,
        taxes=[{"rate": "6", "base_minor": amount_minor, "tax_minor": tax, "is_inclusive": False}],
    )  # fmt: skip
    arithmetic = write(by_hand(units=Decimal(2), unit=Decimal(amount_minor) / 200, currency="CNY"))
    InvoiceLine.objects.create(
        invoice=draft, position=1, charge_code="training", description="Training on site", kind="one_time", units=2,
        currency="CNY", amount_minor=amount_minor, tax_minor=tax, tax_rate=6, arithmetic=arithmetic,
    )  # fmt: skip
    draft.snapshot = write_snapshot(_document(draft, seller=seller, number="", arithmetic=arithmetic))
    draft.save(update_fields=["snapshot"])
    reasons = [{"kind": "above", "limit_minor": 10000, "percent": 0}]
    return WaitingInvoice.objects.create(invoice=draft, account=account, reasons=reasons, currency="CNY", since_at=AT)


def make_payment(*, account: Account, amount_minor: int = 1000, **facts: Any) -> Payment:
    """A payment by bank that nothing has taken yet; not posted."""
    number = next(_numbers)
    usual = {"method": "bank", "reference": f"bank-{number}", "currency": "CNY", "received_on": date(2026, 11, 3)}
    return Payment.objects.create(account=account, amount_minor=amount_minor, received_at=AT, **usual | facts)


def make_credit_note(invoice: Invoice, *, amount_minor: int = 1000, **facts: Any) -> CreditNote:
    """A credit note for part of the invoice's line, kept as credit."""
    series, _ = InvoiceSeries.objects.get_or_create(seller_id=invoice.seller_id, kind="credit_note", year=2026)
    number, tax = next(_numbers), amount_minor * 6 // 100
    usual: dict[str, Any] = {
        "account": invoice.account, "seller_id": invoice.seller_id, "series_id": series.id, "number": number,
        "number_text": f"CN-2026-{number:06}", "cause": "manual", "reason": "Counted twice", "due_at": AT,
        "made_at": AT, "issued_on": date(2026, 11, 2), "language": invoice.language, "currency": invoice.currency,
        "subtotal_minor": amount_minor, "tax_minor": tax, "total_minor": amount_minor + tax,
        "credit_minor": amount_minor + tax, "snapshot": _credit_document(invoice, amount_minor, tax),
        "taxes": [{"rate": "6", "base_minor": amount_minor, "tax_minor": tax, "is_inclusive": False}],
    }  # fmt: skip
    note = CreditNote.objects.create(invoice=invoice, **usual | facts)
    CreditNoteLine.objects.create(
        credit_note=note, position=1, line=invoice.lines.get(position=1), currency=invoice.currency,
        amount_minor=amount_minor, tax_minor=tax,
    )  # fmt: skip
    return note


def _credit_document(invoice: Invoice, amount_minor: int, tax_minor: int) -> dict[str, Any]:
    whole = read_snapshot(invoice.snapshot)
    document = replace(
        whole,
        kind="credit_note",
        of_number=whole.number,
        reason="Counted twice",
        lines=(replace(whole.lines[0], amount_minor=amount_minor),),
        subtotal_minor=amount_minor,
        taxes=(TaxRow(rate=Decimal(6), base_minor=amount_minor, tax_minor=tax_minor),),
        total_minor=amount_minor + tax_minor,
        due_minor=amount_minor + tax_minor,
    )
    return write_snapshot(document)


def make_money_objects(account: Account) -> None:
    """An open invoice of the account with part of it paid, a try to pay the rest, and a credit note."""
    invoice = make_invoice(account=account)
    payment = make_payment(account=account, amount_minor=1500)
    PaymentShare.objects.create(payment=payment, invoice=invoice, currency="CNY", amount_minor=1000, at=AT)
    InvoiceState.objects.filter(pk=invoice.pk).update(paid_minor=1000, open_minor=invoice.due_minor - 1000)
    PaymentAttempt.objects.create(
        account=account, invoice=invoice, gateway="stripe", currency="CNY", amount_minor=30800, created_at=AT
    )
    make_credit_note(invoice)


def make_coupon(*, seller: Account, **facts: Any) -> Coupon:
    """20 % off the next three invoices."""
    usual: dict[str, Any] = {"code": f"SPRING-{next(_numbers)}", "created_at": AT, "times": 3}
    if "amount_minor" not in facts:
        usual["percent"] = Decimal(20)
    return Coupon.objects.create(seller_account=seller, **usual | facts)


def make_held(account: Account, *, coupon: Coupon, **facts: Any) -> AppliedCoupon:
    """A coupon that the account has."""
    return AppliedCoupon.objects.create(coupon=coupon, account=account, **{"applied_at": AT} | facts)


def make_coupon_use(held: AppliedCoupon, *, invoice: Invoice, amount_minor: int = 6000) -> CouponUse:
    """What it took off an invoice."""
    return CouponUse.objects.create(
        applied=held, invoice=invoice, currency=invoice.currency, amount_minor=amount_minor
    )  # fmt: skip


def make_lot(account: Account, *, amount_minor: int = 50000, **facts: Any) -> BalanceLot:
    """Prepaid money by transfer, as a row; not posted."""
    usual = {"source_kind": "transfer", "source_id": f"T-{next(_numbers)}", "topped_up_at": AT}
    return BalanceLot.objects.create(
        account=account, currency=account.currency, amount_minor=amount_minor, **usual | facts
    )  # fmt: skip


def make_lot_use(lot: BalanceLot, *, invoice: Invoice, amount_minor: int = 1000) -> BalanceUse:
    """What it paid of an invoice."""
    return BalanceUse.objects.create(
        lot=lot, invoice=invoice, currency=invoice.currency, amount_minor=amount_minor, at=AT
    )  # fmt: skip


def make_extra_line(account: Account) -> ExtraLine:
    """A line by hand that waits for the account's next invoice."""
    return ExtraLine.objects.create(
        account=account, description="Training on site", units=2, unit_price=Decimal(150), currency=account.currency,
        amount_minor=30000, added_at=AT,
    )  # fmt: skip


def make_run(provider: Account) -> BillingRun:
    """A run of the provider that has ended."""
    return BillingRun.objects.create(
        seller_account=provider, cause="schedule", as_of=AT, started_at=AT, ended_at=AT, outcome="done",
        due_count=3, accounts_count=3, invoices_count=3, parked_count=1, totals={"CNY": 95400},
    )  # fmt: skip


def make_move(version: PlanVersion, *, subscription: Subscription) -> VersionMove:
    """A look at who could move to a version: one who can."""
    move = VersionMove.objects.create(
        version=version, from_ids=[version.pk], when="period_end", created_at=AT, looked_at=AT
    )
    MoveLine.objects.create(
        move=move, subscription=subscription, account_id=subscription.account_id, from_version=version,
        currency="CNY", before_minor=8800, after_minor=9900, difference_minor=1100, starts_at=AT, outcome="ready",
    )  # fmt: skip
    return move


def make_parked(account: Account) -> ParkedAccount:
    """The account, parked for want of a seller."""
    return ParkedAccount.objects.create(
        account=account, code="no_seller", detail="NoSeller (no_seller)", parked_at=AT, tried_at=AT
    )
