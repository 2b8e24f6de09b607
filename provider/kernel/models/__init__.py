"""The kernel's tables, by noun."""

from .audit import AuditRow
from .outbox import OutboxEvent, OutboxStatus, Receipt

__all__ = ["AuditRow", "OutboxEvent", "OutboxStatus", "Receipt"]
