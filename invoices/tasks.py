"""Invoices' work by the clock."""

from __future__ import annotations

from celery import shared_task

from provider.kernel import clock

from .flows.payments import ask_about_waiting


@shared_task(name="invoices.ask_gateways")
def ask_gateways() -> int:
    """Ask about payment pages of which no webhook has told."""
    return ask_about_waiting(real_at=clock.now())
