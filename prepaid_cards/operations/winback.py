"""Winning accounts back: chosen from the list, written to by a job, each once and nobody too often."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from prepaid_cards import errors
from prepaid_cards.models import OfferStatus, WinBackOffer, WinBackRound
from prepaid_cards.queries.winback import is_asleep, offers_for_sleepers, was_told_lately
from prepaid_cards.rules.terms import last_day_before
from provider.accounts.models import Account
from provider.kernel import audit, jobs
from provider.kernel.actor import Actor
from provider.kernel.errors import N_, NotFound
from provider.kernel.jobs import Chunk, Outcome, Result
from provider.look import formats
from provider.messages.operations import messages
from provider.messages.queries import owners_of

from .zones import provider_zone

SEND: Final = "prepaid_cards.win_back"
MOST: Final = 5_000
_CHUNK: Final = 50


def choose_accounts(*, account_ids: Iterable[UUID], by: Actor, at: datetime) -> WinBackRound:
    """Keep who should get an offer; nothing is sent before the letter is written."""
    wanted = list(dict.fromkeys(account_ids))
    if not wanted:
        raise errors.NobodyChosen()
    if len(wanted) > MOST:
        raise errors.TooManyChosen(most=MOST)
    with transaction.atomic():
        made = WinBackRound.objects.create(chosen_at=at, chosen_by_id=by.user_id)
        WinBackOffer.objects.bulk_create(WinBackOffer(round=made, account_id=one) for one in wanted)
        _record(made, verb="win_back.chosen", after={"count": len(wanted)}, by=by, at=at)
        return made


def send_offers(*, round_id: UUID, campaign_id: UUID | None, note: str, by: Actor, at: datetime) -> WinBackRound:
    """Write to the chosen accounts; a round is sent once."""
    with transaction.atomic():
        found = WinBackRound.objects.select_for_update().filter(id=round_id).first()
        if found is None:
            raise NotFound()
        if found.sent_at is not None:
            raise errors.RoundSentAlready()
        if campaign_id is not None and not offers_for_sleepers(at=at).filter(id=campaign_id).exists():
            raise errors.CampaignNotForThem(field="campaign")
        if campaign_id is None and not note.strip():
            raise errors.OfferWithoutWords(field="note")

        job = jobs.start(
            kind=SEND, params={"round_id": found.id}, by=by, at=at, account_id=by.account_id,
            total=found.offers.count(),
        )  # fmt: skip
        found.campaign_id, found.note, found.job_id = campaign_id, note.strip(), job.id
        found.sent_at, found.sent_by_id = at, by.user_id
        found.save(update_fields=["campaign", "note", "job_id", "sent_at", "sent_by"])
        told = {"campaign": str(campaign_id or ""), "note": found.note}
        _record(found, verb="win_back.sent", after=told, by=by, at=at)
        return found


def send_chunk(chunk: Chunk) -> Outcome:
    """The job's step: the next accounts; each letter and its mark commit together."""
    found = WinBackRound.objects.select_related("campaign").get(id=UUID(chunk.params["round_id"]))
    waiting = found.offers.select_for_update(of=("self",)).filter(status=OfferStatus.WAITING)
    offers = list(waiting.select_related("account").order_by("id")[:_CHUNK])
    counts: dict[str, int] = {}
    for offer in offers:
        offer.status, offer.at = _send(offer, found=found, by=chunk.by, at=chunk.at), chunk.at
        offer.save(update_fields=["status", "at"])
        word = "sent" if offer.status == OfferStatus.SENT else "left_out"
        counts[word] = counts.get(word, 0) + 1
    is_last = len(offers) < _CHUNK
    link = Result(label=N_("The offers"), url=f"/operator/cards/win-back/{found.id}/")
    return Outcome(
        cursor=None if is_last else str(offers[-1].id), handled=len(offers), counts=counts,
        result=link if is_last else None,
    )  # fmt: skip


def _send(offer: WinBackOffer, *, found: WinBackRound, by: Actor, at: datetime) -> OfferStatus:
    if not is_asleep(offer.account_id):
        return OfferStatus.AWAKE
    if was_told_lately(offer.account_id, at=at):
        return OfferStatus.RECENT
    owners = [owner for owner in owners_of(offer.account_id) if owner.email]
    if not owners:
        return OfferStatus.NO_ADDRESS
    for owner in owners:
        messages.send(
            key="win_back_offer", account=offer.account, user=owner, at=at, by=by,
            params=_params(found, account=offer.account, language=owner.language),
            idempotency=f"{found.id} {owner.id}",
        )  # fmt: skip
    return OfferStatus.SENT


def _params(found: WinBackRound, *, account: Account, language: str) -> dict[str, str]:
    campaign, until = found.campaign, ""
    if campaign is not None:
        until = formats.day(last_day_before(instant=campaign.ends_at, zone=provider_zone()), language=language)
    return {
        "name": account.name,
        "campaign": campaign.name if campaign else "",
        "until": until,
        "note": found.note,
        "link": "/my/redeem/",
    }


def _record(found: WinBackRound, *, verb: str, after: Mapping[str, object], by: Actor, at: datetime) -> None:
    audit.record(
        by=by, verb=verb, subject_kind="win_back_round", subject_id=found.id, account_id=by.account_id, at=at,
        after=after,
    )  # fmt: skip
