"""The sample stories on the real engine, and what the player says of stories that are not kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from invoices.models import Invoice
from plans.models import Plan
from plans.rules.story import read_story
from provider.kernel.models import OutboxEvent
from provider.workshop.stories.player import play

pytestmark = pytest.mark.django_db
STORIES = sorted((Path(__file__).parents[1] / "stories").glob("*.yaml"))


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_a_story_is_billed_as_it_expects(path: Path) -> None:
    played = play(read_story(path.read_text(encoding="utf-8")))

    assert played.differences == []
    assert not Plan.objects.exists()
    assert not Invoice.objects.exists()
    assert not OutboxEvent.objects.exists()


SHORT = """\
story: One month
timezone: UTC
currency: EUR
plans:
  first: {interval: month, anchor: calendar, bill: in_advance, price: "30.00"}
steps:
  - {at: 2026-04-11, do: subscribe, plan: first}
  - {at: 2026-04-20, do: %s}
expect:
  - {at: 2026-04-11, invoice: 1, total: "%s", lines: [{charge: base, amount: "20.00"}]}
"""


def test_what_is_not_as_expected_is_told_with_its_line() -> None:
    played = play(read_story(SHORT % ("bill", "19.99")))

    assert [str(one) for one in played.differences] == ["line 10: total of invoice 1 is 20.00, expected 19.99"]
    assert not played.failure


def test_a_step_that_cannot_be_done_is_told_with_its_line() -> None:
    played = play(read_story(SHORT % ("resume", "20.00")))

    (difference,) = played.differences
    assert str(difference).startswith("line 8: resume: This cannot be done while the subscription is")
    assert played.failure


def test_the_command_compares_explains_and_prints_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept, broken, bad = tmp_path / "kept.yaml", tmp_path / "broken.yaml", tmp_path / "bad.yaml"
    kept.write_text(SHORT % ("bill", "20.00"))
    broken.write_text(SHORT % ("bill", "21.00"))
    bad.write_text(SHORT % ("fly", "20.00"))

    call_command("play", kept, "--explain")
    assert "20 of 30 days" in capsys.readouterr().out
    call_command("play", kept, "--json")
    told = json.loads(capsys.readouterr().out)
    assert (told["story"], told["documents"][0]["total"]) == ("One month", "20.00")
    with pytest.raises(SystemExit):
        call_command("play", kept, broken)
    assert "total of invoice 1 is 20.00, expected 21.00" in capsys.readouterr().out
    with pytest.raises(CommandError, match="line 8: “fly” is not one of"):
        call_command("play", bad)
