"""Billing stories on the real tables: the stage is set, the steps are walked, what was billed is told and compared."""
