"""Among many accounts every search goes by an index: letters, Chinese, single characters, numbers, slips."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from provider.accounts.models import Account, User
from provider.console.queries.search import search
from tests.factories import AT

MANY = 30_000


@pytest.fixture
def many_accounts(db: None) -> None:
    surnames, things, latin = "赵钱孙李周吴郑王冯陈", "云杉晨光河畔青松海角", ("Cedar", "Lantern", "Harbour", "Quill")

    def name(n: int) -> str:
        chinese = f"{surnames[n % 10]}{things[n // 10 % 10]}{things[n // 100 % 10]}{n}"
        return chinese if n % 2 else f"{latin[n % 4]} {n}"

    Account.objects.bulk_create(
        Account(
            name=name(n),
            email=f"office{n}@example{n % 97}.com", tax_id=f"91{n:08d}", created_at=AT,
        )
        for n in range(MANY)
    )  # fmt: skip
    User.objects.bulk_create(
        User(name=f"{surnames[n % 10]}{n}", email=f"person{n}@example.com", phone=f"+8613{n:09d}", created_at=AT)
        for n in range(MANY)
    )
    with connection.cursor() as cursor:
        cursor.execute("analyze accounts_account, accounts_user")


@pytest.mark.slow
def test_no_table_is_read_from_end_to_end(many_accounts: None) -> None:
    with CaptureQueriesContext(connection) as asked:
        for words in (
            "office29999",
            "9100029999",
            "赵晨光",
            "云杉1",
            "lantren 42",
            "000029999",
            "赵晨星",
            "云杉海贸",
            "李月光",
        ):
            search(words)
    for query in asked.captured_queries:
        if not query["sql"].startswith("(SELECT") and "search_text" not in query["sql"]:
            continue
        with connection.cursor() as cursor, transaction.atomic():
            cursor.execute("explain " + query["sql"])
            plan = "\n".join(row[0] for row in cursor.fetchall())
        assert "Seq Scan on accounts_account" not in plan, plan
        assert "Seq Scan on accounts_user" not in plan, plan
