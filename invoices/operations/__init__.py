"""Verbs of invoices: the only place that writes its tables."""
