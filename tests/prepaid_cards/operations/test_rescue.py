"""Honest holders are helped, and whoever guesses learns nothing from the help."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from prepaid_cards import errors
from prepaid_cards.models import Card, CardReport, RedemptionAttempt
from prepaid_cards.operations.redemption import promise, redeem
from prepaid_cards.operations.reports import ReportWish, decline_report, file_report, release_card, released_card
from prepaid_cards.operations.rescue import open_damaged
from prepaid_cards.rules.codes import draw
from prepaid_cards.rules.serials import serial_of
from provider.accounts.models import Account
from provider.kernel.actor import Actor
from provider.kernel.errors import ForbiddenMove, NotFound
from provider.messages.models import Message
from provider.workshop.stories.stage import Stage
from tests.factories import AT, make_member
from tests.prepaid_cards.conftest import actor
from tests.prepaid_cards.operations.test_redemption import a_card, stage

__all__ = ["stage"]
_BY = Actor(kind="anonymous", address="203.0.113.7")


def gapped(code: str, *places: int) -> str:
    return "".join("?" if place in places else symbol for place, symbol in enumerate(code))


def tried(stage: Stage, *, serial: str, code: str, hours: int = 0) -> Card:
    at = AT + timedelta(hours=hours)
    return open_damaged(serial_typed=serial, code_typed=code, account_id=stage.account.id, by=_BY, at=at)


def test_the_readable_symbols_and_the_serial_open_the_card_and_it_is_redeemed(stage: Stage) -> None:
    card, code = a_card(stage)

    opened = tried(stage, serial=card.serial, code=gapped(code, 2, 7, 13))

    shown = promise(card=opened, account=stage.account, at=AT)
    made = redeem(card_id=opened.id, account_id=stage.account.id, expected=shown.digest, by=_BY, at=AT)
    assert made.card_id == card.id


def test_every_wrong_secret_has_one_answer_and_the_same_work_whatever_the_serial(stage: Stage) -> None:
    card, _ = a_card(stage)
    other, used = a_card(stage)
    Card.objects.filter(id=other.id).update(status="frozen", frozen_from="active", frozen_at=AT)
    nobody = serial_of(prefix="990001", counter=7)
    wrong = gapped(draw(1)[0], 1, 2)
    work = []

    for hours, (serial, typed) in enumerate(
        [(card.serial, wrong), (nobody, wrong), (other.serial, wrong), (card.serial, gapped(used, 1, 2))], start=1
    ):
        with CaptureQueriesContext(connection) as asked, pytest.raises(errors.CardNotTaken) as refused:
            tried(stage, serial=serial, code=typed, hours=hours)
        work.append((refused.value.code, refused.value.field, len(asked.captured_queries)))

    assert len(set(work)) == 1
    attempts = list(RedemptionAttempt.objects.order_by("id").values_list("outcome", "is_guess", "serial", "card_id"))
    assert attempts == [("wrong", True, one, None) for one in (card.serial, nobody, other.serial, card.serial)]


def test_the_right_symbols_tell_the_true_reason(stage: Stage) -> None:
    card, code = a_card(stage)
    Card.objects.filter(id=card.id).update(status="frozen", frozen_from="active", frozen_at=AT)

    with pytest.raises(errors.CardFrozen):
        tried(stage, serial=card.serial, code=gapped(code, 0))


def test_tries_of_one_serial_are_limited_whoever_tries(stage: Stage) -> None:
    card, code = a_card(stage)
    for number in range(5):
        by = Actor(kind="anonymous", address=f"203.0.{number}.7")
        with pytest.raises(errors.CardNotTaken):
            open_damaged(
                serial_typed=card.serial, code_typed=gapped(draw(1)[0], 3), account_id=None, by=by, at=AT
            )  # fmt: skip

    with pytest.raises(errors.TriesLocked):
        tried(stage, serial=card.serial, code=gapped(code, 3))
    assert tried(stage, serial=card.serial, code=gapped(code, 3), hours=1).id == card.id


@pytest.mark.parametrize(
    ("serial", "code", "refusal"),
    [
        ("26000100004171", "7KQM-4T?D-9HRN-2W6C", errors.SerialMistyped),
        (serial_of(prefix="990001", counter=7), "????-4TXD-9HRN-2W6C", errors.TooManyUnreadable),
        (serial_of(prefix="990001", counter=7), "7KQM", errors.CodeIncomplete),
        (serial_of(prefix="990001", counter=7), "0000000000000001", errors.CodeMistyped),
    ],
)
def test_slips_of_the_finger_are_not_counted(stage: Stage, serial: str, code: str, refusal: Any) -> None:
    with pytest.raises(refusal):
        tried(stage, serial=serial, code=code)

    assert not RedemptionAttempt.objects.exists()


# --- Reports ---


def reported(stage: Stage, serial: str, *, kind: str = "damaged", **facts: Any) -> CardReport:
    wish = ReportWish(kind=kind, serial=serial, **({"receipt": "A-17"} | facts))
    return file_report(wish=wish, account_id=stage.account.id, by=_BY, at=AT)


def operator() -> Actor:
    provider = Account.objects.get(profiles__portal="provider")
    return actor(make_member(account=provider, portal="provider", role="owner"))


def test_an_operator_releases_an_unreadable_card_to_who_reported_it(stage: Stage) -> None:
    card, _ = a_card(stage)
    report = reported(stage, card.serial)
    with pytest.raises(NotFound):
        released_card(report=report, at=AT)
    with pytest.raises(errors.ReasonMissing):
        release_card(report_id=report.id, reason=" ", by=operator(), at=AT)

    report = release_card(report_id=report.id, reason="Saw the receipt", by=operator(), at=AT)

    opened = released_card(report=report, at=AT)
    shown = promise(card=opened, account=stage.account, at=AT)
    redeem(card_id=opened.id, account_id=stage.account.id, expected=shown.digest, by=_BY, at=AT)
    with pytest.raises(errors.CardUsed):
        released_card(report=report, at=AT)
    assert Message.objects.filter(key="card_report_solved", account=stage.account).exists() == bool(stage.account.email)
    with pytest.raises(ForbiddenMove):
        decline_report(report_id=report.id, reason="No", by=operator(), at=AT)


def test_a_serial_without_a_card_is_reported_like_any_other_and_released_never(stage: Stage) -> None:
    report = reported(stage, serial_of(prefix="990001", counter=7))

    assert (report.status, len(report.number), report.card) == ("open", 8, None)
    with pytest.raises(errors.CardNotReleasable):
        release_card(report_id=report.id, reason="Why not", by=operator(), at=AT)


def test_the_same_card_is_reported_once_and_five_at_a_time_are_enough(stage: Stage) -> None:
    first = reported(stage, serial_of(prefix="990001", counter=1))
    assert reported(stage, serial_of(prefix="990001", counter=1)).id == first.id
    for counter in range(2, 6):
        reported(stage, serial_of(prefix="990001", counter=counter))

    with pytest.raises(errors.TooManyReports):
        reported(stage, serial_of(prefix="990001", counter=6))
    with pytest.raises(errors.ReportNeedsReceipt):
        reported(stage, serial_of(prefix="990001", counter=6), kind="unsold", receipt="")
    with pytest.raises(errors.BoughtInTheFuture):
        reported(stage, serial_of(prefix="990001", counter=6), bought_on=AT.date() + timedelta(days=2))
