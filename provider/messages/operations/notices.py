"""Reading notices."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from provider.kernel.errors import NotFound
from provider.messages.models import Delivery
from provider.messages.queries import notices_of


def mark_read(*, user_id: UUID, notice_id: UUID, at: datetime) -> Delivery:
    """Mark one of the reader's notices as read; the first time counts."""
    notice = notices_of(user_id).filter(id=notice_id).first()
    if notice is None:
        raise NotFound()
    Delivery.objects.filter(id=notice.id, read_at=None).update(read_at=at)
    return notice


def mark_all_read(*, user_id: UUID, until: datetime, at: datetime) -> int:
    """Mark everything read that had arrived when the reader looked; returns how many there were."""
    return notices_of(user_id).filter(read_at=None, created_at__lte=until).update(read_at=at)
