from django.apps import AppConfig


class PrepaidCardsConfig(AppConfig):
    name = "prepaid_cards"
    label = "prepaid_cards"

    def ready(self) -> None:
        from datetime import timedelta

        from provider.kernel import files, jobs, media
        from provider.kernel.errors import N_

        from .operations import print_reports, rekeying
        from .operations.batches import GENERATE
        from .operations.generation import generate_chunk
        from .queries import laws, laws_of_value

        laws.add()
        laws_of_value.add()

        from .handlers import connect

        connect()
        jobs.define(
            GENERATE,
            step=generate_chunk,
            title=N_("Cards of batch %(prefix)s"),
            lease=timedelta(minutes=5),
            outcomes={"made": N_("cards made")},
        )
        jobs.define(
            rekeying.REKEY,
            step=rekeying.rekey_chunk,
            title=N_("Hashes of cards under the key %(key)s"),
            outcomes={"wrapped": N_("cards wrapped")},
        )
        files.define(print_reports.PURPOSE, media_types={media.CSV}, limit_bytes=400 * 1024**2)
        jobs.define(
            print_reports.READ,
            step=print_reports.read_chunk,
            title=N_("Reading the printer's file %(name)s"),
            lease=timedelta(minutes=5),
            outcomes={
                "good": N_("cards good"),
                "spoiled": N_("cards spoiled"),
                "late": N_("spoiled, but not in the store"),
                "unknown": N_("lines without a card of the batch"),
                "repeated": N_("cards named twice"),
            },
        )

        _define_sheets()
        _define_win_back()

        from provider.messages.rules.catalogue import Category, Channel, Kind, add

        add(
            Kind(
                key="electronic_card",
                title=N_("Electronic card"),
                category=Category.BILLING,
                channels=(Channel.EMAIL,),
                params=frozenset({"product", "serial", "seller_name"}),
                secret_params=frozenset({"code", "link"}),
                expires_after=timedelta(days=2),
            ),
        )

        from provider.kernel import machine_doors

        from .api import router

        machine_doors.mount(router)


def _define_sheets() -> None:
    from datetime import timedelta

    from provider.kernel import jobs
    from provider.kernel.errors import N_

    from .flows.sheets import sheets_chunk
    from .operations import sheets

    jobs.define(
        sheets.PRINT,
        step=sheets_chunk,
        title=N_("Printing the cards of batch %(prefix)s on sheets"),
        lease=timedelta(minutes=5),
        outcomes={"printed": N_("cards printed")},
    )


def _define_win_back() -> None:
    from provider.kernel import jobs
    from provider.kernel.errors import N_
    from provider.messages.rules.catalogue import Category, Channel, Kind, add

    from .operations import winback

    jobs.define(
        winback.SEND,
        step=winback.send_chunk,
        title=N_("Offers to accounts that sleep"),
        outcomes={"sent": N_("sent"), "left_out": N_("left out")},
    )
    report = frozenset({"number", "serial", "link"})
    for key, title, params in (
        ("card_report_solved", N_("A reported card can be redeemed"), report),
        ("card_report_declined", N_("Answer to a report of a card"), report | {"answer"}),
    ):
        add(Kind(key=key, title=title, category=Category.BILLING, channels=(Channel.EMAIL,), params=params))
    add(
        Kind(
            key="win_back_offer",
            title=N_("Everything is still there"),
            category=Category.TIPS,
            channels=(Channel.EMAIL,),
            params=frozenset({"name", "campaign", "until", "note", "link"}),
        )
    )
