"""The demo's company is made once, whole, and offers every part."""

from __future__ import annotations

import pytest

from provider.accounts.models import Account, Membership
from provider.accounts.queries import demo_parts
from provider.workshop import demo

pytestmark = pytest.mark.django_db


def test_it_is_made_once_and_never_again() -> None:
    assert demo.seed() is True
    accounts = Account.objects.count()
    assert demo.seed() is False
    assert Account.objects.count() == accounts == 9


def test_every_role_of_every_portal_has_somebody() -> None:
    demo.seed()
    parts = {(part.portal, part.role) for part in demo_parts()}
    assert parts >= {("provider", "owner"), ("provider", "operator"), ("reseller", "clerk"), ("subscriber", "member")}
    assert {part.user.language for part in demo_parts()} == {"en", "zh-hans", "zh-hant"}


def test_one_reseller_stands_under_the_other() -> None:
    demo.seed()
    below = Account.objects.get(name=demo.SUB_RESELLER.name)
    assert below.parent is not None
    assert below.parent.name == demo.RESELLER.name


def test_a_breakdown_half_way_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(**_: object) -> None:
        raise RuntimeError("half way")

    monkeypatch.setattr(demo, "_some_history", breaks)
    with pytest.raises(RuntimeError, match="half way"):
        demo.seed()
    assert not Account.objects.exists()


def test_nobody_of_the_demo_can_sign_in_by_a_password() -> None:
    demo.seed()
    assert not any(place.user.has_usable_password() for place in Membership.objects.select_related("user"))
