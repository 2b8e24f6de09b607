"""Invoices and credit notes for their readers, and as they are printed."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext, override

from invoices.models import CreditNote, Invoice, InvoiceLine, Payment, Refund
from invoices.rules.snapshot import DocumentLine, Snapshot, read
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
    found = credit_notes_open_to(by).filter(pk=credit_note_id).first()
    if found is None:
        raise NotFound()
    return found


def credit_notes_open_to(by: Actor) -> QuerySet[CreditNote]:
    """The credit notes that the actor may read: all for the provider's people, else those of their account.

    A test key reads those of test accounts, any other key those of the others.
    """
    rows = CreditNote.objects.select_related("account", "invoice")
    if by.kind == "api_key":
        rows = rows.filter(account__is_test=by.is_test)
    if by.portal == "provider":
        return rows
    return rows.filter(account_id=by.account_id) if by.account_id else rows.none()


def refund_owed(rows: QuerySet[CreditNote]) -> QuerySet[CreditNote]:
    """Those of which money is still to be paid back."""
    given = Refund.objects.filter(credit_note=OuterRef("pk")).exclude(status="failed").order_by().values("credit_note")
    sums = Subquery(given.annotate(sum=Sum("amount_minor")).values("sum"))
    return rows.filter(refund_minor__gt=Coalesce(sums, 0))


def refund_waiting(rows: QuerySet[CreditNote]) -> QuerySet[CreditNote]:
    """Those whose refund has been asked of a gateway that has not confirmed it yet."""
    return rows.filter(Exists(Refund.objects.filter(credit_note=OuterRef("pk"), status="created")))


def find_invoices(rows: QuerySet[Invoice], text: str) -> QuerySet[Invoice]:
    """Those whose number begins so, or whose account is called so."""
    wanted = text.strip()
    return rows.filter(Q(number_text__istartswith=wanted) | Q(account__name__icontains=wanted)) if wanted else rows


def creditable_lines(invoice: Invoice) -> list[tuple[InvoiceLine, str, int]]:
    """The lines of an invoice as they are called on it, and what of each (before discount and tax) is left."""
    given = Coalesce(Sum("credits__amount_minor"), 0)
    rows = InvoiceLine.objects.filter(invoice=invoice).annotate(given=given).order_by("position")
    titles = [line.title for line in document_of(invoice).lines]
    return [(row, title, row.amount_minor - row.given) for row, title in zip(rows, titles, strict=True)]


# --- As printed ---


def document_of(document: Invoice | CreditNote) -> Snapshot:
    """The document as it was finalized: what it stored of that day, and nothing of today."""
    return read(document.snapshot)


def receipt_of(payment: Payment) -> Snapshot:
    """What a payment settled, for whoever paid; in the look of the newest invoice that it paid."""
    shares = list(payment.shares.select_related("invoice").order_by("id"))
    if not shares:
        raise NotFound()
    invoice = shares[-1].invoice
    head = read(invoice.snapshot)
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
