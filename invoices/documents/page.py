"""A document's snapshot as the words and figures that stand on paper, in the document's own language."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from django.template.loader import get_template
from django.utils.translation import gettext, override, pgettext

from invoices.rules.snapshot import DocumentLine, Party, Snapshot, Taken, TaxRow
from plans.rules import arithmetic
from plans.rules.explanation import explain
from provider.kernel.money import Money
from provider.look import formats

TEMPLATE: Final = "invoices/documents/document.html"


@dataclass(frozen=True, slots=True)
class Logo:
    """The brand's picture, as it is stored."""

    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class PageLine:
    """One line as printed."""

    title: str
    about: str
    rate: str
    amount: str


@dataclass(frozen=True, slots=True)
class Sum:
    """One row below the lines; `css` is its weight."""

    label: str
    amount: str
    css: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """All that the template shows."""

    language_tag: str
    heading: str
    number: str
    about: str
    brand_name: str
    logo: str
    seller: Party
    buyer: Party
    facts: list[tuple[str, str]]
    tax_word: str
    currency: str
    lines: list[PageLine]
    sums: list[Sum]
    notes: list[tuple[str, str]]
    is_test: bool


def html_of(document: Snapshot, *, logo: Logo | None = None) -> str:
    """The document as HTML, ready to be printed."""
    with override(document.language):
        return str(get_template(TEMPLATE).render({"page": page_of(document, logo=logo)}))


def page_of(document: Snapshot, *, logo: Logo | None = None) -> Page:
    """The words and figures of a document in the active language."""
    heading = _heading(document)
    return Page(
        language_tag=formats.language_tag(),
        heading=heading,
        number=document.number,
        about=f"{document.seller.name} · {heading} {document.number}",
        brand_name=document.brand.name,
        logo=data_address(logo) if logo else "",
        seller=_with_country_name(document.seller),
        buyer=_with_country_name(document.buyer),
        facts=_facts(document),
        tax_word=_tax_word(document),
        currency=formats.currency(document.currency),
        lines=[_line(line, document) for line in document.lines],
        sums=_sums(document),
        notes=_notes(document),
        is_test=document.is_test,
    )


def _heading(document: Snapshot) -> str:
    return {
        "invoice": pgettext("paper", "Invoice"),
        "credit_note": pgettext("paper", "Credit note"),
        "receipt": pgettext("paper", "Receipt"),
    }[document.kind]


def data_address(logo: Logo) -> str:
    """The picture as an address that holds it."""
    return f"data:{logo.media_type};base64,{b64encode(logo.content).decode()}"


def _with_country_name(party: Party) -> Party:
    """The country by name; a code that the language has no name for stays a code."""
    name = formats.locale_of().territories.get(party.country, party.country)
    return replace(party, country=name)


def _facts(document: Snapshot) -> list[tuple[str, str]]:
    dated = gettext("Received on") if document.kind == "receipt" else gettext("Issued on")
    facts = [(dated, formats.day(document.issued_on))]
    if document.due_on:
        facts.append((gettext("Due on"), formats.day(document.due_on)))
    if document.of_number and document.kind == "credit_note":
        facts.append((gettext("For invoice"), document.of_number))
    if document.order_reference:
        facts.append((gettext("Your reference"), document.order_reference))
    facts.append((gettext("Currency"), formats.currency(document.currency)))
    return facts


def _tax_word(document: Snapshot) -> str:
    return pgettext("paper", "Tax") if document.taxes else ""


def _rate(line: DocumentLine, document: Snapshot) -> str:
    return formats.percents(line.tax_rate.normalize()) if document.taxes else ""


def _amount(minor: int, document: Snapshot) -> str:
    return formats.amount(Money(minor, document.currency))


def _line(line: DocumentLine, document: Snapshot) -> PageLine:
    return PageLine(
        title=line.title,
        about=" · ".join(part for part in (_period(line), line.detail, _brief(line)) if part),
        rate=_rate(line, document),
        amount=_amount(line.amount_minor, document),
    )


def _period(line: DocumentLine) -> str:
    return formats.period(line.start, line.end) if line.start and line.end and line.start < line.end else ""


def _brief(line: DocumentLine) -> str:
    return formats.sentence(explain(arithmetic.read(line.arithmetic)).brief) if line.arithmetic else ""


def _sums(document: Snapshot) -> list[Sum]:
    if document.kind == "receipt":
        return [Sum(gettext("Received"), _amount(document.total_minor, document), "due")]
    sums: list[Sum] = []
    if document.taxes or document.coupons:
        sums.append(Sum(gettext("Subtotal"), _amount(document.subtotal_minor, document)))
    sums += _taken(document.coupons, gettext("Coupon %(label)s"), document, unnamed=gettext("Discount"))
    sums += [_tax_sum(row, document) for row in document.taxes]
    sums.append(Sum(gettext("Total"), _amount(document.total_minor, document), "total"))
    credit, balance = gettext("Credit that is used"), gettext("Balance that is used")
    sums += _taken(document.credits, gettext("Credit note %(label)s"), document, unnamed=credit)
    sums += _taken(document.balances, gettext("From balance %(label)s"), document, unnamed=balance)
    if document.kind == "invoice":
        sums.append(Sum(gettext("Due"), _amount(document.due_minor, document), "due"))
    return sums


def _taken(rows: Sequence[Taken], text: str, document: Snapshot, *, unnamed: str) -> list[Sum]:
    return [
        Sum(text % {"label": row.label} if row.label else unnamed, _amount(-row.amount_minor, document)) for row in rows
    ]


def _tax_sum(row: TaxRow, document: Snapshot) -> Sum:
    facts = {"rate": formats.percents(row.rate.normalize()), "base": _amount(row.base_minor, document)}
    text = gettext("Tax %(rate)s included in %(base)s") if row.is_inclusive else gettext("Tax %(rate)s of %(base)s")
    return Sum(text % facts, _amount(row.tax_minor, document))


def _notes(document: Snapshot) -> list[tuple[str, str]]:
    notes = []
    if document.reason:
        notes.append((gettext("Reason"), document.reason))
    if document.payment_terms and document.due_minor > 0:
        notes.append((gettext("How to pay"), document.payment_terms))
    if document.payment_reference and document.due_minor > 0:
        text = gettext("Please name this reference: %(reference)s")
        notes.append(("", text % {"reference": document.payment_reference}))
    if document.note:
        notes.append(("", document.note))
    if document.is_no_tax_document and document.kind != "receipt":
        notes.append(("", _no_tax_document(document.seller.country)))
    return notes


def _no_tax_document(country: str) -> str:
    if country == "CN":
        return gettext("This is not a tax fapiao.")
    return gettext("This is not a uniform invoice of the tax authority.")
