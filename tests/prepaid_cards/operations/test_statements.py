"""What a confirmation asks the database: few statements, as each is a wait for the holder who is looking on."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from prepaid_cards.operations.redemption import open_card, promise, redeem
from provider.kernel.actor import SYSTEM
from tests.factories import AT
from tests.prepaid_cards.operations.test_redemption import Stage, a_card, laws_hold, stage

__all__ = ["stage"]
_FEW = 10  # seven, the savepoint's two, and one about the invoice of the stage


def test_a_confirmation_reads_the_books_once_before_and_once_after(stage: Stage) -> None:
    card, code = a_card(stage, months=1)
    opened = open_card(code_typed=code, account_id=stage.account.id, by=SYSTEM, at=AT)
    shown = promise(card=opened, account=stage.account, at=AT)

    with CaptureQueriesContext(connection) as asked:
        redeem(
            card_id=card.id, account_id=stage.account.id, expected=shown.digest, by=SYSTEM, at=AT + timedelta(hours=1)
        )

    statements = [one["sql"] for one in asked.captured_queries]
    assert len([one for one in statements if "plans_stretch" in one and "json_agg" in one]) == 2
    assert len(statements) <= _FEW, statements  # what nobody waits for travels with the next question
    assert laws_hold()
