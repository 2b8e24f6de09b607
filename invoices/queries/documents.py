"""Invoices and credit notes for their readers, and as they are printed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext, override

from invoices.models import CreditNote, Invoice, InvoiceLine, Payment
from invoices.rules.snapshot import DocumentLine, Snapshot, Taken, TaxRow, read_head
from plans.models import PlanCharge
from provider.accounts.models import Language
from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound
from provider.kernel.money import Money

FINALIZED = "finalized"


# --- Which ---


def invoices_open_to(by: Actor) -> QuerySet[Invoice]:
    """The finalized invoices that the actor may read: all for the provider's people, else those of their account.

    A test key reads those of test accounts, any other key those of the others.
    """
    rows = Invoice.objects.filter(status=FINALIZED).select_related("account", "state")
    if by.kind == "api_key":
        rows = rows.filter(account__is_test=by.is_test)
    if by.portal == "provider":
        return rows
    return rows.filter(account_id=by.account_id) if by.account_id else rows.none()


def access_invoice(*, invoice_id: UUID, by: Actor) -> Invoice:
    """One invoice that the actor may read; absent and not yours are the same answer."""
    invoice = invoices_open_to(by).filter(pk=invoice_id).first()
    if invoice is None:
        raise NotFound()
    return invoice


def own_invoices_of(by: Actor) -> QuerySet[Invoice]:
    """The finalized invoices of the account that the actor acts in, whatever else they may read."""
    rows = Invoice.objects.filter(status=FINALIZED).select_related("account", "state")
    return rows.filter(account_id=by.account_id) if by.account_id else rows.none()


def access_own_invoice(*, invoice_id: UUID, by: Actor) -> Invoice:
    """One invoice of the account that the actor acts in."""
    invoice = own_invoices_of(by).filter(pk=invoice_id).first()
    if invoice is None:
        raise NotFound()
    return invoice


def open_sums(rows: QuerySet[Invoice]) -> list[Money]:
    """What is open of these invoices, per currency."""
    sums = rows.filter(state__open_minor__gt=0).order_by("currency").values("currency")
    return [Money(int(row["sum"]), row["currency"]) for row in sums.annotate(sum=Sum("state__open_minor"))]


def access_credit_note(*, credit_note_id: UUID, by: Actor) -> CreditNote:
    """One credit note that the actor may read."""
    rows = CreditNote.objects.select_related("account", "invoice")
    if by.portal != "provider":
        rows = rows.filter(account_id=by.account_id) if by.account_id else rows.none()
    found = rows.filter(pk=credit_note_id).first()
    if found is None:
        raise NotFound()
    return found


def find_invoices(rows: QuerySet[Invoice], text: str) -> QuerySet[Invoice]:
    """Those whose number begins so, or whose account is called so."""
    wanted = text.strip()
    return rows.filter(Q(number_text__istartswith=wanted) | Q(account__name__icontains=wanted)) if wanted else rows


# --- As printed ---


def document_of(invoice: Invoice) -> Snapshot:
    """The invoice as it was finalized."""
    head = read_head(invoice.snapshot)
    lines = list(invoice.lines.order_by("position"))
    names = names_of(lines, language=invoice.language)
    return Snapshot(
        kind="invoice",
        number=invoice.number_text,
        language=invoice.language,
        currency=invoice.currency,
        issued_on=_day(invoice),
        due_on=invoice.pay_by_on,
        seller=head.seller,
        buyer=head.buyer,
        brand=head.brand,
        lines=tuple(_line(line, names=names) for line in lines),
        subtotal_minor=invoice.subtotal_minor,
        discount_minor=invoice.discount_minor,
        total_minor=invoice.total_minor,
        due_minor=invoice.due_minor,
        taxes=_taxes(invoice.taxes),
        coupons=_coupons(invoice),
        credits=_credits(invoice),
        balances=_balances(invoice),
        payment_terms=head.payment_terms,
        payment_reference=invoice.number_text,
        order_reference=head.order_reference,
        note=invoice.note,
        is_test=head.is_test,
    )


def _day(document: Invoice) -> date:
    assert document.issued_on is not None, "Only a finalized document is printed."
    return document.issued_on


def _line(line: InvoiceLine, *, names: Mapping[int, LineName]) -> DocumentLine:
    name = names[line.pk]
    return DocumentLine(
        title=name.title,
        detail=name.detail,
        amount_minor=line.amount_minor,
        start=line.start_on,
        end=line.end_on,
        tax_rate=line.tax_rate,
        arithmetic=line.arithmetic or None,
    )


def _taxes(rows: Iterable[Mapping[str, Any]]) -> tuple[TaxRow, ...]:
    return tuple(
        TaxRow(
            rate=Decimal(str(row["rate"])),
            base_minor=int(row["base_minor"]),
            tax_minor=int(row["tax_minor"]),
            is_inclusive=bool(row.get("is_inclusive", False)),
        )
        for row in rows
    )


def _coupons(invoice: Invoice) -> tuple[Taken, ...]:
    uses = invoice.coupon_uses.select_related("applied__coupon").order_by("id")
    taken = [Taken(label=use.applied.coupon.code, amount_minor=use.amount_minor) for use in uses]
    rest = invoice.discount_minor - sum(part.amount_minor for part in taken)
    return (*taken, Taken(label="", amount_minor=rest)) if rest else tuple(taken)


def _credits(invoice: Invoice) -> tuple[Taken, ...]:
    uses = invoice.credit_uses.select_related("credit_note").order_by("id")
    return tuple(Taken(label=use.credit_note.number_text, amount_minor=use.amount_minor) for use in uses)


def _balances(invoice: Invoice) -> tuple[Taken, ...]:
    uses = invoice.balance_uses.select_related("lot").order_by("id")
    return tuple(Taken(label=use.lot.name, amount_minor=use.amount_minor) for use in uses)


def credit_note_document_of(note: CreditNote) -> Snapshot:
    """The credit note as it was issued."""
    head = read_head(note.snapshot)
    rows = list(note.lines.select_related("line").order_by("position"))
    names = names_of([row.line for row in rows], language=note.language)
    lines = tuple(
        DocumentLine(
            title=names[row.line_id].title,
            detail=names[row.line_id].detail,
            amount_minor=row.amount_minor,
            start=row.start_on,
            end=row.end_on,
            tax_rate=row.line.tax_rate,
        )
        for row in rows
    )
    discount = sum(row.discount_minor for row in rows)
    return Snapshot(
        kind="credit_note",
        number=note.number_text,
        language=note.language,
        currency=note.currency,
        issued_on=note.issued_on,
        seller=head.seller,
        buyer=head.buyer,
        brand=head.brand,
        lines=lines,
        subtotal_minor=sum(line.amount_minor for line in lines),
        discount_minor=discount,
        coupons=(Taken(label="", amount_minor=discount),) if discount else (),
        taxes=_taxes(note.taxes),
        total_minor=note.total_minor,
        due_minor=note.total_minor,
        of_number=note.invoice.number_text,
        reason=note.reason,
        is_test=head.is_test,
    )


def receipt_of(payment: Payment) -> Snapshot:
    """What a payment settled, for whoever paid; in the look of the newest invoice that it paid."""
    shares = list(payment.shares.select_related("invoice").order_by("id"))
    if not shares:
        raise NotFound()
    invoice = shares[-1].invoice
    head = read_head(invoice.snapshot)
    with override(invoice.language):
        text = gettext("Payment of invoice %(number)s")
        rest_text = gettext("Not yet assigned to an invoice")
    lines = [
        DocumentLine(title=text % {"number": share.invoice.number_text}, amount_minor=share.amount_minor)
        for share in shares
    ]
    rest = payment.amount_minor - sum(share.amount_minor for share in shares)
    if rest:
        lines.append(DocumentLine(title=rest_text, amount_minor=rest))
    return Snapshot(
        kind="receipt",
        number=payment.reference,
        language=invoice.language,
        currency=payment.currency,
        issued_on=payment.received_on,
        seller=head.seller,
        buyer=head.buyer,
        brand=head.brand,
        lines=tuple(lines),
        subtotal_minor=payment.amount_minor,
        total_minor=payment.amount_minor,
        due_minor=payment.amount_minor,
        of_number=invoice.number_text,
        is_test=head.is_test,
    )


# --- What a line is called ---


@dataclass(frozen=True, slots=True, kw_only=True)
class LineName:
    """The title and the plan of a line, in one language."""

    title: str
    detail: str


def names_of(lines: Sequence[InvoiceLine], *, language: str) -> dict[int, LineName]:
    """What each line is called: as somebody wrote by hand, else as its charge in the version it was billed from."""
    versions = {line.version_id for line in lines if line.version_id}
    charges = PlanCharge.objects.filter(version_id__in=versions).select_related("version__plan")
    known = {(charge.version_id, charge.code): charge for charge in charges}
    plans = {charge.version_id: charge.version.plan for charge in charges}
    with override(language):
        minimum = gettext("Minimum charge")
    names = {}
    for line in lines:
        charge = known.get((line.version_id, line.charge_code)) if line.version_id else None
        usual = minimum if line.kind == "minimum" else line.charge_code
        title = line.description or (_in_language(charge, language) if charge else "") or usual
        plan = plans.get(line.version_id) if line.version_id else None
        names[line.pk] = LineName(title=title, detail=_in_language(plan, language) if plan else "")
    return names


def _in_language(named: Any, language: str) -> str:
    """The name of a plan or a charge in a language; the first one where nobody translated it."""
    translated = {Language.SIMPLIFIED: named.name_hans, Language.TRADITIONAL: named.name_hant}
    return str(translated.get(Language(language)) or named.name)
