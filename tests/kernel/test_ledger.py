"""Debits equal credits, twice held; what is posted stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provider.kernel import ledger
from provider.kernel.chart import LedgerAccount
from provider.kernel.copying import copy_rows
from provider.kernel.ids import new_id
from provider.kernel.ledger import Draft, Line
from provider.kernel.models import LedgerEntry, LedgerPosting
from provider.kernel.money import Money

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
CUSTOMER = UUID("01900000-0000-7000-8000-000000000001")


def _cny(minor: int) -> Money:
    return Money(minor, "CNY")


def _sale(minor: int = 10_600, *, party: UUID = CUSTOMER) -> list[Line]:
    return [
        Line(LedgerAccount.RECEIVABLE, _cny(minor), party),
        Line(LedgerAccount.REVENUE, _cny(-minor + 600)),
        Line(LedgerAccount.TAX_PAYABLE, _cny(-600)),
    ]


def _post(lines: list[Line] | None = None, *, source_id: object = 1, at: datetime = AT) -> int:
    return ledger.post(
        source_kind="invoice", source_id=source_id, purpose="issue", at=at, lines=_sale() if lines is None else lines
    )


@pytest.mark.django_db
def test_an_entry_stands_with_its_legs_in_order() -> None:
    entry_id = _post()
    legs = LedgerPosting.objects.filter(entry_id=entry_id).order_by("position")
    assert [(leg.position, leg.ledger_account, leg.account_id, leg.amount_minor) for leg in legs] == [
        (1, "receivable", CUSTOMER, 10_600),
        (2, "revenue", None, -10_000),
        (3, "tax_payable", None, -600),
    ]


@pytest.mark.django_db
def test_a_second_time_for_the_same_purpose_changes_nothing() -> None:
    _post()
    with pytest.raises(ledger.AlreadyPosted):
        _post()
    assert (LedgerEntry.objects.count(), LedgerPosting.objects.count()) == (1, 3)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "lines",
    [
        [],
        [Line(LedgerAccount.CASH, _cny(0))],
        [Line(LedgerAccount.CASH, _cny(5)), Line(LedgerAccount.REVENUE, _cny(-4))],
        [Line(LedgerAccount.CASH, _cny(5)), Line(LedgerAccount.REVENUE, Money(-5, "TWD"))],
    ],
)
def test_python_refuses_what_does_not_balance_before_writing(lines: list[Line]) -> None:
    with pytest.raises(ledger.Unbalanced):
        _post(lines)
    with pytest.raises(ledger.Unbalanced):
        ledger.post_many([Draft(source_kind="a", source_id=1, purpose="b", at=AT, lines=lines)])
    assert not LedgerEntry.objects.exists()


@pytest.mark.django_db
def test_lines_of_nothing_are_left_out() -> None:
    entry_id = _post([*_sale(), Line(LedgerAccount.DISCOUNT, _cny(0))])
    assert LedgerPosting.objects.filter(entry_id=entry_id).count() == 3


@pytest.mark.django_db
def test_many_entries_are_posted_in_two_copies() -> None:
    drafts = [
        Draft(source_kind="invoice", source_id=number, purpose="issue", at=AT, lines=_sale(1000 + number))
        for number in range(300)
    ]
    ids = ledger.post_many(drafts)

    assert LedgerEntry.objects.in_bulk(ids)[ids[7]].source_id == "7"
    assert LedgerPosting.objects.filter(entry_id=ids[7], position=1).get().amount_minor == 1007
    assert ledger.balance(of=LedgerAccount.RECEIVABLE, currency="CNY") == _cny(sum(range(1000, 1300)))
    assert _post(source_id="later") > max(ids)


@pytest.mark.django_db
def test_a_correction_is_a_new_entry_and_happens_once() -> None:
    entry_id = _post()
    ledger.reverse(entry_id=entry_id, at=AT + DAY)

    assert ledger.balances() == {}
    assert ledger.balance(of=LedgerAccount.RECEIVABLE, currency="CNY", as_of=AT) == _cny(10_600)
    with pytest.raises(ledger.AlreadyPosted):
        ledger.reverse(entry_id=entry_id, at=AT + DAY)


@pytest.mark.django_db
def test_a_partys_statement_runs_in_the_order_of_time() -> None:
    pay = [Line(LedgerAccount.CASH, _cny(600)), Line(LedgerAccount.RECEIVABLE, _cny(-600), CUSTOMER)]
    _post(pay, source_id="payment", at=AT + DAY)
    _post(at=AT)
    _post(_sale(party=new_id()), source_id="of another")

    rows = ledger.statement(account_id=CUSTOMER, of=LedgerAccount.RECEIVABLE, currency="CNY")

    assert [(row.amount_minor, row.running_minor) for row in rows] == [(10_600, 10_600), (-600, 10_000)]
    assert ledger.balances(account_id=CUSTOMER) == {("receivable", "CNY"): _cny(10_000)}


amounts = st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=6)


@pytest.mark.django_db
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(amounts, min_size=1, max_size=5))
def test_whatever_is_posted_the_books_balance(entries: list[list[int]]) -> None:
    for parts in entries:
        lines = [Line(LedgerAccount.CASH, _cny(part)) for part in parts]
        lines.append(Line(LedgerAccount.REVENUE, _cny(-sum(parts))))
        if any(line.amount for line in lines):
            _post(lines, source_id=new_id())
    assert sum(money.minor for money in ledger.balances().values()) == 0


# --- The database holds the laws by itself ---

INSERT = (
    "insert into kernel_ledgerposting (entry_id, position, ledger_account, currency, amount_minor) values "
    "({id}, 11, {account}, {currency}, {one}), ({id}, 12, 'revenue', 'CNY', {other})"
)


def _insert(*, account: str = "'cash'", currency: str = "'CNY'", one: int = 5, other: int = -5) -> str:
    entry_id = LedgerEntry.objects.create(source_kind="a", source_id=new_id(), purpose="b", at=AT).id
    return INSERT.format(id=entry_id, account=account, currency=currency, one=one, other=other)


@pytest.mark.django_db
def test_the_database_takes_a_balanced_statement() -> None:
    connection.cursor().execute(_insert())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("breach", "law"),
    [
        ({"other": -4}, "entry_balances_per_currency"),
        ({"currency": "'TWD'"}, "entry_balances_per_currency"),
        ({"one": 0, "other": 0}, "posting_is_not_zero"),
        ({"currency": "'cny'"}, "posting_currency_is_code"),
        ({"account": "'Cash!'"}, "posting_ledger_account_is_code"),
    ],
)
def test_the_database_refuses_in_sql(breach: dict[str, object], law: str) -> None:
    attack = _insert(**breach)  # type: ignore[arg-type]
    with pytest.raises(IntegrityError, match=law):
        connection.cursor().execute(attack)


@pytest.mark.django_db
def test_the_database_refuses_an_unbalanced_copy() -> None:
    entry_id = LedgerEntry.objects.create(source_kind="a", source_id=1, purpose="b", at=AT).id
    with pytest.raises(IntegrityError, match="entry_balances_per_currency"):
        copy_rows(
            table="kernel_ledgerposting",
            columns=ledger.POSTING_COLUMNS,
            rows=[(entry_id, 1, "cash", None, "CNY", 5), (entry_id, 2, "revenue", None, "CNY", -4)],
        )


@pytest.mark.django_db
def test_the_database_refuses_through_the_orm() -> None:
    entry_id = _post()
    with pytest.raises(IntegrityError, match="entry_balances_per_currency"), transaction.atomic():
        LedgerPosting.objects.create(
            entry_id=entry_id, position=9, ledger_account="cash", currency="CNY", amount_minor=1
        )
    with pytest.raises(IntegrityError, match="ledger_entry_once"), transaction.atomic():
        LedgerEntry.objects.create(source_kind="invoice", source_id=1, purpose="issue", at=AT)
    with pytest.raises(IntegrityError, match="ledger_entry_names_source"), transaction.atomic():
        LedgerEntry.objects.create(source_kind="invoice", source_id="", purpose="issue", at=AT)
    with pytest.raises(IntegrityError, match="ledger_postings_are_append_only"), transaction.atomic():
        LedgerPosting.objects.filter(entry_id=entry_id).update(amount_minor=-1)
    with pytest.raises(IntegrityError, match="ledger_postings_are_append_only"), transaction.atomic():
        LedgerPosting.objects.filter(entry_id=entry_id).delete()
    with pytest.raises(IntegrityError, match="ledger_entries_are_append_only"), transaction.atomic():
        LedgerEntry.objects.update(at=AT + DAY)


ATTACKS = [
    f"{verb} {table}{rest}"
    for table in ("kernel_ledgerentry", "kernel_ledgerposting")
    for verb, rest in (
        ("delete from", ""),
        ("truncate", " cascade"),
        ("update", " set entry_id = 1" if table.endswith("posting") else " set purpose = 'x'"),
    )
]


@pytest.mark.django_db(databases=["default", "owner"], transaction=True)
def test_not_even_the_owner_rewrites_the_books() -> None:
    _post()
    for attack in ATTACKS:
        with pytest.raises(IntegrityError, match="are_append_only"), connections["owner"].cursor() as cursor:
            cursor.execute(attack)
    assert LedgerPosting.objects.count() == 3


@pytest.mark.django_db
@pytest.mark.parametrize("attack", [attack for attack in ATTACKS if not attack.startswith("truncate")])
def test_the_application_does_not_rewrite_the_books(attack: str) -> None:
    _post()
    with pytest.raises(IntegrityError, match="are_append_only"), connection.cursor() as cursor:
        cursor.execute(attack)
