"""Doors of prepaid cards, for people."""
