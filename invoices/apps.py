from datetime import timedelta

from django.apps import AppConfig
from django.core.checks import register


class InvoicesConfig(AppConfig):
    name = "invoices"
    label = "invoices"

    def ready(self) -> None:
        from . import tasks  # noqa: F401 - the worker must know them by name
        from .documents.checks import check_printing

        register(check_printing, "printing", deploy=True)
        from .queries import laws

        laws.add_own()
        _listen()
        _define_messages()
        _define_files()

        from provider.kernel import machine_doors

        from .api import router

        machine_doors.mount(router)


def _listen() -> None:
    from plans.events import UsageRecorded
    from provider.kernel import outbox

    from .events import DocumentsFinalized
    from .handlers import bill_rises, send_invoices

    outbox.on(UsageRecorded, bill_rises)
    outbox.on(DocumentsFinalized, send_invoices)


def _define_messages() -> None:
    from provider.kernel.errors import N_
    from provider.messages.rules.catalogue import Category, Channel, Kind, add

    add(
        Kind(
            key="invoice_issued",
            title=N_("Invoice"),
            category=Category.BILLING,
            channels=(Channel.EMAIL,),
            params=frozenset({"invoice_number", "amount", "pay_by", "link"}),
        ),
        Kind(
            key="payment_received",
            title=N_("Payment received"),
            category=Category.BILLING,
            channels=(Channel.EMAIL,),
            params=frozenset({"amount", "invoice_numbers", "link"}),
        ),
    )


def _define_files() -> None:
    from provider.kernel import files, media

    from .operations.prints import ARCHIVE, PRINT

    files.define(PRINT, media_types={media.PDF})
    files.define(ARCHIVE, media_types={media.ZIP}, limit_bytes=1024**3, keep=timedelta(days=7))
