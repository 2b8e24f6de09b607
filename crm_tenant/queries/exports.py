"""What an export would hold, and those that were made."""

from __future__ import annotations

from uuid import UUID

from crm_tenant.models import Activity, Company, Deal, Note, Person, Task
from provider.kernel.models import Job


def parts_of() -> dict[str, int]:
    """How much there is of what people know by name; inside of the workspace."""
    models = {"companies": Company, "people": Person, "deals": Deal, "steps": Task, "notes": Note, "history": Activity}
    return {name: model.objects.count() for name, model in models.items()}


def exports_of(*, account_id: UUID, limit: int = 10) -> list[Job]:
    """The latest exports of the account."""
    return list(Job.objects.filter(kind="crm.export", account_id=account_id).order_by("-queued_at", "-id")[:limit])
