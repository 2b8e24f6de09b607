"""What counts as sold, by the names of the deals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from crm_tenant.models import Deal
from plans.queries.naming import Named
from provider.kernel.actor import Actor
from provider.kernel.ids import id_in
from provider.kernel.tenancy import inside

from .desk import workspace_of


def deals_by_name(*, account_id: UUID, items: Sequence[str], by: Actor) -> Mapping[str, Named]:
    """The deals of these ids, for whoever may read deals: to our own staff they are numbers."""
    workspace = workspace_of(account_id)
    if workspace is None or by.account_id != account_id or not by.may("crm.use"):
        return {}
    ids = [deal_id for item in items if (deal_id := id_in(item))]  # other systems tell of sales too, by their own names
    with inside(workspace_id=workspace.id):
        rows = list(Deal.objects.filter(pk__in=ids).values_list("id", "name"))
    return {str(deal_id): Named(name, f"/crm/deals/{deal_id}/") for deal_id, name in rows}
