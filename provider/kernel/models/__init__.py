"""The kernel's tables, by noun."""

from .audit import AuditRow
from .files import StoredFile
from .idempotency import IdempotencyKey, IdempotencyStatus
from .jobs import Job, JobStatus
from .ledger import LedgerEntry, LedgerPosting
from .outbox import OutboxEvent, OutboxStatus, Receipt

__all__ = [
    "AuditRow",
    "IdempotencyKey",
    "IdempotencyStatus",
    "Job",
    "JobStatus",
    "LedgerEntry",
    "LedgerPosting",
    "OutboxEvent",
    "OutboxStatus",
    "Receipt",
    "StoredFile",
]
