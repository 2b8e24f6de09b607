"""People come by invitation, have roles, and go; an owner always remains."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction

from provider.accounts.errors import (
    AlreadyInvited,
    AlreadyMember,
    InvitationExpired,
    InvitationForAnother,
    InvitationUsed,
    LastOwner,
    NotYourself,
    OnlyOwners,
)
from provider.accounts.errors import InvitationRevoked as NoLongerValid
from provider.accounts.models import Account, Invitation, Membership, MembershipStatus, Role, User
from provider.accounts.operations import team
from provider.accounts.rules.phones import Contact
from provider.kernel.errors import NotFound, Refusal, StaleState
from provider.kernel.models import AuditRow
from tests.accounts.conftest import Letters
from tests.accounts.people import AT, as_actor, make_member, make_provider, make_subscriber, make_user

pytestmark = pytest.mark.django_db


def invite(owner: Membership, email: str = "wang@example.com", role: str = Role.MEMBER) -> Invitation:
    return team.invite_member(
        account_id=owner.account_id, portal="subscriber", role=role, contact=Contact(email=email),
        language="zh-hans", by=as_actor(owner), at=AT,
    )  # fmt: skip


def token_in(letters: Letters) -> str:
    return letters.link().removeprefix("invitations/").rstrip("/")


@pytest.fixture
def owner(provider: Account) -> Membership:
    return make_member(make_subscriber(provider), "li@example.com")


def test_an_invited_person_joins_once_and_both_sides_are_on_record(owner: Membership, letters: Letters) -> None:
    invitation = invite(owner)
    wang = make_user("wang@example.com", name="Wang Fang")

    joined = team.accept_invitation(token=token_in(letters), user=wang, by=as_actor(owner), at=AT)

    assert (joined.role, joined.account_id) == (Role.MEMBER, owner.account_id)
    invitation.refresh_from_db()
    assert (invitation.status, invitation.accepted_by_id) == ("accepted", wang.id)
    assert letters.the("member_joined")["to_email"] == "li@example.com"
    verbs = set(AuditRow.objects.filter(account_id=owner.account_id).values_list("verb", flat=True))
    assert {"member.invited", "member.joined"} <= verbs


def test_the_link_is_kept_only_as_a_hash(owner: Membership, letters: Letters) -> None:
    invitation = invite(owner)

    assert bytes(invitation.token_hash) == hashlib.sha256(token_in(letters).encode()).digest()
    assert letters.the("invitation")["params"].keys() == {"account_name", "inviter_name", "role", "expires_at"}


def test_a_used_link_opens_nothing(owner: Membership, letters: Letters) -> None:
    invite(owner)
    wang = make_user("wang@example.com")
    team.accept_invitation(token=token_in(letters), user=wang, by=as_actor(owner), at=AT)

    with pytest.raises(InvitationUsed):
        team.accept_invitation(token=token_in(letters), user=wang, by=as_actor(owner), at=AT)


def test_a_revoked_link_opens_nothing(owner: Membership, letters: Letters) -> None:
    invitation = invite(owner)
    team.revoke_invitation(account_id=owner.account_id, invitation_id=invitation.id, by=as_actor(owner), at=AT)

    with pytest.raises(NoLongerValid):
        team.accept_invitation(token=token_in(letters), user=make_user("wang@example.com"), by=as_actor(owner), at=AT)


def test_a_link_is_good_until_the_instant_it_expires(owner: Membership, letters: Letters) -> None:
    invitation = invite(owner)
    wang = make_user("wang@example.com")

    with pytest.raises(InvitationExpired):
        team.accept_invitation(token=token_in(letters), user=wang, by=as_actor(owner), at=invitation.expires_at)
    just_before = invitation.expires_at - timedelta(microseconds=1)
    assert team.accept_invitation(token=token_in(letters), user=wang, by=as_actor(owner), at=just_before)


def test_another_address_cannot_take_the_place(owner: Membership, letters: Letters) -> None:
    invite(owner)

    with pytest.raises(InvitationForAnother):
        team.accept_invitation(token=token_in(letters), user=make_user("eve@example.com"), by=as_actor(owner), at=AT)
    assert Membership.objects.filter(account_id=owner.account_id).count() == 1


def test_a_link_that_never_was_is_not_found(owner: Membership) -> None:
    with pytest.raises(NotFound):
        team.accept_invitation(token="guess", user=owner.user, by=as_actor(owner), at=AT)


def test_sending_again_makes_the_old_link_worthless(owner: Membership, letters: Letters) -> None:
    invitation = invite(owner)
    old = token_in(letters)
    letters.clear()
    team.resend_invitation(
        account_id=owner.account_id, invitation_id=invitation.id, by=as_actor(owner), at=AT + timedelta(days=30)
    )
    wang = make_user("wang@example.com")

    with pytest.raises(NotFound):
        team.accept_invitation(token=old, user=wang, by=as_actor(owner), at=AT + timedelta(days=31))
    assert team.accept_invitation(token=token_in(letters), user=wang, by=as_actor(owner), at=AT + timedelta(days=31))


def test_the_same_address_is_invited_once_at_a_time(owner: Membership, letters: Letters) -> None:
    invite(owner)

    with pytest.raises(AlreadyInvited) as refusal:
        invite(owner)
    assert refusal.value.field == "contact"


def test_a_member_is_not_invited_again(owner: Membership, letters: Letters) -> None:
    with pytest.raises(AlreadyMember):
        invite(owner, email="LI@example.com".lower())


def test_somebody_new_joins_with_a_proved_address_and_what_they_agreed_to(owner: Membership, letters: Letters) -> None:
    invite(owner)

    joined = team.accept_invitation_as_new_user(
        token=token_in(letters), name="Wang Fang", password_hash="!", address="192.0.2.9", at=AT
    )

    user = joined.user
    assert (user.email, user.language) == ("wang@example.com", "zh-hans")
    assert user.emailaddress_set.get().verified
    assert {(row.kind, row.address) for row in user.consents.all()} == {
        ("terms", "192.0.2.9"), ("privacy", "192.0.2.9"),
    }  # fmt: skip


def test_a_manager_invites_but_never_an_owner(owner: Membership, letters: Letters) -> None:
    manager = make_member(owner.account, "mei@example.com", role=Role.MANAGER)

    invite(manager)
    with pytest.raises(OnlyOwners):
        invite(manager, email="zhao@example.com", role=Role.OWNER)


def test_a_role_changes_with_before_and_after_on_record(owner: Membership, letters: Letters) -> None:
    wang = make_member(owner.account, "wang@example.com", role=Role.MEMBER)

    team.change_role(account_id=owner.account_id, membership_id=wang.id, role=Role.MANAGER, by=as_actor(owner), at=AT)

    row = AuditRow.objects.get(verb="member.role_changed")
    assert (row.before, row.after) == ({"role": "member"}, {"role": "manager"})
    assert letters.the("role_changed")["to_email"] == "wang@example.com"


def test_nobody_changes_their_own_role(owner: Membership) -> None:
    make_member(owner.account, "wang@example.com")
    with pytest.raises(NotYourself):
        team.change_role(
            account_id=owner.account_id, membership_id=owner.id, role=Role.MEMBER, by=as_actor(owner), at=AT
        )


def test_the_last_owner_cannot_go(owner: Membership) -> None:
    with pytest.raises(LastOwner):
        team.remove_member(account_id=owner.account_id, membership_id=owner.id, by=as_actor(owner), at=AT)


def test_a_member_of_another_account_is_not_there(owner: Membership, provider: Account) -> None:
    stranger = make_member(make_subscriber(provider, "Other"), "eve@example.com")

    with pytest.raises(NotFound):
        team.remove_member(account_id=owner.account_id, membership_id=stranger.id, by=as_actor(owner), at=AT)


def test_a_removed_member_can_come_back_by_a_new_invitation(owner: Membership, letters: Letters) -> None:
    wang = make_member(owner.account, "wang@example.com", role=Role.MEMBER)
    team.remove_member(account_id=owner.account_id, membership_id=wang.id, by=as_actor(owner), at=AT)
    invite(owner)

    back = team.accept_invitation(token=token_in(letters), user=wang.user, by=as_actor(owner), at=AT)

    assert back.id != wang.id
    assert Membership.objects.filter(account=owner.account, user=wang.user).count() == 2


# --- Two at once ---


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run the acts in threads of their own connections; what each returned or raised."""
    outcomes: list[Any] = [None] * len(acts)
    start = threading.Barrier(len(acts))

    def run(index: int, act: Callable[[], Any]) -> None:
        try:
            start.wait(10)
            outcomes[index] = act()
        except Exception as trouble:
            outcomes[index] = trouble
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return outcomes


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
class TestRaces:
    @pytest.fixture
    def pair(self, letters: Letters) -> tuple[Membership, User, str]:
        owner = make_member(make_subscriber(make_provider()), "li@example.com")
        invite(owner)
        return owner, make_user("wang@example.com"), token_in(letters)

    def accept(self, pair: tuple[Membership, User, str]) -> Callable[[], Membership]:
        owner, user, token = pair
        return lambda: team.accept_invitation(token=token, user=user, by=as_actor(owner), at=AT)

    def test_an_invitation_taken_twice_at_once_gives_one_membership(self, pair: tuple[Membership, User, str]) -> None:
        outcomes = at_once(*[self.accept(pair)] * 2)

        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["InvitationUsed", "Membership"]
        assert Membership.objects.filter(user=pair[1]).count() == 1

    def test_with_the_lock_off_both_pass_the_check_and_the_second_wall_holds(
        self, pair: tuple[Membership, User, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        both_read = threading.Barrier(2)

        def unlocked(token_hash: bytes) -> Invitation:
            invitation = Invitation.objects.get(token_hash=token_hash)
            both_read.wait(10)
            return invitation

        monkeypatch.setattr(team, "lock_invitation", unlocked)
        outcomes = at_once(*[self.accept(pair)] * 2)

        assert not any(isinstance(outcome, InvitationUsed) for outcome in outcomes)  # both passed the check
        assert sum(isinstance(outcome, StaleState | AlreadyMember) for outcome in outcomes) == 1
        assert Membership.objects.filter(user=pair[1]).count() == 1

    def two_owners(self) -> tuple[Membership, Membership]:
        account = make_subscriber(make_provider())
        return make_member(account, "li@example.com"), make_member(account, "wang@example.com")

    def remove_each_other(self, first: Membership, second: Membership) -> list[Any]:
        def remove(by: Membership, other: Membership) -> Callable[[], Membership]:
            return lambda: team.remove_member(account_id=by.account_id, membership_id=other.id, by=as_actor(by), at=AT)

        return at_once(remove(first, second), remove(second, first))

    def owners(self, account: Account) -> int:
        return Membership.objects.filter(account=account, role=Role.OWNER, status=MembershipStatus.ACTIVE).count()

    def test_two_owners_who_remove_each_other_leave_one(self, letters: Letters) -> None:
        first, second = self.two_owners()

        outcomes = self.remove_each_other(first, second)

        assert sum(isinstance(outcome, Refusal) for outcome in outcomes) == 1
        assert self.owners(first.account) == 1

    def test_without_the_lock_none_would_be_left(self, letters: Letters, monkeypatch: pytest.MonkeyPatch) -> None:
        first, second = self.two_owners()
        both_counted = threading.Barrier(2)
        real_check = team.check_owner_remains

        def counted(**facts: Any) -> None:
            both_counted.wait(10)
            real_check(**facts)

        monkeypatch.setattr(team, "lock_account", lambda account_id: Account.objects.get(id=account_id))
        monkeypatch.setattr(team, "check_owner_remains", counted)
        self.remove_each_other(first, second)

        assert self.owners(first.account) == 0  # what the lock is for


def test_the_database_itself_refuses_a_second_active_membership(owner: Membership) -> None:
    from django.db import IntegrityError

    with pytest.raises(IntegrityError, match="membership_once"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "insert into accounts_membership (id, account_id, user_id, portal, role, status, joined_at) "
            "select gen_random_uuid(), account_id, user_id, portal, role, status, joined_at "
            "from accounts_membership where id = %s",
            [owner.id],
        )
