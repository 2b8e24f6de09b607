"""The demo's company is made once, whole, with everything in it that a newcomer should see.

The year is walked with a smaller crowd, one of each fate, and fewer deals than `make demo` has.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from invoices.models import AppliedCoupon, BalanceLot, Invoice, InvoiceState
from invoices.queries import points
from plans.models import AccessSpell, Subscription, UsageEvent
from prepaid_cards.models import Card
from prepaid_cards.queries import liability
from prepaid_cards.queries.cards import provider_account
from prepaid_cards.queries.postings import cards_of_entry, entries_of_card
from provider.accounts.models import Account, ApiKey, Impersonation, Invitation, InvitationStatus, Membership, Portal
from provider.accounts.queries import demo_parts
from provider.accounts.rules.demo import TO_TRY, to_try
from provider.accounts.rules.team import ROLES
from provider.kernel import clock, laws
from provider.kernel.models import AuditRow, Job, JobStatus, LedgerEntry
from provider.messages.models import Message
from provider.workshop import demo, year
from resellers.models import SaleReturn

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
NOW = clock.now()


@pytest.fixture(scope="module", autouse=True)
def is_new(django_db_setup: None, django_db_blocker: Any) -> Iterator[bool]:
    """The demo, made once for all tests of this file and taken back after them; whether there was anything to do."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield demo.seed(at=NOW, scale=year.SMALL)
        transaction.set_rollback(True)


def test_it_is_made_once_and_never_again(is_new: bool) -> None:
    assert is_new
    rows = (Account.objects.count(), AuditRow.objects.count(), Message.objects.count())
    assert demo.seed(at=NOW + timedelta(days=3)) is False
    assert (Account.objects.count(), AuditRow.objects.count(), Message.objects.count()) == rows
    assert rows[0] == len(demo.PARTIES) + year.SMALL.newcomers


def test_every_role_of_every_portal_has_somebody_in_three_languages() -> None:
    parts = list(demo_parts())
    assert {(part.portal, part.role) for part in parts} == {
        (portal, role) for portal, roles in ROLES.items() for role in roles
    }
    assert {part.user.language for part in parts} == {"en", "zh-hans", "zh-hant"}


def test_one_reseller_stands_under_the_other_and_a_group_has_branches() -> None:
    resellers = Account.objects.filter(profiles__portal=Portal.RESELLER).select_related("parent")
    assert {reseller.name: reseller.parent.name for reseller in resellers if reseller.parent} == {
        "青禾软件": "Perennial",
        "青禾徐汇门店": "青禾软件",
        "晨星通讯": "Perennial",
        "岭南数码": "晨星通讯",
        "禾風資訊": "Perennial",
    }
    assert Account.objects.filter(parent__name="恒岳集团").count() == 2


def test_regions_from_three_places_are_lived_in() -> None:
    assert set(Account.objects.values_list("region_id", flat=True)) == {
        "beijing", "shanghai", "guangzhou", "taipei", "hongkong",
    }  # fmt: skip


def test_the_clock_walks_and_never_goes_back() -> None:
    instants = list(AuditRow.objects.filter(verb="account.created").order_by("id").values_list("at", flat=True))
    assert instants == sorted(instants)
    assert instants[0] == NOW - timedelta(days=demo.DAYS)
    assert AuditRow.objects.order_by("id").exclude(verb="invitation.resent").last().at < NOW


def test_there_is_something_to_see_on_every_page() -> None:
    open_ones = Invitation.objects.filter(status=InvitationStatus.OPEN)
    assert open_ones.filter(expires_at__gt=NOW).count() == 4
    assert open_ones.filter(expires_at__lte=NOW).count() == 1
    assert Invitation.objects.filter(status=InvitationStatus.REVOKED).count() == 1
    assert {job.status for job in Job.objects.all()} == {JobStatus.DONE}
    assert Job.objects.get(kind__contains="invitation").counts["sent"] == 2
    assert ApiKey.objects.count() == 1
    assert Impersonation.objects.get().ended_at is not None
    assert Message.objects.exists()


def test_subscribers_are_in_every_state_of_access() -> None:
    now = dict(AccessSpell.objects.filter(until_at=None).values_list("account__name", "state"))
    assert {name: state for name, state in now.items() if name in _KNOWN} == _KNOWN
    assert set(now.values()) == {"trial", "active", "grace", "dormant"}
    woken = AccessSpell.objects.filter(state="active", account__access_spells__state="dormant")
    assert woken.filter(until_at=None).exists()


_KNOWN = {
    "恒岳集团": "active", "恒岳华东分公司": "active", "恒岳华南分公司": "dormant", "沈一舟": "dormant",
    "木棉文具": "trial", "Kestrel Harbour": "trial",
}  # fmt: skip


def test_what_the_group_wins_counts_towards_the_share_of_its_coach() -> None:
    events = UsageEvent.objects.filter(account_id=Account.objects.get(name="恒岳集团").id, source="crm")
    coached = Subscription.objects.get(account__name="恒岳集团", code="coaching")
    assert events.filter(subscription_id=coached.id).exclude(item="").exists()


def test_what_was_billed_is_partly_paid_and_cards_are_in_every_state() -> None:
    open_ones = InvoiceState.objects.filter(open_minor__gt=0)
    assert 0 < open_ones.count() < InvoiceState.objects.count()
    assert set(Card.objects.values_list("status", flat=True)) == {
        "generated", "shipped", "received", "active", "redeemed", "frozen", "void",
    }  # fmt: skip


def test_a_trial_that_says_free_has_billed_nothing() -> None:
    only_tried = ["恒岳华南分公司", "沈一舟", "木棉文具", "Kestrel Harbour"]
    assert not Invoice.objects.filter(account__name__in=only_tried).exists()


def test_every_person_of_the_demo_says_who_they_are_and_what_to_try() -> None:
    people = [(part.user.email, to_try(part.user.email)) for part in demo_parts()]
    assert [email for email, said in people if not said] == []
    assert len({said for _email, said in people}) == len(people) == len(TO_TRY)


def test_three_cards_lie_there_to_be_redeemed_by_whoever_tries_it() -> None:
    lines = demo.cards_file().read_text().splitlines()
    assert len(lines) == 3
    for line in lines:
        serial, code = line.split()
        assert Card.objects.get(serial=serial.replace("-", "")).status == "active"
        assert len(code.replace("-", "")) == 16


def test_two_cards_lie_on_the_shelf_of_the_clerk_to_be_sold_by_whoever_tries_it() -> None:
    for serial in demo.shelf_file().read_text().split():
        card = Card.objects.get(serial=serial.replace("-", ""))
        assert (card.status, card.holder.name) == ("received", "青禾软件")


def test_a_card_that_was_used_since_is_listed_no_more(tmp_path: Path) -> None:
    used = Card.objects.filter(status="redeemed").first()
    waiting = demo.still_there(demo.cards_file(), status="active")
    assert used is not None
    listed = tmp_path / "cards.txt"
    listed.write_text(f"{used.serial}  CODE\n{waiting[0]}\n")

    assert demo.still_there(listed, status="active") == [waiting[0]]
    assert demo.still_there(tmp_path / "none.txt", status="active") == []


def test_every_law_holds_in_it() -> None:
    broken = [law.name for law in laws.known() if laws.check(law).count]

    assert broken == []


def test_coupons_prepaid_money_and_points_are_held_and_a_single_card_came_back() -> None:
    held = AppliedCoupon.objects.filter(coupon__code="WELCOME10", ended_at=None)
    assert set(held.values_list("account__name", flat=True)) == {"恒岳集团", "木棉文具"}
    assert AppliedCoupon.objects.exclude(ended_at=None).count() == 1
    assert AppliedCoupon.objects.get(account__name="恒岳集团", coupon__code="WELCOME10").uses.exists()
    offered = points.offer_to(account_id=Account.objects.get(name="恒岳集团").id, currency="CNY", at=NOW)
    assert (offered.left, offered.most) == (400, 400)
    assert set(BalanceLot.objects.filter(unit="money").values_list("account__name", flat=True)) == {
        "恒岳集团", "恒岳华东分公司", "木棉文具",
    }  # fmt: skip
    back = SaleReturn.objects.get()
    assert (back.count, back.sale.count, back.sale.undone_at) == (1, 3, None)


def test_nobody_of_the_demo_can_sign_in_by_a_password() -> None:
    assert not any(place.user.has_usable_password() for place in Membership.objects.select_related("user"))


@pytest.mark.parametrize("ago", [300, 100, 0])
def test_liability_deferred_service_and_breakage_tie_to_books_and_serials(ago: int) -> None:
    zone = ZoneInfo(provider_account().time_zone)
    on = clock.local_day(at=NOW - timedelta(days=ago), zone=zone)
    amounts = [_tied(liability.scope_on(on=on, currency=currency)) for currency in liability.currencies()]
    assert sum(owed for owed, _deferred, _broken in amounts) > 0
    if not ago:
        assert all(sum(of_kind) > 0 for of_kind in zip(*amounts, strict=True))


def _tied(scope: liability.Scope) -> tuple[int, int, int]:
    """What is owed, deferred and earned of cards left over, where the books and the list of serials agree on it."""
    totals = liability.totals_of(liability.liability_by(scope, by="seller"))
    assert totals.liability_minor == liability.liability_in_books(scope)
    assert totals.deferred_minor + liability.unclosed_minor(scope) == liability.deferred_in_books(scope)
    assert totals.broken_minor == liability.breakage_in_books(scope)
    serials = list(liability.outstanding_cards(scope))
    assert len(serials) == totals.outstanding
    assert sum(card.batch.price.liability_minor - card.broken_minor for card in serials) == totals.liability_minor
    assert sum(card.broken_minor for card in serials) == totals.broken_minor
    return totals.liability_minor, totals.deferred_minor, totals.broken_minor


def test_from_a_serial_to_its_revenue_and_back_a_hundred_times_at_random() -> None:
    dice = random.Random(7)
    sold = list(Card.objects.exclude(activation=None).select_related("batch__product"))
    revenue = list(LedgerEntry.objects.filter(source_kind__in=["card_service", "card_breakage"]))
    assert revenue
    for _ in range(50):
        card = dice.choice(sold)
        entry = LedgerEntry.objects.get(id=dice.choice(entries_of_card(card)).id)
        assert card in cards_of_entry(source_kind=entry.source_kind, source_id=entry.source_id)
        entry = dice.choice(revenue)
        card = dice.choice(list(cards_of_entry(source_kind=entry.source_kind, source_id=entry.source_id)))
        assert entry.id in [one.id for one in entries_of_card(card)]
