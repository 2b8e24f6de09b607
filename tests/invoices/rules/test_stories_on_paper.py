"""The sample stories, whose numbers other engines published, played with the pure rules alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from plans.rules.story import Expectation, Story, read_story
from provider.kernel.clock import first_instant
from provider.kernel.money import exact_minor
from tests.invoices.rules.paper import Document, Paper

SAMPLES = sorted((Path(__file__).parents[2] / "stories").glob("*.yaml"))
STORIES = [path for path in SAMPLES if "do: redeem" not in path.read_text(encoding="utf-8")]  # cards need accounts


def expected_documents(story: Story) -> list[Expectation]:
    return [e for e in story.expect if "invoice" in e.facts or "credit_note" in e.facts]


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_a_story_on_paper(path: Path) -> None:
    story = read_story(path.read_text(encoding="utf-8"))
    paper = Paper(story)
    documents = paper.play()
    for expectation in expected_documents(story):
        check(expectation, documents, story)
    for expectation in story.expect:
        if expectation.facts.get("nothing"):
            assert [d for d in documents if d.at == expectation.at] == []
        for name, amount in {**expectation.facts.get("usage", {}), **expectation.facts.get("balance", {})}.items():
            seen = {**paper.usage_at[expectation.at], **paper.balances_at[expectation.at]}
            assert seen[name] == exact_minor(amount=amount, currency=story.currency), f"line {expectation.line}: {name}"


def test_most_samples_are_played() -> None:
    assert len(STORIES) == 37  # without those of renewal cards


def check(expectation: Expectation, documents: list[Document], story: Story) -> None:
    facts = dict(expectation.facts)
    kind = "invoice" if "invoice" in facts else "credit_note"
    number = facts.pop(kind)
    found = [d for d in documents if d.kind == kind and d.n == number]
    assert found, f"line {expectation.line}: no {kind} {number}; there are {[(d.kind, d.n) for d in documents]}"
    document = found[0]
    assert document.at == expectation.at
    lines, and_more = facts.pop("lines", None), facts.pop("and_more", False)
    for key, value in facts.items():
        wanted = value if key == "of" else exact_minor(amount=value, currency=story.currency)
        actual = document.credit_left if key == "credit" else getattr(document, key)
        if key == "credit":  # what was given as credit, whether used since or not
            actual = document.total - document.refund
        assert actual == wanted, f"line {expectation.line}: {key}"
    if lines is not None:
        check_lines(lines, document, story, expectation.line, is_open=and_more)


def check_lines(lines: Any, document: Document, story: Story, where: int, *, is_open: bool) -> None:
    left = list(document.lines)
    for wanted in lines:
        match = next((pair for pair in left if matches(wanted, pair, story)), None)
        assert match, (
            f"line {where}: no line {wanted} in {[(d.charge, d.start, d.end, d.amount_minor) for d, _ in left]}"
        )
        left.remove(match)
    assert is_open or not left, f"line {where}: more lines {left}"


def matches(wanted: dict[str, Any], pair: Any, story: Story) -> bool:
    due, line = pair
    actual = {
        "subscription": due.subscription,
        "plan": due.plan,
        "charge": due.charge,
        "kind": due.kind,
        "units": due.units,
        "from": first_instant(day=due.start, zone=story.zone),
        "to": first_instant(day=due.end, zone=story.zone),
    }
    minor = {"amount": line.amount_minor, "discount": line.discount_minor, "tax": line.tax_minor}
    for key, value in wanted.items():
        if key in minor:
            if minor[key] != exact_minor(amount=value, currency=story.currency):
                return False
        elif actual[key] != value:
            return False
    return True
