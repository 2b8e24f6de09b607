"""Staff act for a customer only by consent, with a reason, for a while; both names stand on what they do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from provider.accounts.errors import AlreadyActing, BadHours, MissingReason, NoConsent, RequestOpen, WithheldWhileActing
from provider.accounts.models import Account, Consent, Impersonation, Membership, Portal
from provider.accounts.operations.api_keys import create_api_key
from provider.accounts.operations.support import (
    decline_support_access,
    end_acting,
    grant_support_access,
    request_support_access,
    start_acting,
    withdraw_support_access,
)
from provider.kernel import clock
from provider.kernel.errors import NotFound
from provider.kernel.models import AuditRow
from tests.accounts.conftest import Letters
from tests.accounts.people import AT, as_actor, make_member, make_reseller, make_subscriber, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(provider: Account) -> Membership:
    return make_member(make_subscriber(provider), "li@example.com")


@pytest.fixture
def helper(provider: Account) -> Membership:
    return make_member(provider, "op@example.com", role="support", portal=Portal.PROVIDER, name="Tomas")


def grant(owner: Membership, to: Account, *, hours: int = 24, at=AT) -> Consent:
    return grant_support_access(
        account_id=owner.account_id, granted_to_id=to.id, hours=hours, language="en", by=as_actor(owner), at=at
    )


def start(helper: Membership, owner: Membership, *, reason: str = "Mend the import", at=AT) -> Impersonation:
    return start_acting(account_id=owner.account_id, reason=reason, by=as_actor(helper), at=at)


def test_without_consent_nobody_acts(owner: Membership, helper: Membership) -> None:
    with pytest.raises(NoConsent):
        start(helper, owner)


def test_an_act_carries_both_names_and_the_owner_is_told(
    owner: Membership, helper: Membership, letters: Letters
) -> None:
    grant(owner, helper.account)

    act = start(helper, owner)

    row = AuditRow.objects.get(verb="acting.started")
    assert (row.user_id, row.account_id, row.home_account_id) == (helper.user_id, owner.account_id, helper.account_id)
    assert (row.impersonation_id, row.reason) == (act.id, "Mend the import")
    letter = letters.the("support_access_started")
    assert letter["to_email"] == "li@example.com"
    assert letter["params"]["staff_name"] == "Tomas"


def test_an_act_lasts_an_hour_and_never_longer_than_the_consent(
    owner: Membership, helper: Membership, letters: Letters
) -> None:
    grant(owner, helper.account, hours=1)

    act = start(helper, owner, at=AT + timedelta(minutes=45))

    assert act.expires_at == AT + timedelta(minutes=60)


def test_consent_that_has_run_out_lets_nobody_in(owner: Membership, helper: Membership) -> None:
    grant(owner, helper.account, hours=1)

    with pytest.raises(NoConsent):
        start(helper, owner, at=AT + timedelta(hours=1))


def test_a_reason_is_needed(owner: Membership, helper: Membership) -> None:
    grant(owner, helper.account)
    with pytest.raises(MissingReason):
        start(helper, owner, reason="   ")


@pytest.mark.parametrize("hours", [0, 169])
def test_consent_is_for_an_hour_to_a_week(owner: Membership, helper: Membership, hours: int) -> None:
    with pytest.raises(BadHours):
        grant(owner, helper.account, hours=hours)


def test_withdrawing_ends_who_is_acting_at_once(owner: Membership, helper: Membership, letters: Letters) -> None:
    consent = grant(owner, helper.account)
    act = start(helper, owner)

    withdraw_support_access(account_id=owner.account_id, consent_id=consent.id, by=as_actor(owner), at=AT)

    act.refresh_from_db()
    assert act.ended_at == AT
    with pytest.raises(NoConsent):
        start(helper, owner)


def test_one_acts_for_one_customer_at_a_time_and_never_from_within(
    owner: Membership, helper: Membership, provider: Account, letters: Letters
) -> None:
    other = make_member(make_subscriber(provider, "Other"), "wang@example.com")
    grant(owner, helper.account)
    grant(other, helper.account)
    act = start(helper, owner)

    with pytest.raises(AlreadyActing):
        start(helper, other)
    with pytest.raises(AlreadyActing):
        start_acting(account_id=other.account_id, reason="x", by=as_actor(helper, impersonation_id=act.id), at=AT)
    end_acting(impersonation_id=act.id, by=as_actor(helper), at=AT)
    assert start(helper, other)


def test_an_act_that_ran_out_does_not_stand_in_the_way(owner: Membership, helper: Membership, letters: Letters) -> None:
    grant(owner, helper.account)
    first = start(helper, owner)

    assert start(helper, owner, at=AT + timedelta(hours=2))
    first.refresh_from_db()
    assert first.ended_at == first.expires_at


def test_a_reseller_serves_its_own_customers_only(provider: Account, letters: Letters) -> None:
    reseller = make_reseller(provider)
    clerk = make_member(reseller, "chen@example.com", portal=Portal.RESELLER)
    own = make_member(make_subscriber(reseller), "li@example.com")
    other = make_member(make_subscriber(provider, "Other"), "wang@example.com")
    grant(own, reseller)

    assert start(clerk, own)
    with pytest.raises(NotFound):
        start(clerk, other)
    with pytest.raises(NotFound):
        grant(other, reseller)


def test_nobody_acts_for_the_provider(provider: Account, helper: Membership) -> None:
    with pytest.raises(NotFound):
        start_acting(account_id=provider.id, reason="x", by=as_actor(helper), at=AT)


def test_asking_tells_the_owner_who_why_and_for_how_long(
    owner: Membership, helper: Membership, letters: Letters
) -> None:
    request_support_access(account_id=owner.account_id, reason="Mend it", hours=4, by=as_actor(helper), at=AT)

    params = letters.the("support_access_request")["params"]
    assert (params["staff_name"], params["reason"], params["hours"]) == ("Tomas", "Mend it", 4)
    with pytest.raises(RequestOpen):
        request_support_access(account_id=owner.account_id, reason="Again", hours=4, by=as_actor(helper), at=AT)


def test_a_declined_request_can_be_made_again(owner: Membership, helper: Membership, letters: Letters) -> None:
    asked = request_support_access(account_id=owner.account_id, reason="x", hours=4, by=as_actor(helper), at=AT)
    decline_support_access(account_id=owner.account_id, request_id=asked.id, by=as_actor(owner), at=AT)

    assert request_support_access(account_id=owner.account_id, reason="y", hours=4, by=as_actor(helper), at=AT)


def test_while_acting_nobody_makes_keys_or_gives_consent(
    owner: Membership, helper: Membership, letters: Letters
) -> None:
    grant(owner, helper.account)
    act = start(helper, owner)
    acting = as_actor(owner, user_id=helper.user_id, impersonation_id=act.id)

    with pytest.raises(WithheldWhileActing):
        create_api_key(
            account_id=owner.account_id, portal="subscriber", name="x", scopes=["jobs:read"], is_test=False,
            expires_at=None, by=acting, at=AT,
        )  # fmt: skip
    with pytest.raises(WithheldWhileActing):
        grant_support_access(
            account_id=owner.account_id, granted_to_id=helper.account_id, hours=1, language="en", by=acting, at=AT
        )


# --- Through the pages ---


@pytest.fixture
def acting(client: Client, owner: Membership, helper: Membership, letters: Letters) -> Client:
    grant(owner, helper.account, at=clock.now())
    sign_in(client, helper)
    client.post(f"/act-for/{owner.account_id}/", {"reason": "Mend the import"})
    return client


def test_the_banner_says_for_whom_why_and_how_long_and_ends_it(acting: Client, owner: Membership) -> None:
    page = acting.get("/team/").content.decode()
    assert "You act for" in page
    assert "Mend the import" in page
    assert "60 minutes left" in page or "59 minutes left" in page

    acting.post("/act-for/end/")

    assert "You act for" not in acting.get("/team/").content.decode()
    assert Impersonation.objects.get().ended_at


@pytest.mark.parametrize("path", ["/settings/api-keys/", "/settings/support-access/", "/team/hand-over/"])
def test_secrets_consent_and_the_account_itself_are_out_of_reach(acting: Client, path: str) -> None:
    assert acting.get(path).status_code == 403


def test_ones_own_settings_are_not_mixed_up_with_the_customers(acting: Client) -> None:
    assert acting.get("/settings/")["Location"] == "/settings/account/"


def test_what_is_done_while_acting_has_both_names(acting: Client, owner: Membership, helper: Membership) -> None:
    acting.post("/settings/account/", {
        "name": "Lotus", "time_zone": "Asia/Taipei", "language": "en", "currency": "TWD",
    })  # fmt: skip

    row = AuditRow.objects.get(verb="account.settings_changed")
    assert (row.user_id, row.account_id, row.home_account_id) == (helper.user_id, owner.account_id, helper.account_id)
    assert row.impersonation_id


def test_withdrawn_consent_is_felt_with_the_next_request(acting: Client, owner: Membership) -> None:
    consent = Consent.objects.get(kind="support_access")
    withdraw_support_access(account_id=owner.account_id, consent_id=consent.id, by=as_actor(owner), at=clock.now())

    page = acting.get("/team/").content.decode()

    assert "You act for" not in page
    assert "You no longer act for the customer" in page


def test_time_that_ran_out_is_felt_with_the_next_request(acting: Client) -> None:
    Impersonation.objects.update(started_at=AT, expires_at=AT + timedelta(minutes=60))

    assert "You act for" not in acting.get("/team/").content.decode()
    assert Impersonation.objects.get().ended_at == AT + timedelta(minutes=60)


def test_whoever_no_longer_works_here_no_longer_acts(acting: Client, helper: Membership) -> None:
    Membership.objects.filter(id=helper.id).update(status="removed", removed_at=AT)

    assert acting.get("/settings/account/").status_code in (302, 403)


def test_the_owner_reads_who_acted_and_why(acting: Client, owner: Membership) -> None:
    page = sign_in(Client(), owner).get("/settings/support-access/").content.decode()

    assert "Tomas" in page
    assert "Mend the import" in page
