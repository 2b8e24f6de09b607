"""Reads of products, batches, cards and redemptions."""

from .cards import access_card_by_serial, card_history, stock_of

__all__ = ["access_card_by_serial", "card_history", "stock_of"]
