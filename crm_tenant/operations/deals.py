"""Deals: made, changed, moved through their stages, won, lost, opened again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from crm_tenant.errors import AlreadyThere, LostNeedsReason
from crm_tenant.models import Category, Company, Deal, Person, Stage, StageMove
from crm_tenant.rules.contacts import currency_code, named
from crm_tenant.rules.texts import clean_line, clean_text, match_key, search_text
from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound
from provider.kernel.tenancy import inside

from .customers import check_owner
from .recording import apply, lock, lock_current, remember
from .sales import has_counted, settle_sale


@dataclass(frozen=True, slots=True, kw_only=True)
class DealDetails:
    """What is said of a deal; where it stands is moved, not edited."""

    name: str
    amount_minor: int = 0
    currency: str = "CNY"
    company_id: UUID | None = None
    person_id: UUID | None = None
    owner_id: UUID | None = None
    expected_close_on: date | None = None
    probability: int | None = None
    about: str = ""


def create_deal(
    *, workspace_id: UUID, details: DealDetails, stage_id: UUID, by: Actor, at: datetime, reason: str = ""
) -> Deal:
    """Make a deal in a stage; one that begins won or lost is closed at once."""
    with inside(workspace_id=workspace_id):
        stage = access_stage(stage_id)
        values = _values(details)
        deal: Deal = Deal.objects.create(
            workspace_id=workspace_id,
            created_at=at,
            changed_at=at,
            created_by=by.user_id,
            **values,
            **_standing(stage, reason=reason, at=at),
        )
        _keep_move(deal, from_stage_id=None, by=by, at=at)
        settle_sale(deal, may_begin=True, at=at)
        remember("deal.created", subject=deal, by=by, at=at, facts={"stage": stage.name})
        return deal


def edit_deal(
    *, workspace_id: UUID, deal_id: UUID, version: int, details: DealDetails, by: Actor, at: datetime
) -> Deal:
    """Change a deal, unless somebody else has since the form was opened."""
    with inside(workspace_id=workspace_id):
        deal = lock_current(Deal, deal_id, version=version)
        was = deal.amount_minor, deal.currency
        before = apply(deal, _values(details), at=at)
        if before:
            settle_sale(deal, may_begin=was[0] == 0 and deal.imported_id is None, at=at)
            facts: dict[str, Any] = {"fields": sorted(before.keys() - {"search_text", "match_key"})}
            if {"amount_minor", "currency"} & before.keys():
                facts |= {"was_minor": was[0], "was_currency": was[1]}
                facts |= {"now_minor": deal.amount_minor, "now_currency": deal.currency}
            remember("deal.changed", subject=deal, by=by, at=at, facts=facts)
        return deal


def move_deal(
    *,
    workspace_id: UUID,
    deal_id: UUID,
    stage_id: UUID,
    by: Actor,
    at: datetime,
    from_stage_id: UUID | None = None,
    reason: str = "",
) -> Deal:
    """Put a deal into another stage; into a lost one with the reason. Winning, losing and opening again are moves.

    `from_stage_id` is where the mover saw it: if it stands elsewhere by now, the move is refused.
    """
    with inside(workspace_id=workspace_id):
        deal = lock_current(Deal, deal_id, version=None)
        stage = access_stage(stage_id)
        came_from = Stage.objects.get(pk=deal.stage_id)
        _check_move(deal, stage=stage, seen_in=from_stage_id, reason=reason)

        apply(deal, _standing(stage, reason=reason, at=at), at=at)
        _keep_move(deal, from_stage_id=came_from.id, by=by, at=at)
        settle_sale(deal, may_begin=came_from.category != Category.WON, at=at)
        facts = {"from": came_from.name, "to": stage.name, "reason": deal.close_reason}
        remember(_verb_of_move(came_from, stage), subject=deal, by=by, at=at, facts=facts)
        return deal


def archive_deal(*, workspace_id: UUID, deal_id: UUID, by: Actor, at: datetime) -> Deal:
    """Put a deal away. Twice is once."""
    with inside(workspace_id=workspace_id):
        deal = lock(Deal, deal_id)
        if deal.archived_at is None:
            apply(deal, {"archived_at": at}, at=at)
            settle_sale(deal, may_begin=False, at=at)
            remember("deal.archived", subject=deal, by=by, at=at)
        return deal


def restore_deal(*, workspace_id: UUID, deal_id: UUID, by: Actor, at: datetime) -> Deal:
    """Bring a deal back. Twice is once."""
    with inside(workspace_id=workspace_id):
        deal = lock(Deal, deal_id)
        if deal.archived_at is not None:
            apply(deal, {"archived_at": None}, at=at)
            settle_sale(deal, may_begin=has_counted(deal), at=at)
            remember("deal.restored", subject=deal, by=by, at=at)
        return deal


def access_stage(stage_id: UUID) -> Stage:
    """A stage of the workspace."""
    stage: Stage | None = Stage.objects.filter(pk=stage_id).first()
    if stage is None:
        raise NotFound()
    return stage


def _check_move(deal: Deal, *, stage: Stage, seen_in: UUID | None, reason: str) -> None:
    if deal.stage_id == stage.id or (seen_in is not None and deal.stage_id != seen_in):
        raise AlreadyThere() if deal.stage_id == stage.id else stale(deal)
    if stage.category == Category.LOST and not clean_line(reason):
        raise LostNeedsReason(field="reason")


def stale(deal: Deal) -> Exception:
    """The refusal for a deal that somebody else moved meanwhile."""
    from crm_tenant.errors import StaleRecord

    return StaleRecord(name=deal.name)


def _verb_of_move(came_from: Stage, to: Stage) -> str:
    if to.category != Category.OPEN:
        return f"deal.{to.category}"
    return "deal.moved" if came_from.category == Category.OPEN else "deal.reopened"


def _standing(stage: Stage, *, reason: str, at: datetime) -> dict[str, Any]:
    is_open = stage.category == Category.OPEN
    return {
        "pipeline_id": stage.pipeline_id,
        "stage_id": stage.id,
        "status": stage.category,
        "entered_stage_at": at,
        "closed_at": None if is_open else at,
        "close_reason": "" if is_open else clean_line(reason)[:200],
    }


def _keep_move(deal: Deal, *, from_stage_id: UUID | None, by: Actor, at: datetime) -> None:
    StageMove.objects.create(
        workspace_id=deal.workspace_id,
        deal_id=deal.id,
        from_stage_id=from_stage_id,
        to_stage_id=deal.stage_id,
        amount_minor=deal.amount_minor,
        currency=deal.currency,
        moved_at=at,
        user_id=by.user_id,
    )


def _values(details: DealDetails) -> dict[str, Any]:
    name = named(details.name)
    company = lock(Company, details.company_id) if details.company_id else None
    person = lock(Person, details.person_id) if details.person_id else None
    return {
        "name": name,
        "match_key": match_key(name),
        "company_id": company.id if company else None,
        "person_id": person.id if person else None,
        "owner_id": check_owner(details.owner_id),
        "amount_minor": details.amount_minor,
        "currency": currency_code(details.currency),
        "expected_close_on": details.expected_close_on,
        "probability": details.probability,
        "about": clean_text(details.about)[:4000],
        "search_text": search_text(name, company.name if company else "", person.name if person else ""),
    }
