"""One set of parameters for every kind of message: to render them all."""

from __future__ import annotations

from typing import Any

from provider.messages.rules.catalogue import Kind

_SAMPLES: dict[str, Any] = {
    "erases_at": "2026-04-03T09:00:00+00:00",
    "erased_at": "2026-04-03T10:00:00+00:00",
    "rows": "Files: 3",
    "opened_by": "Ann",
    "approved_by": "Bo",
    "digest": "0f1e2d3c",
    "meter": "Seats",
    "used": "8",
    "stops": True,
    "minutes": 10,
    "hours": 24,
    "code": "482913",
    "sign_in_link": "/auth/login/",
    "sign_up_link": "/auth/signup/",
    "reset_link": "/auth/reset/",
    "link": "/somewhere/to/look/",
    "device": "Firefox on Windows",
    "address": "203.0.113.7",
    "happened_at": "2026-11-22T09:12:00+00:00",
    "ended_at": "2026-11-22T09:12:00+00:00",
    "expires_at": "2026-11-29T09:12:00+00:00",
    "new_email": "lan.new@tea.example",
    "new_phone": "+8613900005678",
    "reason": "A letter was missing",
    "change": "passkey_added",
    "account_name": "Tea House & Sons",
    "key_name": "Till",
    "prefix": "pn_live_4f",
    "made_by": "Wei",
    "inviter_name": "Wei",
    "member_name": "Ming",
    "owner_name": "Wei",
    "new_owner_name": "Ming",
    "staff_name": "Ada",
    "changed_by": "Ada",
    "role": "manager",
    "cap": "number_hour",
    "subject": "+86139****5678",
    "limit": "6",
    "job_name": "Export",
    "outcome": "done",
    "done_count": 960,
    "failed_count": 4,
    "name": "Lan",
    "amount": "CNY 318.00",
    "answer": "The receipt is of another card.",
    "number": "SH-C-2026-000031",
    "refund": "CNY 106.00",
    "campaign": "Three months more",
    "until": "31 December 2026",
    "note": "We kept your place.",
    "invoice_number": "SH-2026-004817",
    "invoice_numbers": "SH-2026-004817",
    "pay_by": "1 December 2026",
    "last4": "4242",
    "again_on": "4 December 2026",
    "plan": "Team",
    "last_day": "30 November 2026",
    "days_left": 3,
    "becomes": "grace",
    "grace_last_day": "7 December 2026",
    "product": "12 months of Standard",
    "serial": "SHOP000017K",
    "seller_name": "Harbour Books",
}


def params_of(kind: Kind, **changes: Any) -> dict[str, Any]:
    """Parameters for a kind, some of them changed."""
    return {name: _SAMPLES[name] for name in kind.params} | {k: v for k, v in changes.items() if k in kind.params}


def secrets_of(kind: Kind) -> dict[str, Any]:
    """Secret parameters for a kind."""
    return {name: _SAMPLES[name] for name in kind.secret_params}
