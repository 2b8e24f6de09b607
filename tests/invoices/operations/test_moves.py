"""Subscribers move to the next version: everybody is looked at, some cannot, and the others get what was shown."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

import pytest

from invoices.errors import MoveConfirmedAlready, MoveDayPast, MoveNeedsReason, NobodyChosen, NobodyToMove
from invoices.models import CreditNote, Invoice, MoveLine, VersionMove
from invoices.operations import moves, subscriptions
from invoices.operations.billing import bill_account
from invoices.operations.moves import MoveWish
from plans.models import PendingChange, PlanVersion, Stretch, Subscription
from plans.operations.usage import NewEvent, record_usage
from provider.kernel import jobs, outbox
from provider.kernel.actor import SYSTEM
from provider.kernel.models import AuditRow, Job
from provider.workshop.stories.stage import Stage
from tests.invoices.moving import FEB_5, customer, make_moving_stage, make_newer

pytestmark = pytest.mark.django_db
WHY = "Prices of 2026"


@pytest.fixture
def stage() -> Stage:
    return make_moving_stage()


@pytest.fixture
def newer(stage: Stage) -> PlanVersion:
    return make_newer(stage)


def look(
    stage: Stage, newer: PlanVersion, *, when: Literal["now", "period_end", "on"] = "now", on: date | None = None
) -> VersionMove:
    wish = MoveWish(version_id=newer.id, from_ids=[stage.versions["team"].id], when=when, on=on)
    move = moves.look_at_move(seller_id=stage.seller.account_id, wish=wish, by=SYSTEM, at=FEB_5)
    finish(move.look_job_id)
    move.refresh_from_db()
    return move


def confirm(stage: Stage, move: VersionMove, *, line_ids: list[UUID] | None = None) -> Job:
    made = moves.confirm_move(
        seller_id=stage.seller.account_id, move_id=move.id, line_ids=line_ids, reason=WHY, by=SYSTEM, at=FEB_5
    )
    return finish(made.job_id)


def finish(job_id: UUID | None) -> Job:
    assert job_id is not None
    Job.objects.filter(pk=job_id).update(next_try_at=FEB_5)
    job = jobs.run_to_end(job_id=job_id, at=FEB_5)
    assert job.status == "done", job.last_error
    return job


def version_of(one: Subscription) -> UUID:
    """What it is served by at present."""
    return Stretch.objects.filter(subscription=one).latest("position").version_id


def test_those_who_can_get_what_was_shown_and_the_others_are_left_alone(
    stage: Stage, newer: PlanVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moves, "LOOKED_AT_ONCE", 3)
    monkeypatch.setattr(moves, "MOVED_AT_ONCE", 2)
    alone, two, three = (customer(stage, name, seats=n) for name, n in (("Alone", 0), ("Two", 2), ("Three", 3)))
    paused, ending, planned = (customer(stage, name) for name in ("Paused", "Ending", "Planned"))
    other = customer(stage, "On another plan", plan="pro")
    subscriptions.pause(account_id=paused.account_id, subscription_id=paused.id, by=SYSTEM, at=FEB_5)
    subscriptions.cancel(
        account_id=ending.account_id, subscription_id=ending.id, when="period_end", by=SYSTEM, at=FEB_5
    )
    subscriptions.change_plan(
        account_id=planned.account_id, subscription_id=planned.id, version_id=stage.versions["pro"].id,
        when="period_end", by=SYSTEM, at=FEB_5,
    )  # fmt: skip
    made_before = Invoice.objects.count()

    move = look(stage, newer)

    lines = {line.subscription_id: line for line in MoveLine.objects.all()}
    assert {key: line.code for key, line in lines.items() if line.code} == {
        three.id: "too_many_for_plan",
        paused.id: "rests_now",
        ending.id: "ends_before_move",
        planned.id: "other_change_planned",
    }
    assert {lines[one.id].outcome for one in (alone, two)} == {"ready"}
    assert other.id not in lines
    assert Invoice.objects.count() == made_before
    # 31 days from 15 January: 100 and two seats of 31; 10 days of them are left on 5 February
    assert (lines[two.id].before_minor, lines[two.id].after_minor) == (16200, 19300)
    assert (lines[alone.id].due_minor, lines[alone.id].credit_minor) == (4226, 3226)

    job = confirm(stage, move)

    assert job.counts == {"moved": 2}
    for one in (alone, two):
        line = MoveLine.objects.get(subscription=one)
        assert (line.outcome, version_of(one)) == ("moved", newer.id)
        notes = CreditNote.objects.filter(account_id=one.account_id)
        made = Invoice.objects.filter(account_id=one.account_id, made_at=FEB_5)
        assert sum(note.total_minor for note in notes) == line.credit_minor
        assert sum(invoice.total_minor for invoice in made) == line.due_minor
        assert AuditRow.objects.filter(subject_id=str(one.id), verb="subscription.change_plan", reason=WHY).exists()
    assert {version_of(one) for one in (three, paused, ending)} == {stage.versions["team"].id}
    assert PendingChange.objects.get(subscription=planned, settled_at=None).version_id == stage.versions["pro"].id
    assert PendingChange.objects.filter(subscription=ending, settled_at=None, verb="cancel").exists()
    with pytest.raises(MoveConfirmedAlready):
        confirm(stage, move)
    count = Invoice.objects.count()
    chunk = jobs.Chunk(
        job_id=job.id, account_id=None, params={"move_id": str(move.id)}, cursor=None, total=None, by=SYSTEM, at=FEB_5
    )
    assert moves.move_chunk(chunk).handled == 0
    assert Invoice.objects.count() == count


def test_a_chosen_one_moves_when_its_period_ends_and_a_second_look_finds_it_planned(
    stage: Stage, newer: PlanVersion
) -> None:
    first, second = customer(stage, "First"), customer(stage, "Second")
    move = look(stage, newer, when="period_end")
    with pytest.raises(MoveNeedsReason):
        moves.confirm_move(seller_id=stage.seller.account_id, move_id=move.id, reason=" ", by=SYSTEM, at=FEB_5)
    chosen = MoveLine.objects.get(subscription=first)

    job = confirm(stage, move, line_ids=[chosen.id])

    assert job.counts == {"planned": 1}
    assert version_of(first) == stage.versions["team"].id
    end = datetime(2026, 2, 14, 16, tzinfo=UTC)
    chosen.refresh_from_db()
    assert (chosen.outcome, chosen.starts_at) == ("planned", end)
    (bill,) = bill_account(account_id=first.account_id, at=end, by=SYSTEM)
    assert (version_of(first), bill.total_minor) == (newer.id, 13100)
    assert version_of(second) == stage.versions["team"].id
    again = look(stage, newer, when="on", on=date(2026, 3, 1))
    assert [line.subscription_id for line in again.lines.all()] == [second.id]
    assert again.lines.get().starts_at == datetime(2026, 2, 28, 16, tzinfo=UTC)


def test_a_move_that_is_stopped_leaves_whoever_waits_as_they_are_and_a_second_look_takes_them_up(
    stage: Stage, newer: PlanVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moves, "MOVED_AT_ONCE", 1)
    both = {customer(stage, name).id for name in ("First", "Second")}
    move = look(stage, newer)
    made = moves.confirm_move(seller_id=stage.seller.account_id, move_id=move.id, reason=WHY, by=SYSTEM, at=FEB_5)
    assert made.job_id is not None
    Job.objects.filter(pk=made.job_id).update(next_try_at=FEB_5)
    token = jobs.claim(job_id=made.job_id, at=FEB_5)
    assert token is not None
    assert jobs.run_chunk(job_id=made.job_id, token=token, at=FEB_5)

    jobs.cancel(job_id=made.job_id, by=SYSTEM, at=FEB_5)

    assert not jobs.run_chunk(job_id=made.job_id, token=token, at=FEB_5)
    assert sorted(MoveLine.objects.values_list("outcome", flat=True)) == ["chosen", "moved"]
    left = look(stage, newer)
    assert {line.subscription_id for line in left.lines.all()} < both
    assert confirm(stage, left).counts == {"moved": 1}
    assert Stretch.objects.filter(version=newer, end_on=None).count() == 2


def test_whoever_changed_since_the_look_is_left_with_the_reason(stage: Stage, newer: PlanVersion) -> None:
    one = customer(stage, "One", seats=1)
    move = look(stage, newer)
    seat = NewEvent(id="new", meter="seats", at=FEB_5, value=Decimal(1), item="somebody new")
    record_usage(account_id=one.account_id, source="test", events=[seat], by=SYSTEM, at=FEB_5)
    outbox.drain()

    job = confirm(stage, move)

    assert job.counts == {"left": 1}
    assert (MoveLine.objects.get().code, version_of(one)) == ("facts_changed", stage.versions["team"].id)
    assert [(problem["subject"], problem["code"]) for problem in job.problems] == [("One", "facts_changed")]


def test_a_move_that_cannot_be_is_refused_at_once(stage: Stage, newer: PlanVersion) -> None:
    with pytest.raises(NobodyToMove):
        look(stage, newer)
    customer(stage, "Somebody", seats=3)
    with pytest.raises(MoveDayPast):
        look(stage, newer, when="on", on=date(2026, 2, 5))
    move = look(stage, newer)
    with pytest.raises(NobodyChosen):
        confirm(stage, move)
