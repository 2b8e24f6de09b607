"""What a workspace has sold: the value of each deal that was won in it, told to the meter of sales once.

A deal counts from the moment on in which it is won here. What an import brings in as won was won elsewhere before, and
samples are not meant: neither counts. A deal that is opened again, lost after all or put away counts no more, as if it
never had; one that gets another value counts with that from then on. A move between two stages that are both won sells
nothing.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from crm_tenant.events import SaleCounted, SaleTakenBack
from crm_tenant.models import Category, Deal, Sale, Workspace
from provider.kernel import outbox


def settle_sale(deal: Deal, *, may_begin: bool, at: datetime) -> None:
    """Have what counts of a locked deal be what it is now; `may_begin`: whether one that did not count may from now on.

    Last in an operation that changed the deal, in its transaction.
    """
    standing = Sale.objects.filter(deal_id=deal.id, taken_back_at=None).first()
    is_due = counts_as_sold(deal) and (may_begin or standing is not None)
    if standing is not None and is_due and standing.amount == deal.amount:
        return
    if standing is not None:
        _take_back(standing, reason="changed" if is_due else "not won", at=at)
    if is_due:
        _count(deal, at=at)


def has_counted(deal: Deal) -> bool:
    """Whether the deal ever counted as sold."""
    return Sale.objects.filter(deal_id=deal.id).exists()


def counts_as_sold(deal: Deal) -> bool:
    """Whether the deal, as it stands, is something that was sold."""
    return deal.status == Category.WON and deal.archived_at is None and not deal.is_sample and deal.amount_minor > 0


def _count(deal: Deal, *, at: datetime) -> None:
    sale = Sale.objects.create(
        workspace_id=deal.workspace_id,
        deal_id=deal.id,
        amount_minor=deal.amount_minor,
        currency=deal.currency,
        counted_at=at,
    )
    told = SaleCounted(
        account_id=_account_of(deal.workspace_id), usage_id=sale.id, deal_id=deal.id, amount_minor=sale.amount_minor,
        currency=sale.currency,
    )  # fmt: skip
    outbox.publish(told, at=at)


def _take_back(sale: Sale, *, reason: str, at: datetime) -> None:
    sale.taken_back_at = at
    sale.save(update_fields=["taken_back_at"])
    told = SaleTakenBack(
        account_id=_account_of(sale.workspace_id), usage_id=sale.id, deal_id=sale.deal_id,
        amount_minor=sale.amount_minor, currency=sale.currency, counted_at=sale.counted_at, reason=reason,
    )  # fmt: skip
    outbox.publish(told, at=at)


def _account_of(workspace_id: UUID) -> UUID:
    account_id: UUID = Workspace.objects.values_list("account_id", flat=True).get(pk=workspace_id)
    return account_id
