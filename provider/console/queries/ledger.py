"""The books, entry by entry: what was moved, why, and which document or card is behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import BigIntegerField, OuterRef, QuerySet, Subquery, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from invoices.models import BalanceLot, CreditNote, Invoice, Payment, PaymentShare, Refund
from prepaid_cards.models import Activation, Card, Redemption
from prepaid_cards.queries.postings import cards_of_entry, words_of_entry
from prepaid_cards.rules.serials import shown
from provider.accounts.models import Account
from provider.kernel.errors import NotFound
from provider.kernel.models import LedgerEntry, LedgerPosting
from resellers.models import Sale, SaleLine, SaleReturn

CARDS_SHOWN = 100


def entries() -> QuerySet[LedgerEntry]:
    """All entries, each with what it moved (`minor` of `currency`) and the first party that it names."""
    legs = LedgerPosting.objects.filter(entry_id=OuterRef("pk")).order_by("position")
    debits = legs.filter(amount_minor__gt=0).order_by().values("entry_id", "currency").order_by("currency")
    named = legs.filter(account_id__isnull=False)
    return LedgerEntry.objects.annotate(
        minor=Subquery(debits.annotate(total=Sum("amount_minor")).values("total")[:1], output_field=BigIntegerField()),
        currency=Subquery(debits.values("currency")[:1]),
        party_id=Subquery(named.values("account_id")[:1]),
    ).annotate(party_name=Subquery(Account.objects.filter(id=OuterRef("party_id")).values("name")[:1]))


def access_entry(entry_id: int) -> LedgerEntry:
    """One entry."""
    entry = LedgerEntry.objects.filter(id=entry_id).first()
    if entry is None:
        raise NotFound()
    return entry


def postings_of(entry: LedgerEntry) -> list[tuple[LedgerPosting, Account | None]]:
    """The legs of an entry, debits first as they were written, each with its party."""
    legs = list(LedgerPosting.objects.filter(entry=entry).order_by("position"))
    parties = Account.objects.in_bulk([leg.account_id for leg in legs if leg.account_id])
    return [(leg, parties.get(leg.account_id) if leg.account_id else None) for leg in legs]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What an entry was made for, by its name; and the page that shows it."""

    what: str | Promise
    name: str
    page: tuple[str, object]


def documents_of(entry: LedgerEntry) -> list[Document]:
    """The document behind an entry: an invoice, a payment, a sale, a redemption."""
    find = _FINDERS.get(entry.source_kind)
    return find(entry.source_id) if find else []


def cards_of(entry: LedgerEntry) -> tuple[Sequence[Card], int]:
    """The cards behind an entry, at most a hundred, and how many there are."""
    rows = cards_of_entry(source_kind=entry.source_kind, source_id=entry.source_id)
    if entry.source_kind in ("sale", "sale_return"):
        rows = Card.objects.filter(id__in=_sold_in(entry)).select_related("batch__product").order_by("id")
    found = list(rows[:CARDS_SHOWN])
    return found, len(found) if len(found) < CARDS_SHOWN else rows.count()


def meaning_of(*, source_kind: str, purpose: str) -> Promise | str:
    """Why an entry was made, in words; what has none yet says it in the books' own."""
    known = words_of_entry(source_kind=source_kind, purpose=purpose)
    return known or _MEANINGS.get((source_kind, purpose), _MEANINGS.get((source_kind, ""), source_kind))


_MEANINGS: dict[tuple[str, str], Promise] = {
    ("invoice", "finalized"): _("Invoice made: owed by the customer, to be served"),
    ("invoice", "balance"): _("Prepaid money used on an invoice"),
    ("credit_note", "issued"): _("Credit note issued"),
    ("service", ""): _("Service rendered in a month"),
    ("payment", ""): _("Payment received"),
    ("payment_share", ""): _("Payment put to an invoice"),
    ("balance_lot", "top_up"): _("Balance topped up"),
    ("sale", ""): _("The seller’s discount on cards sold"),
    ("sale", "discount_undone"): _("The seller’s discount on a sale that was taken back"),
    ("sale_return", ""): _("The seller’s discount on cards that came back"),
    ("point_exchange", ""): _("Points became prepaid money: no longer owed as points"),
    ("refund", ""): _("Money given back to a customer"),
    ("ledger_entry", "reversal"): _("An entry was taken back"),
}


def _sold_in(entry: LedgerEntry) -> list[int]:
    """The cards of a receipt, or those of it that came back."""
    source_id = UUID(entry.source_id)
    rows = SaleLine.objects.filter(sale_id=source_id)
    if entry.source_kind == "sale_return":
        back = SaleReturn.objects.filter(id=source_id).first()
        rows = SaleLine.objects.filter(sale_id=back.sale_id, returned=back) if back else rows.none()
    return list(rows.values_list("card_id", flat=True))


def _invoice(source_id: str) -> list[Document]:
    found = Invoice.objects.filter(id=UUID(source_id)).first()
    return [_of_invoice(found)] if found else []


def _of_invoice(invoice: Invoice) -> Document:
    return Document(
        what=_("Invoice"), name=invoice.number_text, page=("invoices:invoice", invoice.id)
    )  # fmt: skip


def _credit_note(source_id: str) -> list[Document]:
    note = CreditNote.objects.select_related("invoice").filter(id=UUID(source_id)).first()
    if note is None:
        return []
    page = ("invoices:invoice", note.invoice_id)
    return [Document(what=_("Credit note"), name=note.number_text, page=page), _of_invoice(note.invoice)]


def _payment(source_id: str) -> list[Document]:
    found = Payment.objects.filter(id=UUID(source_id)).first()
    if found is None:
        return []
    name = found.reference or str(found.id)
    return [Document(what=_("Payment"), name=name, page=("invoices:payments", None))]


def _share(source_id: str) -> list[Document]:
    share = PaymentShare.objects.select_related("invoice").filter(id=int(source_id)).first()
    return [*_payment(str(share.payment_id)), _of_invoice(share.invoice)] if share else []


def _refund(source_id: str) -> list[Document]:
    refund = Refund.objects.filter(id=UUID(source_id)).first()
    return _credit_note(str(refund.credit_note_id)) if refund else []


def _service(source_id: str) -> list[Document]:
    """Of the service of a month the books name the customer, whose money page lists what was billed."""
    account = Account.objects.filter(id=UUID(source_id)).first()
    if account is None:
        return []
    return [Document(what=_("Service of"), name=account.name, page=("console:account_money", account.id))]


def _lot(source_id: str) -> list[Document]:
    lot = BalanceLot.objects.select_related("account").filter(id=UUID(source_id)).first()
    if lot is None:
        return []
    page = ("invoices:balance", lot.id)
    return [Document(what=_("Balance of"), name=lot.account.name, page=page)]


def _sale(source_id: str) -> list[Document]:
    sale = Sale.objects.select_related("store", "reseller").filter(id=UUID(source_id)).first()
    if sale is None:
        return []
    page = ("resellers:reseller", sale.reseller_id)
    return [Document(what=_("Receipt"), name=f"{sale.receipt} · {sale.reseller}", page=page)]


def _sale_return(source_id: str) -> list[Document]:
    back = SaleReturn.objects.select_related("sale__store").filter(id=UUID(source_id)).first()
    if back is None:
        return []
    page = ("resellers:reseller", back.sale.reseller_id)
    return [Document(what=_("Receipt of the return"), name=back.receipt, page=page), *_sale(str(back.sale_id))]


def _activation(source_id: str) -> list[Document]:
    sale = Sale.objects.filter(activation_id=UUID(source_id)).values_list("id", flat=True).first()
    if sale is not None:
        return _sale(str(sale))
    sold = Activation.objects.select_related("seller").filter(id=UUID(source_id)).first()
    if sold is None:
        return []
    return [Document(what=_("Sold by"), name=sold.seller.name, page=("console:account", sold.seller_id))]


def _redemption(source_id: str) -> list[Document]:
    used = Redemption.objects.select_related("card", "account").filter(id=UUID(source_id)).first()
    if used is None:
        return []
    serial = ("prepaid_cards:serial", used.card.serial)
    account = ("console:account_cards", used.account_id)
    return [
        Document(what=_("Renewal card"), name=shown(used.card.serial), page=serial),
        Document(what=_("Redeemed by"), name=used.account.name, page=account),
    ]


def _reversed(source_id: str) -> list[Document]:
    return [Document(what=_("Entry"), name=source_id, page=("console:ledger_entry", int(source_id)))]


_FINDERS = {
    "invoice": _invoice,
    "credit_note": _credit_note,
    "payment": _payment,
    "payment_share": _share,
    "refund": _refund,
    "service": _service,
    "balance_lot": _lot,
    "sale": _sale,
    "sale_return": _sale_return,
    "activation": _activation,
    "card_redemption": _redemption,
    "card_service": _redemption,
    "card_points": _redemption,
    "ledger_entry": _reversed,
}
