from django.apps import AppConfig


class PlansConfig(AppConfig):
    name = "plans"
    label = "plans"

    def ready(self) -> None:
        _define_messages()
        _listen()
        _define_jobs()

        from provider.kernel import machine_doors

        from . import tasks  # noqa: F401 - the worker must know them by name
        from .queries import sums

        sums.add_laws()

        from .api import routers

        for router in routers:
            machine_doors.mount(router)


def _listen() -> None:
    from provider.kernel import outbox

    from .events import UsageRecorded
    from .handlers import fold, note_late, tell_of_limits

    outbox.on(UsageRecorded, fold)
    outbox.on(UsageRecorded, note_late)
    outbox.on(UsageRecorded, tell_of_limits)


def _define_jobs() -> None:
    from provider.kernel import jobs
    from provider.kernel.errors import N_

    from .operations import replays
    from .operations.inbox import REPLAY_JOB, replay_chunk

    outcomes = {"counted": N_("counted now"), "waiting": N_("still unmatched")}
    jobs.define(
        replays.JOB,
        step=replays.replay_chunk,
        title=N_("Replay of a plan"),
        outcomes={"replayed": N_("subscriptions compared"), "skipped": N_("without a price in their currency")},
    )
    jobs.define(REPLAY_JOB, step=replay_chunk, title=N_("Counting usage again"), outcomes=outcomes)


def _define_messages() -> None:
    from provider.kernel.errors import N_
    from provider.messages.rules.catalogue import Category, Channel, Kind, add

    add(
        *[
            Kind(
                key=key,
                title=title,
                category=Category.BILLING,
                channels=(Channel.EMAIL,),
                params=frozenset({"account_name", "plan", "last_day", "days_left", "link", *more}),
            )
            for key, title, more in (
                ("renewal_due", N_("Renewal is due"), ()),
                ("trial_ending", N_("The trial ends"), ("becomes", "grace_last_day")),
                ("grace_running", N_("Grace runs"), ()),
            )
        ],
        *[
            Kind(
                key=key,
                title=title,
                category=Category.BILLING,
                channels=(Channel.EMAIL, Channel.NOTICE),
                params=frozenset({"account_name", "meter", "used", "limit", "stops", "link"}),
            )
            for key, title in (
                ("usage_limit_near", N_("A limit of the plan is near")),
                ("usage_limit_reached", N_("A limit of the plan is reached")),
            )
        ],
    )
