"""The demo's company is made once, whole, with everything in it that a newcomer should see."""

from __future__ import annotations

from datetime import timedelta

import pytest

from provider.accounts.models import Account, ApiKey, Impersonation, Invitation, InvitationStatus, Membership, Portal
from provider.accounts.queries import demo_parts
from provider.accounts.rules.team import ROLES
from provider.kernel import clock
from provider.kernel.models import AuditRow, Job, JobStatus
from provider.messages.models import Message
from provider.workshop import demo

pytestmark = pytest.mark.django_db
NOW = clock.now()


def test_it_is_made_once_and_never_again() -> None:
    assert demo.seed(at=NOW) is True
    rows = (Account.objects.count(), AuditRow.objects.count(), Message.objects.count())
    assert demo.seed(at=NOW + timedelta(days=3)) is False
    assert (Account.objects.count(), AuditRow.objects.count(), Message.objects.count()) == rows
    assert rows[0] == len(demo.PARTIES) == 9


def test_every_role_of_every_portal_has_somebody_in_three_languages() -> None:
    demo.seed(at=NOW)
    parts = list(demo_parts())
    assert {(part.portal, part.role) for part in parts} == {
        (portal, role) for portal, roles in ROLES.items() for role in roles
    }
    assert {part.user.language for part in parts} == {"en", "zh-hans", "zh-hant"}


def test_one_reseller_stands_under_the_other_and_a_group_has_branches() -> None:
    demo.seed(at=NOW)
    resellers = Account.objects.filter(profiles__portal=Portal.RESELLER).select_related("parent")
    assert {reseller.name: reseller.parent.name for reseller in resellers if reseller.parent} == {
        "青禾软件": "Perennial",
        "青禾徐汇门店": "青禾软件",
    }
    assert Account.objects.filter(parent__name="恒岳集团").count() == 2


def test_regions_from_three_places_are_lived_in() -> None:
    demo.seed(at=NOW)
    assert set(Account.objects.values_list("region_id", flat=True)) == {
        "beijing", "shanghai", "guangzhou", "taipei", "hongkong",
    }  # fmt: skip


def test_the_clock_walks_and_never_goes_back() -> None:
    demo.seed(at=NOW)
    instants = list(AuditRow.objects.filter(verb="account.created").order_by("id").values_list("at", flat=True))
    assert instants == sorted(instants)
    assert instants[0] == NOW - timedelta(days=demo.DAYS)
    assert AuditRow.objects.order_by("id").exclude(verb="invitation.resent").last().at < NOW


def test_there_is_something_to_see_on_every_page() -> None:
    demo.seed(at=NOW)
    open_ones = Invitation.objects.filter(status=InvitationStatus.OPEN)
    assert open_ones.filter(expires_at__gt=NOW).count() == 4
    assert open_ones.filter(expires_at__lte=NOW).count() == 1
    assert Invitation.objects.filter(status=InvitationStatus.REVOKED).count() == 1
    assert [job.status for job in Job.objects.all()] == [JobStatus.DONE]
    assert Job.objects.get().counts["sent"] == 2
    assert ApiKey.objects.count() == 1
    assert Impersonation.objects.get().ended_at is not None
    assert Message.objects.exists()


def test_a_breakdown_half_way_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object) -> None:
        raise RuntimeError("half way")

    monkeypatch.setitem(demo._ACTS, 57, breaks)
    with pytest.raises(RuntimeError, match="half way"):
        demo.seed(at=NOW)
    assert not Account.objects.exists()


def test_nobody_of_the_demo_can_sign_in_by_a_password() -> None:
    demo.seed(at=NOW)
    assert not any(place.user.has_usable_password() for place in Membership.objects.select_related("user"))
