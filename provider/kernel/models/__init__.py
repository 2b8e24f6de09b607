"""The kernel's tables, by noun."""

from .audit import AuditRow
from .idempotency import IdempotencyKey, IdempotencyStatus
from .outbox import OutboxEvent, OutboxStatus, Receipt

__all__ = ["AuditRow", "IdempotencyKey", "IdempotencyStatus", "OutboxEvent", "OutboxStatus", "Receipt"]
