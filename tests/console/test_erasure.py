"""An account is erased on its owner's request: by two people, after a waiting time, and in no other way."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.urls import reverse

from crm_tenant.models import Workspace
from invoices.operations.balances import grant_points, top_up
from invoices.operations.coupons import apply_coupon
from invoices.operations.extras import NewLine, add_line
from invoices.operations.points import exchange_points
from invoices.operations.subscriptions import NewSubscription, start_subscription
from invoices.queries.accounts import to_settle
from plans.models import Subscription, UsageEvent
from plans.operations.usage import NewEvent, record_usage
from prepaid_cards.rules.codes import draw, grouped
from provider.accounts import errors
from provider.accounts.models import Account, Erasure, Membership, User
from provider.accounts.operations.accounts import AccountDetails, change_account_settings
from provider.accounts.operations.erasure import (
    approve_erasure,
    ask_erasure,
    begin_erasure,
    decline_erasure,
    open_erasure,
    withdraw_erasure,
)
from provider.accounts.rules.erasure import digest_of
from provider.console.operations.erasure import KEPT_FILES, forget_sent_certificates, start_due_erasures
from provider.kernel import jobs, laws, post
from provider.kernel.actor import Actor
from provider.kernel.errors import ForbiddenMove, NotFound
from provider.kernel.ids import new_id
from provider.kernel.models import AuditRow, StoredFile
from provider.kernel.money import Money
from provider.kernel.tenancy import inside
from provider.messages.models import Delivery, Suppression
from provider.messages.operations.suppressions import suppress
from tests.crm_tenant.factories import make_crm_objects
from tests.factories import AT, make_account, make_file, make_member, make_user
from tests.invoices.factories import (
    make_coupon,
    make_credit_note,
    make_extra_line,
    make_invoice,
    make_lot,
    make_payment,
    make_waiting,
)
from tests.plans.factories import make_metered_subscription
from tests.sessions import signed_in

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
WORD = "Zaubernuss"


def person(account: Account, portal: str, role: str) -> Actor:
    member = make_member(account=account, portal=portal, role=role)
    return Actor(kind="person", user_id=member.user_id, account_id=account.id, portal=portal, role=role)


@pytest.fixture
def staff(provider: Account) -> list[Actor]:
    return [person(provider, "provider", "operator") for _ in range(2)]


@pytest.fixture
def owned(provider: Account) -> tuple[Account, Actor]:
    """A customer with one thing of each kind, all with the same word in its name; its service has ended."""
    account = make_account(name=WORD, parent=provider, email="hello@zaubernuss.example", address=f"{WORD} lane")
    user = make_user(name=f"{WORD} owner", email="owner@zaubernuss.example")
    owner = make_member(account=account, portal="subscriber", role="owner", user=user)
    make_crm_objects(account=account, members=[owner], marker=WORD)
    end_service(account)
    by = Actor(kind="person", user_id=owner.user_id, account_id=account.id, portal="subscriber", role="owner")
    return account, by


def end_service(account: Account) -> None:
    Subscription.objects.filter(account=account).update(status="ended", ended_at=AT, next_due_at=None)


def ask(account: Account, by: Actor, **facts: Any) -> Erasure:
    wish: dict[str, Any] = {
        "name_typed": account.name, "reason": "We close", "language": "en", "gives_up": [], "is_confirmed": True,
        "is_blocked": False, "by": by, "at": AT,
    }  # fmt: skip
    return ask_erasure(account_id=account.id, **wish | facts)


def approved(account: Account, by: Actor, staff: list[Actor]) -> Any:
    asked = ask(account, by)
    open_erasure(erasure_id=asked.id, is_blocked=False, by=staff[0], at=AT + DAY)
    return approve_erasure(erasure_id=asked.id, is_blocked=False, by=staff[1], at=AT + 2 * DAY)


def erase(at: datetime) -> None:
    for job in start_due_erasures(at=at):
        assert jobs.run_to_end(job_id=job.id, at=at).status == "done"


def left_of(word: str) -> set[str]:
    """The tables in which the word is still found, whoever may see their rows."""
    found = set()
    with connection.cursor() as cursor:
        cursor.execute("select tablename from pg_tables where schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f"select exists (select from {table} t where t::text ilike %s)", [f"%{word}%"])
            if cursor.fetchone()[0]:
                found.add(table)
    return found


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_everything_that_the_law_does_not_keep_is_gone(owned: tuple[Account, Actor], staff: list[Actor]) -> None:
    account, by = owned
    kept, gone = make_file(account=account, purpose=KEPT_FILES[0]), make_file(account=account)
    waiting = approved(account, by, staff)

    erase(waiting.erase_at - DAY)
    assert Account.objects.get(id=account.id).erased_at is None, "the waiting time runs"
    erase(waiting.erase_at)

    found = Erasure.objects.get()
    account.refresh_from_db()
    assert (found.status, account.erased_at, account.name) == ("erased", waiting.erase_at, str(account.id))
    assert found.counts["crm_rows"] > 10
    assert found.counts["people"] == 1
    assert bytes(found.digest or b"") == digest_of(found.certificate or {})
    assert StoredFile.objects.get(id=kept.id).deleted_at is None
    assert StoredFile.objects.get(id=gone.id).deleted_at == waiting.erase_at
    assert left_of(WORD) == {"provider_messages_message", "provider_messages_delivery"}, "the certificate on its way"

    sent = Delivery.objects.filter(message__key="erasure_done")
    assert {one.address for one in sent} >= {"owner@zaubernuss.example"}
    sent.update(status="delivered", sent_at=AT, settled_at=AT, next_attempt_at=None)
    forget_sent_certificates()
    assert left_of(WORD) == set()
    assert [one.law.name for law in laws.known() if not (one := laws.check(law)).holds] == []


def test_of_a_name_that_was_changed_the_audit_keeps_what_it_was_as_the_certificate_says(
    owned: tuple[Account, Actor], staff: list[Actor]
) -> None:
    account, by = owned
    renamed = AccountDetails(name="Hamamelis", email="hello@zaubernuss.example", currency=account.currency)
    change_account_settings(account_id=account.id, details=renamed, by=by, at=AT)
    account.refresh_from_db()
    erase(approved(account, by, staff).erase_at)
    Delivery.objects.filter(message__key="erasure_done").update(
        status="delivered", sent_at=AT, settled_at=AT, next_attempt_at=None
    )
    forget_sent_certificates()

    assert left_of("Hamamelis") == {"kernel_audit"}
    kept = (Erasure.objects.get().certificate or {})["kept"]
    assert any("keeps what was written before and after" in text for text in kept)


def test_who_has_a_place_elsewhere_stays(owned: tuple[Account, Actor], staff: list[Actor]) -> None:
    account, by = owned
    colleague = make_member(account=account, portal="subscriber", role="member").user
    make_member(account=make_account(name="Elsewhere"), portal="subscriber", role="owner", user=colleague)
    before = (colleague.name, colleague.email, colleague.is_active)
    erase(approved(account, by, staff).erase_at)

    colleague.refresh_from_db()
    assert (colleague.name, colleague.email, colleague.is_active) == before
    gone = User.objects.get(id=by.user_id)
    assert (gone.name, gone.email, gone.is_active) == ("", f"{gone.id}@erased.invalid", False)
    assert not Membership.objects.filter(account=account, status="active").exists()


def test_what_was_counted_stays_without_its_properties(owned: tuple[Account, Actor], staff: list[Actor]) -> None:
    account, by = owned
    other = make_account(name="Neighbour")
    for one in (account, other):
        make_metered_subscription("calls", account=one)
        told = NewEvent(id="1", meter="calls", at=AT, value=Decimal(3), properties={"who": WORD})
        record_usage(account_id=one.id, source="test", events=[told], by=by, at=AT)
    end_service(account)
    erase(approved(account, by, staff).erase_at)

    counted = {one.account_id: (one.value, one.properties) for one in UsageEvent.objects.filter(source="test")}
    assert counted == {account.id: (3, None), other.id: (3, {"who": WORD})}
    for statement in (
        "update plans_usageevent set value = 4", "delete from plans_usageevent",
        "update plans_usageevent set properties = null",
    ):  # fmt: skip
        with pytest.raises(DatabaseError, match="usage_event_is_append_only"), transaction.atomic():
            run(statement)


def test_who_may_do_what_and_when(owned: tuple[Account, Actor], staff: list[Actor]) -> None:
    account, by = owned
    for facts in ({"name_typed": "Other"}, {"is_confirmed": False}):
        with pytest.raises(errors.ErasureNotConfirmed):
            ask(account, by, **facts)
    with pytest.raises(errors.ErasureBlocked):
        ask(account, by, is_blocked=True)
    asked = ask(account, by)
    with pytest.raises(errors.ErasureOpen):
        ask(account, by)
    with pytest.raises(ForbiddenMove):
        approve_erasure(erasure_id=asked.id, is_blocked=False, by=staff[1], at=AT)
    open_erasure(erasure_id=asked.id, is_blocked=False, by=staff[0], at=AT)
    with pytest.raises(errors.ErasureSamePerson):
        approve_erasure(erasure_id=asked.id, is_blocked=False, by=staff[0], at=AT)
    waiting: Any = approve_erasure(erasure_id=asked.id, is_blocked=False, by=staff[1], at=AT)
    with pytest.raises(errors.ErasureTooEarly):
        begin_erasure(erasure_id=asked.id, is_blocked=False, by=staff[0], at=waiting.erase_at - DAY)
    with pytest.raises(ForbiddenMove):
        decline_erasure(erasure_id=asked.id, reason="No", by=staff[0], at=AT)

    withdraw_erasure(account_id=account.id, by=by, at=AT + DAY)
    assert start_due_erasures(at=waiting.erase_at) == []
    assert Account.objects.get(id=account.id).erased_at is None
    with pytest.raises(NotFound):
        withdraw_erasure(account_id=account.id, by=by, at=AT + DAY)

    again = ask(account, by)
    with pytest.raises(errors.ErasureReasonMissing):
        decline_erasure(erasure_id=again.id, reason=" ", by=staff[0], at=AT)
    assert decline_erasure(erasure_id=again.id, reason="Not the owner", by=staff[0], at=AT).status == "declined"
    verbs = set(AuditRow.objects.filter(account_id=account.id).values_list("verb", flat=True))
    assert verbs >= {f"erasure.{act}" for act in ("asked", "opened", "approved", "withdrawn", "declined")}


def test_what_still_runs_is_ended_first(owned: tuple[Account, Actor], staff: list[Actor]) -> None:
    account, by = owned
    waiting = approved(account, by, staff)
    assert not to_settle(account_id=account.id).is_blocked
    make_metered_subscription("calls", account=account)
    assert to_settle(account_id=account.id).is_served

    assert start_due_erasures(at=waiting.erase_at) == [], "it waits, and its page says for what"
    assert Erasure.objects.get().status == "waiting"


def test_what_is_not_billed_yet_and_what_we_owe_is_settled_first(provider: Account) -> None:
    def owe(account: Account) -> None:
        make_credit_note(make_invoice(account=account), refund_minor=1060, credit_minor=0)

    for make, is_unbilled in ((make_extra_line, True), (make_waiting, True), (owe, False)):
        account = make_account()
        assert not to_settle(account_id=account.id).is_blocked
        make(account)
        left = to_settle(account_id=account.id)
        assert (left.is_blocked, left.is_unbilled, left.is_owed) == (True, is_unbilled, not is_unbilled)


def test_money_that_no_invoice_has_taken_is_given_up_like_credit(provider: Account) -> None:
    account = make_account(currency="CNY")
    make_lot(account, amount_minor=500)
    make_payment(account=account, amount_minor=1000)

    left = to_settle(account_id=account.id)

    assert (left.is_blocked, left.gives_up, list(left.credit)) == (False, True, [Money(1500, "CNY")])


def test_who_complained_at_an_address_that_somebody_else_has_is_still_left_alone(
    owned: tuple[Account, Actor], staff: list[Actor]
) -> None:
    account, by = owned
    mine, shared = "owner@zaubernuss.example", "office@linden.example"
    make_account(name="Linden", email=shared)
    for address in (mine, shared):
        post.send(
            key="erasure_declined", to_email=address, to_phone=None, account_id=account.id, language="en", at=AT,
            params={"account_name": WORD, "reason": "Not the owner", "link": "https://example.com/"},
        )  # fmt: skip
        suppress(channel="email", address=address, reason="complaint", at=AT)
    erase(approved(account, by, staff).erase_at)

    assert list(Suppression.objects.values_list("address", flat=True)) == [shared]


def test_an_erased_account_never_wakes(owned: tuple[Account, Actor], staff: list[Actor], provider: Account) -> None:
    account, by = owned
    erase(approved(account, by, staff).erase_at)

    plan = make_metered_subscription("calls").stretches.get().version_id
    with pytest.raises(errors.AccountErased):
        start_subscription(account_id=account.id, wish=NewSubscription(version_id=plan), by=staff[0], at=AT)
    with pytest.raises(errors.AccountErased):
        ask(Account.objects.get(id=account.id), by)
    given: dict[str, Any] = {"account_id": account.id, "by": staff[0], "at": AT}
    coupon = make_coupon(seller=provider)
    line = NewLine(description="Training on site", unit_price=Decimal(150))
    for give in (
        lambda: add_line(line=line, **given),
        lambda: top_up(amount=Money(5000, "CNY"), source_kind="transfer", source_id="T-1", **given),
        lambda: grant_points(points=10, currency="CNY", source_kind="campaign", source_id="C-1", **given),
        lambda: apply_coupon(seller_account_id=provider.id, coupon_id=coupon.id, **given),
        lambda: exchange_points(points=100, rate_id=new_id(), **given),
    ):
        with pytest.raises(errors.AccountErased):
            give()
    mine = f"where account_id = '{account.id}'"
    for law, statement in {
        "account_erased_stays": "update accounts_account set erased_at = null where erased_at is not null",
        "erased_account_is_not_served": f"update plans_subscription set status = 'active', ended_at = null {mine}",
        "erased_account_has_no_members": f"update accounts_membership set status = 'active', removed_at = null {mine}",
    }.items():
        with pytest.raises(DatabaseError, match=law), transaction.atomic():
            run(statement)


def test_no_other_path_deletes_what_a_customer_has(owned: tuple[Account, Actor]) -> None:
    """Rows of a CRM are deleted in one file; those that are only ever added refuse it of everybody else."""
    folder = Path(__file__).parents[2] / "crm_tenant"
    deleting = re.compile(r"\.delete\(|delete from|truncate", re.IGNORECASE)
    found = {
        str(path.relative_to(folder))
        for path in folder.rglob("*.py")
        if "migrations" not in path.parts and deleting.search(path.read_text(encoding="utf-8"))
    }
    drafts = {"operations/imports.py", "operations/reading_in.py"}  # lists that were read in, once they are
    assert found == drafts | {"operations/erasing.py"}

    workspace = Workspace.objects.get(account_id=owned[0].id)
    with inside(workspace_id=workspace.id):
        with pytest.raises(DatabaseError, match="append_only"), transaction.atomic():
            run("delete from crm_activity")
        with pytest.raises(DatabaseError, match=r"append_only|permission denied"), transaction.atomic():
            run("truncate crm_stagemove")


def test_the_pages_lead_from_the_request_to_the_certificate(owned: tuple[Account, Actor], staff: list[Actor]) -> None:
    _, by = owned
    owner = signed_in(User.objects.get(id=by.user_id))
    first, second = (signed_in(User.objects.get(id=one.user_id)) for one in staff)

    page = reverse("portal:erasure")
    assert "Two of us check the request" in owner.get(page).content.decode()
    assert "exactly as it is shown" in owner.post(page, {"name": "Other", "is_sure": "on"}).content.decode()
    (code,) = draw(1)
    why = {"name": WORD, "is_sure": "on", "reason": f"We close; the number is {grouped(code)}, thanks"}
    asked = owner.post(page, why, follow=True).content.decode()
    assert "Withdraw the request" in asked

    found = Erasure.objects.get()
    assert found.reason == "We close; the number is •••• (a code was removed), thanks"
    detail, decide = reverse("console:erasure", args=[found.id]), reverse("console:erasure_decide", args=[found.id])
    assert WORD in first.get(reverse("console:erasures")).content.decode()
    assert "somebody else approves" in first.post(decide, {"act": "open"}, follow=True).content.decode()
    assert "cannot approve it" in first.post(decide, {"act": "approve"}, follow=True).content.decode()
    assert "the waiting time runs" in second.post(decide, {"act": "approve"}, follow=True).content.decode()
    assert second.get(reverse("console:erasure_certificate", args=[found.id])).status_code == 404

    found.refresh_from_db()
    assert found.erase_at is not None
    erase(found.erase_at)
    assert bytes(Erasure.objects.get().digest or b"").hex() in second.get(detail).content.decode()
    paper = second.get(reverse("console:erasure_certificate", args=[found.id]))
    assert paper.content.startswith(b"%PDF")
    assert owner.get(page).status_code != 200
