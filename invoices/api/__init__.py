"""Subscriptions, what is done to them, and the documents that they make, for machines."""

from .acts import router as acts
from .approvals import router as approvals
from .corrections import router as corrections
from .credits import router as credit_notes
from .documents import router as documents
from .extras import router as extras
from .moves import router as moves
from .offers import router as offers
from .papers import router as papers
from .payments import router as payments
from .points import router as points
from .prices import router as prices
from .revenue import router as revenue
from .runs import router as runs
from .subscriptions import router as subscriptions
from .upcoming import router as upcoming

routers = (
    subscriptions,
    acts,
    documents,
    papers,
    extras,
    upcoming,
    approvals,
    corrections,
    prices,
    moves,
    runs,
    revenue,
    credit_notes,
    payments,
    offers,
    points,
)
