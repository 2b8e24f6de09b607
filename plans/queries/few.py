"""The rows of a few subscriptions, all kinds in one statement.

An act on one account asks for eight kinds of rows, mostly none to three of each: the asking costs more than the rows.
A batch of hundreds reads them table by table, each once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import cache
from typing import Any, Final
from uuid import UUID

from django.db import connections
from django.db.models import Model

from plans.models import (
    AccessExtension,
    AccessSpell,
    PaidTerm,
    PendingChange,
    Period,
    Stretch,
    SubscriptionQuantity,
    SubscriptionSchedule,
)

FEW: Final = 4
_STATEMENT: Final = """
select
  (select json_agg(t)::text from (
     select * from plans_stretch where subscription_id = any(%(ids)s) order by position) t),
  (select json_agg(t)::text from (
     select * from plans_subscriptionschedule where subscription_id = any(%(ids)s) order by from_on, position) t),
  (select json_agg(t)::text from (
     select * from plans_subscriptionquantity where subscription_id = any(%(ids)s) order by from_at, id) t),
  (select json_agg(t)::text from (
     select * from plans_pendingchange where subscription_id = any(%(ids)s) and settled_at is null
     order by due_at, id) t),
  (select json_agg(t)::text from (
     select * from plans_paidterm where subscription_id = any(%(ids)s) and taken_back_at is null
     order by start_on) t),
  (select json_agg(t)::text from (
     select distinct on (subscription_id, charge_code, stretch) * from plans_period
     where subscription_id = any(%(ids)s) order by subscription_id, charge_code, stretch, start_on desc) t),
  (select json_agg(t)::text from (
     select * from plans_accessspell where subscription_id = any(%(ids)s) and until_at is null) t),
  (select json_agg(t)::text from (
     select * from plans_accessextension where subscription_id = any(%(ids)s) order by given_at, id) t)
"""
_MODELS: Final[tuple[type[Model], ...]] = (
    Stretch, SubscriptionSchedule, SubscriptionQuantity, PendingChange, PaidTerm, Period, AccessSpell, AccessExtension,
)  # fmt: skip


def rows_of_few(ids: Sequence[UUID]) -> dict[type[Model], Iterable[Any]]:
    """The rows by their model, each in its order."""
    with connections["default"].cursor() as cursor:
        cursor.execute(_STATEMENT, {"ids": list(ids)})
        found = [json.loads(text, parse_float=Decimal) if text else [] for text in cursor.fetchone()]
    return {model: [_row(model, facts) for facts in group] for model, group in zip(_MODELS, found, strict=True)}


def _row(model: type[Model], facts: dict[str, Any]) -> Model:
    fields = _fields(model)
    names = [name for name, _ in fields]
    return model.from_db("default", names, [read(facts[name]) for name, read in fields])


@cache
def _fields(model: type[Model]) -> tuple[tuple[str, Any], ...]:
    """The columns of a model, and how a value of JSON becomes one of the field's."""
    return tuple((field.attname, field.to_python) for field in model._meta.concrete_fields)
