"""The audit holds every act, never a secret, and never changes."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, connections, transaction

from provider.kernel import audit
from provider.kernel.actor import SYSTEM, Actor
from provider.kernel.ids import new_id
from provider.kernel.models import AuditRow

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def _record(**facts: object) -> AuditRow:
    given = {"by": SYSTEM, "verb": "rename", "subject_kind": "account", "subject_id": new_id(), "account_id": new_id()}
    return audit.record(**given | {"at": AT} | facts)


@pytest.mark.django_db
def test_an_act_for_a_customer_keeps_both_identities_and_the_reason() -> None:
    staff, home, account, authority = new_id(), new_id(), new_id(), new_id()
    by = Actor(
        kind="person",
        user_id=staff,
        account_id=account,
        portal="provider",
        role="support",
        impersonation_id=authority,
        home_account_id=home,
        address="203.0.113.9",
        request_id="r-1",
    )

    row = _record(by=by, account_id=account, reason="Asked for on the phone")

    row.refresh_from_db()
    assert (row.user_id, row.account_id, row.home_account_id) == (staff, account, home)
    assert (row.impersonation_id, row.reason) == (authority, "Asked for on the phone")
    assert (row.address, row.request_id, row.role) == ("203.0.113.9", "r-1", "support")


@pytest.mark.django_db
def test_only_what_changed_is_kept() -> None:
    row = _record(
        before={"name": "Old", "limit": Decimal("1.50"), "zone": "UTC"},
        after={"name": "New", "limit": Decimal("1.50"), "note": "x"},
    )

    row.refresh_from_db()
    assert row.before == {"name": "Old", "zone": "UTC"}
    assert row.after == {"name": "New", "note": "x"}


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["password", "new_password", "secret", "token", "code", "Access-Token", "sms_code"])
def test_a_key_that_names_a_secret_is_refused_however_deep(name: str) -> None:
    for facts in ({name: "x"}, {"outer": {name: "x"}}, {"list": [{name: "x"}]}):
        with pytest.raises(audit.SecretInAudit):
            _record(after=facts)
    assert not AuditRow.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["region_code", "token_id", "password_at", "country_code", "secret_version"])
def test_names_that_only_sound_like_secrets_are_kept(name: str) -> None:
    assert _record(after={name: "x"}).after == {name: "x"}


@pytest.mark.django_db
def test_a_person_without_a_name_cannot_act() -> None:
    with pytest.raises(IntegrityError, match="audit_names_who"):
        _record(by=Actor(kind="person"))


@pytest.mark.django_db
def test_acting_for_a_customer_without_a_home_is_refused() -> None:
    with pytest.raises(IntegrityError, match="audit_names_on_whose_authority"):
        _record(by=Actor(kind="person", user_id=new_id(), impersonation_id=new_id()))


@pytest.mark.django_db
def test_history_is_not_rewritten_through_the_orm() -> None:
    row = _record()
    with pytest.raises(IntegrityError, match="audit_is_append_only"), transaction.atomic():
        AuditRow.objects.filter(pk=row.pk).update(reason="another")
    with pytest.raises(IntegrityError, match="audit_is_append_only"), transaction.atomic():
        row.delete()
    row.reason = "another"
    with pytest.raises(IntegrityError, match="audit_is_append_only"), transaction.atomic():
        row.save()


ATTACKS = ["update kernel_audit set reason = 'another'", "delete from kernel_audit", "truncate kernel_audit"]


@pytest.mark.django_db
@pytest.mark.parametrize("attack", ATTACKS[:2])
def test_history_is_not_rewritten_in_sql_by_the_application(attack: str) -> None:
    _record()
    with pytest.raises(IntegrityError, match="audit_is_append_only"), connection.cursor() as cursor:
        cursor.execute(attack)


@pytest.mark.django_db(databases=["default", "owner"], transaction=True)
@pytest.mark.parametrize("attack", ATTACKS)
def test_history_is_not_rewritten_in_sql_by_the_owner_of_the_table(attack: str) -> None:
    _record()
    with pytest.raises(IntegrityError, match="audit_is_append_only"), connections["owner"].cursor() as cursor:
        cursor.execute(attack)
    assert AuditRow.objects.count() == 1
