"""An invoice is printed once and handed out from then on."""

from __future__ import annotations

import pytest

from invoices.documents import library
from invoices.errors import PrintingUnavailable
from invoices.flows.prints import print_of_invoice, print_of_receipt
from invoices.operations.payments import record_payment
from invoices.queries.documents import document_of, receipt_of
from invoices.rules.snapshot import check
from provider.embedded.system import is_ci
from provider.kernel import files
from provider.kernel.actor import SYSTEM
from provider.kernel.errors import NotFound
from provider.kernel.models import StoredFile
from provider.kernel.money import Money
from tests.factories import make_account, make_brand
from tests.invoices.factories import AT, make_invoice, make_payment

pytestmark = pytest.mark.django_db


@pytest.fixture
def _can_print() -> None:
    try:
        library.weasyprint()
    except PrintingUnavailable as refusal:
        if is_ci():
            raise
        pytest.skip(str(refusal))


@pytest.mark.usefixtures("_can_print")
def test_the_first_print_is_kept():
    invoice = make_invoice()

    first = print_of_invoice(invoice, by=SYSTEM, at=AT)
    invoice.refresh_from_db()
    second = print_of_invoice(invoice, by=SYSTEM, at=AT)

    assert first == second
    assert StoredFile.objects.filter(purpose="invoices.print").count() == 1
    assert first.account_id == invoice.account_id
    assert files.open_file(first).read(5) == b"%PDF-"


def test_a_document_says_what_it_said_on_its_day_whatever_changes_later():
    account = make_account(company_name="恒泰物流有限公司", name="李雷", brand=make_brand(name="Shanghai Software"))
    invoice = make_invoice(account=account)
    account.company_name, account.address = "Renamed", "Elsewhere"
    account.save()

    document = document_of(invoice)

    check(document)
    assert (document.buyer.name, document.buyer.contact) == ("恒泰物流有限公司", "李雷")
    assert document.brand.name == "Shanghai Software"
    assert document.seller.tax_id == "91310115MA1K4ABC7X"
    assert document.lines[0].title == "Training on site"
    assert document.payment_reference == invoice.number_text


@pytest.mark.usefixtures("_can_print")
def test_a_receipt_names_what_was_paid_and_what_is_left_over():
    invoice = make_invoice()
    paid = record_payment(
        account_id=invoice.account_id, invoice_id=invoice.id, method="bank", reference="T-7",
        amount=Money(40000, "CNY"), received_on=AT.date(), by=SYSTEM, at=AT,
    )  # fmt: skip

    document = receipt_of(paid.payment)
    name, content = print_of_receipt(paid.payment)

    assert [(line.title, line.amount_minor) for line in document.lines] == [
        (f"Payment of invoice {invoice.number_text}", 31800),
        ("Not yet assigned to an invoice", 8200),
    ]
    assert name == "receipt-T-7.pdf"
    assert content.startswith(b"%PDF-")


def test_what_settled_nothing_has_no_receipt():
    with pytest.raises(NotFound):
        receipt_of(make_payment(account=make_account()))
