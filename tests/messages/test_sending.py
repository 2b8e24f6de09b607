"""A message is said once, to whom it should, and leaves nothing secret behind."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from provider.accounts.models import Account, User
from provider.accounts.operations.users import correct_email
from provider.kernel import post
from provider.kernel.actor import Actor
from provider.kernel.clock import now
from provider.kernel.models import AuditRow
from provider.messages import errors
from provider.messages.flows.delivery import deliver
from provider.messages.models import Delivery, Message, Suppression
from provider.messages.operations import deliveries, messages, preferences, suppressions
from provider.messages.queries import messages_visible_to
from provider.messages.rules.attempts import LEASE, Answer
from provider.messages.rules.catalogue import WrongParams
from provider.messages.rules.letters import GatewayAnswer
from provider.messages.tasks import sweep

from .conftest import NOW, make_account, make_user

CODE = {"key": "sign_in_code", "params": {"minutes": 10}, "secret_params": {"code": "482913"}, "at": NOW}
SOON = NOW + timedelta(seconds=1)


@pytest.fixture
def staff(db: None) -> Actor:
    """Somebody at the provider who may send again."""
    colleague = make_user(email="ada@p.example", name="Ada")
    return Actor(kind="person", user_id=colleague.id, permissions=frozenset({"messages.resend"}))


def _welcome(user: User, **changes: Any) -> Message:
    return messages.send(
        **{"key": "welcome", "user": user, "params": {"name": "Lan", "link": "/"}, "at": NOW} | changes
    )


def _only(message: Message, channel: str = "email") -> Delivery:
    return message.deliveries.get(channel=channel)


# --- Once, after commit ---


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_is_never_said(mailbox: Any) -> None:
    with transaction.atomic():
        messages.send(to_email="lan@tea.example", **CODE)
        transaction.set_rollback(True)

    assert mailbox() == []
    assert Message.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_what_is_committed_is_said_once_though_the_task_runs_again(mailbox: Any) -> None:
    with transaction.atomic():
        message = messages.send(to_email="lan@tea.example", **CODE | {"at": now()})
        assert mailbox() == []  # not before commit
    delivery = _only(message)

    deliver(delivery_id=delivery.id, at=now())
    deliver(delivery_id=delivery.id, at=now())

    assert [copy.codes for copy in mailbox()] == [["482913"]]
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts_count) == ("sent", 1)


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_died_in_the_middle_is_replaced_after_its_lease(mailbox: Any, user: User) -> None:
    message = _welcome(user, channels=["email"], at=now() - timedelta(hours=1))  # the task has sent it at commit
    delivery = _only(message)
    Delivery.objects.filter(id=delivery.id).update(status="queued", settled_at=None, sent_at=None, next_attempt_at=NOW)
    attempt = deliveries.begin_attempt(delivery_id=delivery.id, sms=None, at=NOW)
    assert attempt is not None

    deliver(delivery_id=delivery.id, at=NOW + timedelta(seconds=1))
    assert len(mailbox()) == 1  # leased: nobody else calls the gateway
    deliver(delivery_id=delivery.id, at=NOW + LEASE)

    first, second = mailbox()
    assert first.headers["Message-ID"] == second.headers["Message-ID"]  # the reader's server can drop the second


@pytest.mark.django_db(transaction=True)
def test_the_sweeper_finds_what_the_queue_forgot(mailbox: Any, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("provider.messages.operations.queue._ask_worker", lambda _delivery_id: None)
    _welcome(user, channels=["email"])
    assert mailbox() == []

    sweep()

    assert len(mailbox()) == 1


def test_the_same_idempotency_returns_the_message_that_is_there(user: User) -> None:
    first = _welcome(user, idempotency="event-7")
    second = _welcome(user, idempotency="event-7")

    assert first.id == second.id
    assert Delivery.objects.count() == 2


def test_an_answer_that_comes_after_the_receipt_changes_nothing(user: User) -> None:
    delivery = _only(_welcome(user))
    attempt = deliveries.begin_attempt(delivery_id=delivery.id, sms=None, at=NOW)
    assert attempt is not None
    deliveries.take_receipt(delivery_id=delivery.id, reported="delivered", at=SOON)

    said = deliveries.finish_attempt(
        delivery=attempt, answer=GatewayAnswer(answer=Answer.AGAIN, error="no_answer"), sms=None, at=SOON
    )

    assert said is None
    delivery.refresh_from_db()
    assert delivery.status == "delivered"


# --- To whom ---


def test_the_named_address_wins_and_the_language_is_the_readers(account: Account) -> None:
    user = make_user(account=account, language="zh-hant")

    message = messages.send(user=user, account=account, to_email="Other@Tea.example", **CODE)

    assert [delivery.address for delivery in message.deliveries.all()] == ["other@tea.example"]
    assert message.language == "zh-hant"
    assert message.brand["name"] == "Perennial"


def test_sms_stands_in_only_where_there_is_no_mail_address(account: Account) -> None:
    both = make_user(email="both@tea.example", phone="+8613900000001")
    phone_only = make_user(email=None, phone="+8613900000002")

    assert [d.channel for d in messages.send(user=both, **CODE).deliveries.all()] == ["email"]
    assert [d.channel for d in messages.send(user=phone_only, **CODE).deliveries.all()] == ["sms"]


def test_a_notice_is_there_at_once_and_counts_until_it_is_read(user: User) -> None:
    message = _welcome(user)

    assert _only(message, "notice").status == "delivered"
    assert _only(message, "email").status == "queued"


def test_nobody_to_tell_is_refused(db: None) -> None:
    with pytest.raises(errors.NobodyToTell):
        messages.send(**CODE)


@pytest.mark.parametrize(
    "address", ["lan@tea.example\nBcc: all@tea.example", "lan", "lan@tea.example, wei@tea.example", '"a\r\n"@x.example']
)
def test_an_address_that_could_not_stand_in_a_header_is_refused(db: None, address: str) -> None:
    with pytest.raises(errors.BadAddress):
        messages.send(to_email=address, **CODE)

    assert Message.objects.count() == 0


@pytest.mark.parametrize("link", ["javascript:alert(1)", "//evil.example", "data:text/html,x", "ftp://x.example"])
def test_a_link_leads_to_us_or_to_a_web_page(user: User, link: str) -> None:
    with pytest.raises(WrongParams):
        _welcome(user, params={"name": "Lan", "link": link})


def test_a_missing_parameter_is_found_before_anything_is_written(db: None) -> None:
    with pytest.raises(WrongParams):
        messages.send(key="sign_in_code", to_email="lan@tea.example", params={"minutes": 10}, at=NOW)

    assert Message.objects.count() == 0


def test_letters_of_lower_storeys_are_carried(user: User, account: Account) -> None:
    post.send(
        key="password_changed", to_email=user.email, user_id=user.id, account_id=account.id, language="en",
        params={"device": "Firefox", "address": "203.0.113.7", "happened_at": NOW}, at=NOW,
    )  # fmt: skip

    message = Message.objects.get()
    assert (message.key, message.account, message.user) == ("password_changed", account, user)
    assert {delivery.channel for delivery in message.deliveries.all()} == {"email", "notice"}


# --- Secrets ---


def _all_bytes_at_rest() -> bytes:
    """Every row of every table, as text."""
    found = b""
    with connection.cursor() as cursor:
        cursor.execute("select tablename from pg_tables where schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'select t::text from "{table}" t')
            found += b"\n".join(row[0].encode() for row in cursor.fetchall())
    return found


@pytest.mark.django_db(transaction=True)
def test_a_secret_lies_sealed_until_delivered_and_nowhere_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("provider.messages.operations.queue._ask_worker", lambda _delivery_id: None)
    secret = "7391046258"
    message = messages.send(to_email="lan@tea.example", **CODE | {"secret_params": {"code": secret}})
    assert bytes(Message.objects.get().secret or b"") != b""
    assert secret.encode() not in _all_bytes_at_rest()
    assert secret.encode().hex().encode() not in _all_bytes_at_rest()

    deliver(delivery_id=_only(message).id, at=SOON)

    row = Message.objects.get()
    assert row.secret is None
    assert row.settled_at == SOON
    assert secret.encode() not in _all_bytes_at_rest()


def test_a_code_that_could_not_leave_in_time_is_dropped_and_wiped(db: None, mailbox: Any) -> None:
    message = messages.send(to_email="lan@tea.example", **CODE)

    deliver(delivery_id=_only(message).id, at=NOW + timedelta(minutes=10))

    delivery = _only(message)
    assert (delivery.status, delivery.error) == ("failed", "expired")
    assert Message.objects.get().secret is None
    assert mailbox() == []


def test_the_sweeper_wipes_what_nobody_tried(db: None) -> None:
    message = messages.send(to_email="lan@tea.example", **CODE)

    past = now() - timedelta(minutes=11)
    Message.objects.filter(id=message.id).update(expires_at=past)

    sweep()

    assert Message.objects.get().secret is None
    assert (_only(message).status, _only(message).error) == ("failed", "expired")


# --- What the reader wants ---


def test_what_was_switched_off_is_suppressed_and_visible(user: User) -> None:
    preferences.choose(user_id=user.id, choices={("tips", "email"): False, ("tips", "notice"): True}, at=NOW)

    message = _welcome(user)

    assert (_only(message).status, _only(message).error) == ("suppressed", "switched_off")
    assert _only(message, "notice").status == "delivered"


def test_security_and_billing_cannot_be_switched_off(user: User) -> None:
    with pytest.raises(errors.CannotSwitchOff):
        preferences.choose(user_id=user.id, choices={("tips", "email"): False, ("security", "email"): False}, at=NOW)

    assert _only(_welcome(user)).status == "queued"  # and nothing of the rest was changed


@pytest.mark.django_db(transaction=True)
def test_a_bounce_suppresses_the_address_and_the_next_message_says_so(account: Account) -> None:
    user = make_user(account=account, email="gone@bounced.example")
    first = _welcome(user, channels=["email"], at=now())  # sent at commit; the server says that nobody lives there
    assert _only(first).status == "bounced"

    second = messages.send(user=user, **CODE | {"at": now()})

    assert (_only(second).status, _only(second).error) == ("suppressed", "bounce")
    assert Message.objects.get(id=second.id).secret is None
    assert Suppression.objects.get().delivery == _only(first)


def test_a_complaint_stops_tips_but_not_codes(user: User) -> None:
    suppressions.suppress(channel="email", address="lan@tea.example", reason="complaint", at=NOW)

    assert _only(_welcome(user)).status == "suppressed"
    assert _only(messages.send(user=user, **CODE)).status == "queued"


# --- Again ---


def _sent(message: Message) -> Delivery:
    delivery = _only(message)
    deliveries.take_receipt(delivery_id=delivery.id, reported="sent", at=NOW)
    return _only(message)


def test_resending_makes_a_new_delivery_with_its_reason(user: User, account: Account, staff: Actor) -> None:
    message = _welcome(user, account=account)

    copy = messages.resend(delivery=_sent(message), reason="Customer called", by=staff, at=SOON)

    assert (copy.status, copy.address) == ("queued", "lan@tea.example")
    row = AuditRow.objects.get(verb="messages.resent")
    assert (row.reason, row.account_id) == ("Customer called", account.id)


def test_it_goes_to_the_address_that_was_put_right_since(user: User, staff: Actor) -> None:
    delivery = _sent(_welcome(user))
    correct_email(user_id=user.id, email="Lan@Harbour.example", reason="Mistyped", by=staff, at=NOW)

    copy = messages.resend(delivery=_only(delivery.message), reason="Never came", by=staff, at=SOON)

    assert copy.address == "lan@harbour.example"


def test_what_was_told_to_an_old_address_on_purpose_stays_there(user: User, staff: Actor) -> None:
    told = messages.send(
        key="email_corrected_notice", user=user, to_email="lan@tea.example", at=NOW,
        params={"new_email": "lan@harbour.example", "reason": "Mistyped"},
    )  # fmt: skip
    _sent(told)
    correct_email(user_id=user.id, email="lan@harbour.example", reason="Mistyped", by=staff, at=NOW)

    copy = messages.resend(delivery=_only(told), reason="Never came", by=staff, at=SOON)

    assert copy.address == "lan@tea.example"


def test_codes_are_not_sent_again(user: User, staff: Actor) -> None:
    delivery = _sent(messages.send(user=user, **CODE))

    with pytest.raises(errors.CannotResend):
        messages.resend(delivery=delivery, reason="Please", by=staff, at=SOON)


def test_what_is_on_its_way_is_not_sent_again(user: User, staff: Actor) -> None:
    with pytest.raises(errors.StillOnItsWay):
        messages.resend(delivery=_only(_welcome(user)), reason="Please", by=staff, at=SOON)


def test_a_reason_is_needed(user: User, staff: Actor) -> None:
    with pytest.raises(errors.ReasonMissing):
        messages.resend(delivery=_sent(_welcome(user)), reason="  ", by=staff, at=SOON)


def test_a_suppressed_address_is_taken_up_again_before_resending(user: User, staff: Actor) -> None:
    delivery = _sent(_welcome(user))
    deliveries.take_receipt(delivery_id=delivery.id, reported="bounced", at=NOW)

    with pytest.raises(errors.AddressSuppressed):
        messages.resend(delivery=delivery, reason="Mailbox was full", by=staff, at=SOON)
    suppressions.lift(channel="email", address=delivery.address, reason="Mailbox was full", by=staff, at=SOON)

    assert messages.resend(delivery=delivery, reason="Mailbox was full", by=staff, at=SOON).status == "queued"


def test_resending_ends_somewhere(user: User, staff: Actor) -> None:
    delivery = _sent(_welcome(user))
    for _ in range(messages.RESENDS_MAX):
        copy = messages.resend(delivery=delivery, reason="Again", by=staff, at=SOON)
        deliveries.take_receipt(delivery_id=copy.id, reported="sent", at=SOON)

    with pytest.raises(errors.ResentTooOften):
        messages.resend(delivery=delivery, reason="Again", by=staff, at=SOON)


def test_who_sees_what(user: User, account: Account) -> None:
    colleague = make_user(account=account, email="ming@tea.example", role="manager")
    other = make_account(name="Moss", email="office@moss.example")
    tip = _welcome(user, account=account)
    code = messages.send(user=user, account=account, **CODE)
    messages.send(account=other, to_email="x@moss.example", **CODE)

    def seen(**facts: Any) -> set[Any]:
        actor = Actor(kind="person", **facts)
        return set(messages_visible_to(actor).values_list("id", flat=True))

    assert seen(user_id=user.id, account_id=account.id, portal="subscriber") == {tip.id, code.id}
    assert seen(user_id=colleague.id, account_id=account.id, portal="subscriber") == {tip.id}
    assert len(seen(user_id=colleague.id, account_id=account.id, portal="provider")) == 3
