"""Subscriptions, what is done to them, and the documents that they make, for machines."""

from .acts import router as acts
from .approvals import router as approvals
from .approving import router as approving
from .archives import router as archives
from .bank_cards import router as bank_cards
from .behind import router as behind
from .corrections import router as corrections
from .credits import router as credit_notes
from .documents import router as documents
from .extras import router as extras
from .moves import router as moves
from .offers import router as offers
from .outlook import router as outlook
from .papers import router as papers
from .payments import router as payments
from .points import router as points
from .prices import router as prices
from .refunds import router as refunds
from .revenue import router as revenue
from .runs import router as runs
from .sellers import router as sellers
from .subscriptions import router as subscriptions
from .tries import router as tries
from .upcoming import router as upcoming

routers = (
    subscriptions,
    outlook,
    acts,
    documents,
    behind,
    papers,
    archives,
    extras,
    upcoming,
    approving,
    approvals,
    corrections,
    prices,
    moves,
    runs,
    revenue,
    credit_notes,
    refunds,
    payments,
    bank_cards,
    tries,
    offers,
    points,
    sellers,
)
