"""Very many accounts, each as one of the demo is: its rows are copied in sets, with what tells them apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.db import connections, transaction

from invoices.models import Invoice
from plans.models import Subscription

INVOICES: Final = 10  # of each account


def multiply(template: Subscription, *, size: int) -> None:
    """So many accounts more that are as the template's is, each with a person of its own and its own invoices."""
    invoice = Invoice.objects.filter(account_id=template.account_id, lines__isnull=False).order_by("-due_at").first()
    assert invoice is not None
    facts = {"account": template.account_id, "subscription": template.id, "invoice": invoice.id}
    with transaction.atomic(using="owner"), connections["owner"].cursor() as owner:
        owner.execute(
            "create temporary table copies as select n, gen_random_uuid() as account, gen_random_uuid() as person,"
            " gen_random_uuid() as subscription from generate_series(1, %s) n",
            [size],
        )
        owner.execute(
            "create temporary table papers as select gen_random_uuid() as invoice, c.account, c.subscription, m,"
            " (c.n - 1) * %s + m as n from copies c cross join generate_series(1, %s) m",
            [INVOICES, INVOICES],
        )
        for table, source, where, changed in _COPIED:
            _clone(owner, table=table, source=source, where=where, changed=changed, facts=facts)
        owner.execute("drop table copies, papers")


_SHIFTED: Final = "(t.{0} + make_interval(months => -c.m))"

# Table, what is multiplied by, which row is the model, and what is not as it was.
_COPIED: Final[tuple[tuple[str, str, str, Mapping[str, str]], ...]] = (
    ("accounts_account", "copies", "t.id = %(account)s", {
        "id": "c.account", "name": "'Customer ' || c.n", "company_name": "'Company ' || c.n || ' Ltd'",
        "email": "'office' || c.n || '@customer.example'", "created_at": "t.created_at + c.n * interval '1 second'",
    }),
    ("accounts_profile", "copies", "t.account_id = %(account)s", {"id": "", "account_id": "c.account"}),
    ("accounts_user", "copies",
     "t.id = (select user_id from accounts_membership where account_id = %(account)s order by joined_at limit 1)", {
        "id": "c.person", "name": "'Person ' || c.n", "email": "'person' || c.n || '@customer.example'",
        "phone": "null", "phone_verified_at": "null",
     }),
    ("accounts_membership", "copies",
     "t.id = (select id from accounts_membership where account_id = %(account)s order by joined_at limit 1)",
     {"id": "gen_random_uuid()", "account_id": "c.account", "user_id": "c.person"}),
    ("plans_subscription", "copies", "t.id = %(subscription)s", {"id": "c.subscription", "account_id": "c.account"}),
    ("plans_stretch", "copies", "t.subscription_id = %(subscription)s", {"subscription_id": "c.subscription"}),
    ("plans_subscriptionschedule", "copies", "t.subscription_id = %(subscription)s",
     {"subscription_id": "c.subscription"}),
    ("plans_accessspell", "copies", "t.account_id = %(account)s and t.until_at is null",
     {"id": "gen_random_uuid()", "account_id": "c.account", "subscription_id": "c.subscription"}),
    ("plans_period", "copies", "t.subscription_id = %(subscription)s and t.charge_code = 'base'",
     {"id": "", "subscription_id": "c.subscription"}),
    # Lines before their invoice: a finalized document gains none.
    ("invoices_invoiceline", "papers", "t.invoice_id = %(invoice)s",
     {"id": "", "invoice_id": "c.invoice", "subscription_id": "c.subscription", "period_id": "null"}),
    ("invoices_invoice", "papers", "t.id = %(invoice)s", {
        "id": "c.invoice", "account_id": "c.account", "run_id": "null", "number": "1000000 + c.n",
        "number_text": "'B-' || lpad(c.n::text, 7, '0')", "due_at": _SHIFTED.format("due_at"),
        "made_at": _SHIFTED.format("made_at"), "issued_on": _SHIFTED.format("issued_on") + "::date",
        "pay_by_on": _SHIFTED.format("pay_by_on") + "::date",
    }),
    ("invoices_invoicestate", "papers", "t.invoice_id = %(invoice)s", {
        "invoice_id": "c.invoice", "account_id": "c.account", "file_id": "null",
        "pay_by_on": _SHIFTED.format("pay_by_on") + "::date",
        "open_minor": "case when c.m = 1 then i.due_minor else 0 end",
        "paid_minor": "case when c.m = 1 then 0 else i.due_minor end", "credited_minor": "0",
        "settled_at": "case when c.m = 1 then null else i.made_at end",
    }),
    ("kernel_audit", "copies", "t.id in (select id from kernel_audit where account_id = %(account)s"
     " order by at desc limit 3)", {"id": "gen_random_uuid()", "account_id": "c.account"}),
)  # fmt: skip


def _clone(
    owner: Any, *, table: str, source: str, where: str, changed: Mapping[str, str], facts: Mapping[str, UUID]
) -> None:
    """The model's row for each copy; columns that the database fills itself are left out."""
    owner.execute(
        "select column_name from information_schema.columns where table_schema = 'public' and table_name = %s"
        " and is_generated = 'NEVER' order by ordinal_position",
        [table],
    )
    names = [row[0] for row in owner.fetchall() if changed.get(row[0]) != ""]
    values = ", ".join(changed.get(name, f't."{name}"') for name in names)
    columns = ", ".join(f'"{name}"' for name in names)
    invoice = "join invoices_invoice i on i.id = t.invoice_id" if table == "invoices_invoicestate" else ""
    owner.execute(
        f'insert into "{table}" ({columns}) select {values} from "{table}" t {invoice}'  # noqa: S608 - our own words
        f" cross join {source} c where {where}",
        facts,
    )
