"""The rows of a few subscriptions, all kinds in one statement.

An act on one account asks for eight kinds of rows, mostly none to three of each: the asking costs more than the rows.
A batch of hundreds reads them table by table, each once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from django.db.models import Model

from plans.models import (
    AccessExtension,
    AccessSpell,
    AgreedPrice,
    PaidTerm,
    PendingChange,
    Period,
    Stretch,
    Subscription,
    SubscriptionQuantity,
    SubscriptionSchedule,
)
from provider.kernel.rows import ask, rows_in

FEW: Final = 4
_BEHIND: Final = """
  (select json_agg(t)::text from (
     select * from plans_stretch where subscription_id = any(%(ids)s) order by position) t),
  (select json_agg(t)::text from (
     select * from plans_subscriptionschedule where subscription_id = any(%(ids)s) order by position) t),
  (select json_agg(t)::text from (
     select * from plans_subscriptionquantity where subscription_id = any(%(ids)s) order by from_at, id) t),
  (select json_agg(t)::text from (
     select * from plans_pendingchange where subscription_id = any(%(ids)s) and settled_at is null
     order by due_at, id) t),
  (select json_agg(t)::text from (
     select * from plans_paidterm where subscription_id = any(%(ids)s) and (taken_back_at is null or seats > 0)
     order by start_on) t),
  (select json_agg(t)::text from (
     select distinct on (subscription_id, charge_code, stretch) * from plans_period
     where subscription_id = any(%(ids)s) order by subscription_id, charge_code, stretch, start_on desc) t),
  (select json_agg(t)::text from (
     select * from plans_accessspell where subscription_id = any(%(ids)s) and until_at is null) t),
  (select json_agg(t)::text from (
     select * from plans_accessextension where subscription_id = any(%(ids)s) order by given_at, id) t),
  (select json_agg(t)::text from (
     select * from plans_agreedprice where subscription_id = any(%(ids)s) and withdrawn_at is null
     order by start_on, id) t)
"""
_MODELS: Final[tuple[type[Model], ...]] = (
    Stretch, SubscriptionSchedule, SubscriptionQuantity, PendingChange, PaidTerm, Period, AccessSpell, AccessExtension,
    AgreedPrice,
)  # fmt: skip


_OF_FEW: Final = f"select {_BEHIND}"
_OF_ACCOUNT: Final = f"""
with mine as materialized (
  select * from plans_subscription
  where account_id = %(account)s and (status <> 'ended' or next_due_at is not null))
select
  (select json_agg(t)::text from (select * from mine order by created_at, id) t),
  {_BEHIND.replace("= any(%(ids)s)", "in (select id from mine)")}
"""  # noqa: S608 -- our own text


def rows_of_few(ids: Sequence[UUID]) -> dict[type[Model], Iterable[Any]]:
    """The rows by their model, each in its order."""
    return dict(zip(_MODELS, _asked(_OF_FEW, {"ids": list(ids)}, models=_MODELS), strict=True))


def rows_of_account(account_id: UUID) -> tuple[list[Subscription], dict[type[Model], Iterable[Any]]]:
    """The subscriptions of an account that may have something due, and the rows behind them."""
    subscriptions, *behind = _asked(_OF_ACCOUNT, {"account": account_id}, models=(Subscription, *_MODELS))
    return subscriptions, dict(zip(_MODELS, behind, strict=True))


def _asked(statement: str, params: dict[str, Any], *, models: Sequence[type[Model]]) -> list[list[Any]]:
    told = ask(statement, params)
    return [rows_in(text, model=model) for model, text in zip(models, told, strict=True)]
