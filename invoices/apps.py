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
        _define_jobs()

        from provider.kernel import machine_doors

        from .api import routers

        for router in routers:
            machine_doors.mount(router)


def _listen() -> None:
    from plans.events import UsageRecorded
    from provider.kernel import outbox
    from provider.kernel.events import JobFinished

    from .events import DocumentsFinalized, InvoicePaid
    from .handlers import (
        add_paid_term,
        bill_rises,
        end_run,
        send_credit_notes,
        send_invoices,
        take_from_cards,
    )

    outbox.on(UsageRecorded, bill_rises)
    outbox.on(DocumentsFinalized, take_from_cards)  # before the letter, which says so
    outbox.on(DocumentsFinalized, send_invoices)
    outbox.on(DocumentsFinalized, send_credit_notes)
    outbox.on(InvoicePaid, add_paid_term)
    outbox.on(JobFinished, end_run)


def _define_messages() -> None:
    from provider.kernel.errors import N_
    from provider.messages.rules.catalogue import Category, Channel, Kind, add

    add(
        Kind(
            key="invoice_issued",
            title=N_("Invoice"),
            category=Category.BILLING,
            channels=(Channel.EMAIL,),
            params=frozenset({"invoice_number", "amount", "pay_by", "last4", "link"}),
        ),
        Kind(
            key="credit_note_issued",
            title=N_("Credit note"),
            category=Category.BILLING,
            channels=(Channel.EMAIL,),
            params=frozenset({"number", "invoice_number", "amount", "refund", "link"}),
        ),
        Kind(
            key="payment_received",
            title=N_("Payment received"),
            category=Category.BILLING,
            channels=(Channel.EMAIL,),
            params=frozenset({"amount", "invoice_numbers", "link"}),
        ),
        Kind(
            key="automatic_payment_refused",
            title=N_("Automatic payment refused"),
            category=Category.BILLING,
            channels=(Channel.EMAIL,),
            params=frozenset({"amount", "invoice_number", "last4", "again_on", "link"}),
        ),
    )


def _define_files() -> None:
    from provider.kernel import files, media

    from .operations.prints import PRINT
    from .queries.archives import ARCHIVE

    files.define(PRINT, media_types={media.PDF})
    files.define(ARCHIVE, media_types={media.ZIP}, limit_bytes=1024**3, keep=timedelta(days=7))


def _define_jobs() -> None:
    from provider.kernel import jobs
    from provider.kernel.errors import N_

    from .flows.archive import archive_chunk
    from .operations import moves, run_jobs
    from .queries.archives import ARCHIVE

    made = {"invoices": N_("invoices"), "credit_notes": N_("credit notes"), "parked": N_("parked")}
    made["waiting"] = N_("to be approved")
    lease = timedelta(minutes=5)
    jobs.define(run_jobs.RUN, step=run_jobs.run_chunk, title=N_("Billing run"), lease=lease, outcomes=made)
    jobs.define(run_jobs.TRY, step=run_jobs.try_chunk, title=N_("Dry run of billing"), lease=lease, outcomes=made)
    jobs.define(
        run_jobs.RETRY,
        step=run_jobs.retry_chunk,
        title=N_("Parked accounts, tried again"),
        lease=lease,
        outcomes={
            "billed": N_("billed"),
            "still_parked": N_("still parked"),
            "left_alone": N_("billed meanwhile"),
        },
    )
    jobs.define(
        moves.LOOK,
        step=moves.look_chunk,
        title=N_("Who can move to a version"),
        lease=lease,
        outcomes={"ready": N_("can move"), "blocked": N_("stay")},
    )
    jobs.define(
        moves.MOVE,
        step=moves.move_chunk,
        title=N_("Moving subscribers to a version"),
        lease=lease,
        outcomes={"moved": N_("moved"), "planned": N_("planned"), "left": N_("left alone")},
    )
    jobs.define(
        ARCHIVE,
        step=archive_chunk,
        title=N_("Invoices as one file"),
        lease=lease,
        outcomes={"printed": N_("documents")},
    )
