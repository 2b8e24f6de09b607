"""Agreements, stores, and what is shipped to and sold in them."""

from .agreements import AGREEMENT_MOVES, Agreement, AgreementStatus
from .stores import Store, StoreMember

__all__ = ["AGREEMENT_MOVES", "Agreement", "AgreementStatus", "Store", "StoreMember"]
