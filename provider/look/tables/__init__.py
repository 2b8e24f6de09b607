"""Tables: declared once, with search, filters, sort, cursor paging, chosen columns, totals, bulk acts and export.

    ACCOUNTS = Table(
        key="accounts",
        columns=[
            Column("name", _("Name"), sort="name", href=lambda row: reverse("console:account", args=[row.id])),
            Column("created_at", _("Since"), kind="date", sort="created_at"),
        ],
        filters=[Choice("language", _("Language"), options=Language.choices, where="language")],
        search=search_accounts,  # (rows, text) -> rows
        sort="-created_at",
    )

    @allow("accounts.view")
    def accounts(request):
        return ACCOUNTS.answer(request, rows=queries.accounts(), template="console/accounts.html")

Everything chosen lives in the address, so that a link shows the same to a colleague. docs/look.md says more.
"""

from .bound import BoundTable
from .export import csv_answer
from .spec import Badge, BulkAct, Choice, Column, Dates, Filter, Table, Text

__all__ = ["Badge", "BoundTable", "BulkAct", "Choice", "Column", "Dates", "Filter", "Table", "Text", "csv_answer"]
