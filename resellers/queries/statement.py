"""The reseller's account with the provider, from the ledger: every entry, what it is of, and what was owed after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from provider.kernel import ledger
from provider.kernel.chart import LedgerAccount
from provider.kernel.models import LedgerPosting
from provider.kernel.money import Money
from resellers.models import Sale, SaleReturn

_KINDS: Final = {
    ("activation", "face"): "sold",
    ("activation_reversal", "face"): "undone",
    ("sale", "discount"): "discount",
    ("sale", "discount_undone"): "discount_undone",
    ("sale_return", "discount"): "discount_undone",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """One entry: a positive amount adds to what is owed. `kind` is sold, undone, discount... or "other"."""

    at: datetime
    kind: str
    sale: Sale | None
    amount: Money
    owed_after: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """The entries of a span between what was owed before and after it."""

    opening: Money
    lines: list[StatementLine]
    closing: Money


def statement_of(*, reseller_id: UUID, currency: str, since: datetime, until: datetime) -> Statement:
    """The entries of [since, until) in their order."""
    before = since - timedelta(microseconds=1)
    opening = ledger.balance(
        of=LedgerAccount.RECEIVABLE, currency=currency, account_id=reseller_id, as_of=before
    )  # fmt: skip
    rows = LedgerPosting.objects.filter(
        ledger_account=LedgerAccount.RECEIVABLE, account_id=reseller_id, currency=currency,
        entry__at__gte=since, entry__at__lt=until,
    ).select_related("entry").order_by("entry__at", "entry_id", "position")  # fmt: skip
    found = list(rows)
    sales, owed, lines = _sales_behind(found), opening, []
    for row in found:
        amount = Money(row.amount_minor, currency)
        owed = owed + amount
        kind = _KINDS.get((row.entry.source_kind, row.entry.purpose), "other")
        sale = sales.get(row.entry.source_id)
        lines.append(StatementLine(at=row.entry.at, kind=kind, sale=sale, amount=amount, owed_after=owed))
    return Statement(opening=opening, lines=lines, closing=owed)


def _sales_behind(rows: Sequence[LedgerPosting]) -> dict[str, Sale]:
    """Sales by the id of the activation or the sale that an entry names."""
    activations = [row.entry.source_id for row in rows if row.entry.source_kind == "activation"]
    own = [row.entry.source_id for row in rows if row.entry.source_kind == "sale"]
    sales = Sale.objects.select_related("store")
    by_activation = {str(sale.activation_id): sale for sale in sales.filter(activation_id__in=activations)}
    returned = [row.entry.source_id for row in rows if row.entry.source_kind == "sale_return"]
    by_return = {
        str(back.id): back.sale for back in SaleReturn.objects.filter(id__in=returned).select_related("sale__store")
    }
    return by_activation | by_return | {str(sale.id): sale for sale in sales.filter(id__in=own)}
