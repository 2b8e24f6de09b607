"""Subscriptions, what is done to them, and the documents that they make, for machines."""

from .acts import router as acts
from .approvals import router as approvals
from .corrections import router as corrections
from .documents import router as documents
from .prices import router as prices
from .subscriptions import router as subscriptions
from .upcoming import router as upcoming

routers = (subscriptions, acts, documents, upcoming, approvals, corrections, prices)
