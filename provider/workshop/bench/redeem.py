"""`bench redeem`: cards of a month confirmed by 64 callers, each on its own account; one card by all of them at once.

The callers stand before as many connections as the web has: eight threads a process. First they arrive at a set rate,
timed from the instant at which each meant to begin; then each comes back as soon as it was answered.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.backends.utils import CursorWrapper

from invoices.operations.subscriptions import NewSubscription, start_subscription
from plans.rules.story import read_story
from prepaid_cards.errors import CardUsed
from prepaid_cards.models import Card, Redemption
from prepaid_cards.operations.cards import activate
from prepaid_cards.operations.redemption import promise, redeem
from prepaid_cards.queries.cards import provider_account
from prepaid_cards.queries.redeeming import access_card, digest_of
from provider.kernel.actor import SYSTEM
from provider.workshop.stories.stage import Stage, set_stage

from . import cards, place
from .wishes import month_of

AT: Final = cards.AT
REDEEM_AT: Final = datetime(2026, 1, 6, 4, tzinfo=UTC)
CALLERS: Final = 64
THREADS: Final = 8  # of a web process, each with a connection
RATE: Final = 300
_BASKET: Final = 500
_TOLD_EACH: Final = 100  # confirmations of a process
OPEN: Final = (
    "update prepaid_cards_cardbatch set status = 'open', exported_at = generated_at, opened_at = generated_at"
    " where id = %s"
)
STORY: Final = """\
story: What is measured
timezone: Asia/Shanghai
currency: CNY
plans:
  standard: {interval: month, anchor: anniversary, bill: in_advance, price: "98.00"}
steps: [{at: 2026-01-01, do: bill}]
expect: [{at: 2026-01-01, nothing: true}]
"""
_COPIED: Final = (  # table, what a copy has of its own, the column by which the model's row is found
    ("accounts_account", "'id', w.account", "id"),
    ("plans_subscription", "'id', w.subscription, 'account_id', w.account", "account_id"),
    ("plans_stretch", "'subscription_id', w.subscription", "subscription_id"),
    ("plans_subscriptionschedule", "'subscription_id', w.subscription", "subscription_id"),
    (
        "plans_accessspell",
        "'id', gen_random_uuid(), 'account_id', w.account, 'subscription_id', w.subscription",
        "subscription_id",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A holder who has seen the quote and is about to confirm."""

    card_id: int
    account_id: UUID
    digest: bytes


@dataclass(frozen=True, slots=True)
class Walked:
    """What was answered: the milliseconds of each, how long it took together, the CPU, and how many were refused."""

    waits_ms: list[float]
    seconds: float
    cpu_seconds: float
    refused: int


def measure(*, size: int, workers: int, tell: Callable[[str], object]) -> dict[str, Any]:
    """Redeem `size` cards at a rate and `size` in a closed loop; the figures as `bench --json` prints them.

    So many and no more: how long it takes is known beforehand, whatever the machine is like. Setting up is told apart.
    """
    began = time.monotonic()
    with cards.own_house("redeem"):
        empty = time.monotonic() - began
        tell(f"The database took {empty:.1f} s.")
        said = confirm_all(size=size, workers=workers, tell=tell)
        return said | {"setup_seconds": round(empty + said["setup_seconds"], 1)}


def confirm_all(*, size: int, workers: int, tell: Callable[[str], object]) -> dict[str, Any]:
    """The same in the database and the folder that there are."""
    tell(f"Preparing {2 * size + CALLERS} accounts, and {2 * size + 1} sold cards.")
    began = time.monotonic()
    cases = prepare(size=2 * size)
    before = place.counts()
    setup = time.monotonic() - began
    tell(f"They took {setup:.1f} s. Now {size} confirmations, {RATE} a second.")
    arrived = walk(cases[:size], workers=workers, rate=RATE, tell=tell)
    tell(f"{size} confirmations by {CALLERS} callers who come back at once.")
    looped = walk(cases[size : 2 * size], workers=workers, rate=None, tell=tell)
    tell(f"One card by {CALLERS} callers.")
    raced = walk(cases[2 * size :], workers=workers, rate=None, tell=tell)
    outcome = (len(raced.waits_ms), raced.refused, Redemption.objects.count())
    assert outcome == (1, CALLERS - 1, 2 * size + 1), f"(won, refused, redemptions): {outcome}"
    limit = place.bare_seconds(before=before, key_of=_new(), workers=workers)
    said = _figures(arrived, looped, limit_rate=(2 * size + 1) / limit, workers=workers)
    return said | {"setup_seconds": round(setup, 1)}


def prepare(*, size: int) -> list[Case]:
    """So many holders with a card each, and one more card that all callers want; all accounts stand alike."""
    stage = set_stage(read_story(STORY))
    version = stage.versions["standard"]
    wish = NewSubscription(version_id=version.id, pays="prepaid")
    subscription = start_subscription(account_id=stage.account.id, wish=wish, by=SYSTEM, at=AT).subscription
    batch = cards.order(size=size + 1, wish=month_of(version.plan_id))
    cards.make(batch)
    with connection.cursor() as cursor:
        cursor.execute(OPEN, [batch.id])
        accounts = _copies_of(
            cursor, account_id=stage.account.id, subscription_id=subscription.id, count=size + CALLERS
        )
    sold = list(Card.objects.filter(batch=batch, is_canary=False).order_by("counter"))
    for start in range(0, len(sold), _BASKET):
        activate(
            seller_id=provider_account().id, serials=[card.serial for card in sold[start : start + _BASKET]],
            receipt="", request_key=f"basket {start}", from_store=True, by=SYSTEM, at=AT,
        )  # fmt: skip
    return _cases(sold, accounts=accounts, stage=stage, subscription_id=subscription.id)


def _cases(
    sold: Sequence[Card], *, accounts: Sequence[tuple[UUID, UUID]], stage: Stage, subscription_id: UUID
) -> list[Case]:
    card = access_card(sold[0].id)
    quote = promise(card=card, account=stage.account, at=REDEEM_AT)
    assert quote.quote is not None
    term = (quote.quote.begins_on, quote.quote.ends_on, quote.quote.anchor_day, quote.quote.seats)
    assert digest_of(card.id, stage.account.id, subscription_id, *term) == quote.digest, "a quote says something else"
    wanted = [*sold[:-1], *[sold[-1]] * CALLERS]
    return [
        Case(card_id=card.id, account_id=account, digest=digest_of(card.id, account, subscription, *term))
        for card, (account, subscription) in zip(wanted, accounts, strict=True)
    ]


def _copies_of(
    cursor: CursorWrapper, *, account_id: UUID, subscription_id: UUID, count: int
) -> list[tuple[UUID, UUID]]:
    """So many accounts that stand as this one, with their subscriptions."""
    cursor.execute(
        "create temporary table who as select gen_random_uuid() as account, gen_random_uuid() as subscription"
        " from generate_series(1, %s)",
        [count],
    )
    for table, own, column in _COPIED:
        model = subscription_id if column == "subscription_id" else account_id
        written = place.columns_of(cursor, table=table)
        cursor.execute(
            f"insert into {table} ({written}) select {written} from (select"  # noqa: S608
            f" (jsonb_populate_record(m, jsonb_build_object({own}))).* from {table} m, who w where m.{column} = %s) c",
            [model],
        )
    cursor.execute("select account, subscription from who")
    return list(cursor.fetchall())


# --- The callers ---


@dataclass(slots=True)
class Line:
    """Who stands in line before a process: at which instant each meant to begin, and what is left to confirm."""

    starts: deque[float]
    cases: deque[Case]
    comes_back: bool
    tell: Callable[[str], object]
    count: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self) -> tuple[float, Case] | None:
        """The first in line."""
        with self.lock:
            return (self.starts.popleft(), self.cases.popleft()) if self.starts and self.cases else None

    def answered(self) -> None:
        """A caller has its answer, and stands in line again if that is what callers do."""
        with self.lock:
            self.count += 1
            if self.comes_back:
                self.starts.append(time.monotonic())
            if self.count % _TOLD_EACH == 0:
                self.tell(f"  {self.count} in this process, {len(self.cases)} left.")


def walk(cases: Sequence[Case], *, workers: int, rate: int | None, tell: Callable[[str], object]) -> Walked:
    """Confirm them all: at a rate, or by callers who come back at once. Everybody's answers together."""
    begins = time.monotonic() + 1

    def work(worker: int) -> Walked:
        mine = deque(cases[worker::workers])
        heard = tell if worker == 0 else _silent  # one process speaks for all
        if rate is None:
            return _serve(Line(deque([begins] * (CALLERS // workers)), mine, comes_back=True, tell=heard))
        starts = deque(begins + (worker + n * workers) / rate for n in range(len(mine)))
        return _serve(Line(starts, mine, comes_back=False, tell=heard))

    parts: list[Walked] = place.at_once(work, workers=workers)
    return Walked(
        waits_ms=[wait for part in parts for wait in part.waits_ms], seconds=max(part.seconds for part in parts),
        cpu_seconds=sum(part.cpu_seconds for part in parts), refused=sum(part.refused for part in parts),
    )  # fmt: skip


def _silent(text: str) -> None:
    """Whoever does not speak."""


def _serve(line: Line) -> Walked:
    """Let the threads of one web process answer whoever stands in line."""
    waits: list[float] = []
    refused: list[Case] = []
    troubles: list[BaseException] = []

    def answer() -> None:
        try:
            connection.ensure_connection()
            while (turn := line.next()) is not None:
                _answer_one(*turn, waits=waits, refused=refused)
                line.answered()
        except BaseException as trouble:  # told by the thread that waits for this one
            troubles.append(trouble)
        finally:
            connection.close()

    began, cpu_began = line.starts[0], time.process_time()
    threads = [threading.Thread(target=answer, daemon=True) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=place.PATIENCE_SECONDS)
    if troubles:
        raise troubles[0]
    return Walked(
        waits_ms=waits, seconds=time.monotonic() - began, cpu_seconds=time.process_time() - cpu_began,
        refused=len(refused),
    )  # fmt: skip


def _answer_one(start: float, case: Case, *, waits: list[float], refused: list[Case]) -> None:
    time.sleep(max(0.0, start - time.monotonic()))
    try:
        redeem(card_id=case.card_id, account_id=case.account_id, expected=case.digest, by=SYSTEM, at=REDEEM_AT)
    except CardUsed:
        refused.append(case)
    else:
        waits.append(1000 * (time.monotonic() - start))


def _figures(arrived: Walked, looped: Walked, *, limit_rate: float, workers: int) -> dict[str, Any]:
    """Rate and p99 are those of the arrivals; what the closed loop did stands in the notes."""
    count = len(arrived.waits_ms)
    loop_rate = len(looped.waits_ms) / looped.seconds
    loop_p99 = place.percentile(looped.waits_ms, 0.99)
    return {
        "bench": "redeem",
        "size": count + len(looped.waits_ms),
        "workers": workers,
        "seconds": round(arrived.seconds, 3),
        "rate": round(count / arrived.seconds),
        "limit_rate": round(limit_rate),
        "ratio": round(loop_rate / limit_rate, 3),
        "p50_ms": round(place.percentile(arrived.waits_ms, 0.5), 1),
        "p99_ms": round(place.percentile(arrived.waits_ms, 0.99), 1),
        "cpu_seconds": round(arrived.cpu_seconds + looped.cpu_seconds, 3),
        "closed_loop_rate": round(loop_rate),
        "closed_loop_p99_ms": round(loop_p99, 1),
        "notes": f"{RATE} arrivals a second over {workers} processes of {THREADS} connections, from the intended start;"
        f" then {CALLERS} callers in a closed loop; one card by {CALLERS} callers was redeemed once; ratio and limit"
        " are of the closed loop; CPU is that of these processes, not the database's",
    }


def _new() -> dict[str, str]:
    """Which rows the redemptions added, in the tables that had some before."""
    since = f"'{REDEEM_AT:%Y-%m-%d %H:%M}Z'"
    return {
        "plans_stretch": "t.position > 0",
        "plans_subscriptionschedule": "t.position > 0",
        "kernel_audit": f"t.at >= {since}",
        "kernel_outboxevent": f"t.at >= {since}",
        "kernel_ledgerentry": f"t.at >= {since}",
        "kernel_ledgerposting": f"t.entry_id in (select id from kernel_ledgerentry where at >= {since})",  # noqa: S608
    }
