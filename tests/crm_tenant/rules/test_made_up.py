"""What is made up is the same for the same seed, in each language, and no two companies share a name."""

from __future__ import annotations

from datetime import date

import pytest

from crm_tenant.rules import made_up
from crm_tenant.rules.made_up import Sample

TODAY = date(2026, 3, 2)


def sample(language: str = "en", *, deals: int = 400, seed: int = 1) -> Sample:
    return Sample(deals=deals, language=language, today=TODAY, seed=seed)


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
def test_it_repeats_and_another_seed_makes_others(language: str) -> None:
    first, again = (made_up.deals_as_csv(sample(language)) for _ in range(2))
    assert first == again
    assert first != made_up.deals_as_csv(sample(language, seed=2))
    assert first.count(b"\r\n") == 401


def test_companies_have_names_of_their_own() -> None:
    names = [one["name"] for one in made_up.companies(sample(deals=20_000))]
    assert len(set(names)) == len(names) == 5_000


def test_what_is_closed_was_closed_after_it_was_made_and_not_ahead() -> None:
    for deal in made_up.deals(sample()):
        assert (deal["closed_on"] is None) == (deal["stage"] < 4)
        assert deal["created_on"] < (deal["closed_on"] or TODAY) <= TODAY
        assert bool(deal["reason"]) == (deal["stage"] == 5)
