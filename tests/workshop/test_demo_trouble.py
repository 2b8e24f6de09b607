"""A demo that cannot be finished leaves nothing behind."""

from __future__ import annotations

import pytest

from provider.accounts.models import Account
from provider.kernel import clock
from provider.workshop import demo, year


@pytest.mark.django_db
def test_a_breakdown_on_the_way_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object) -> None:
        raise RuntimeError("on the way")

    monkeypatch.setitem(demo._ACTS, 300, breaks)
    with pytest.raises(RuntimeError, match="on the way"):
        demo.seed(at=clock.now(), scale=year.SMALL)
    assert not Account.objects.exists()
