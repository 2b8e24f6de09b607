"""Stories kept with a plan: written here, played above, and their results written here again.

What changes a story or a draft says so (`StoriesDue`); the player plays what has no result for this content of both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction

from plans.errors import NothingToPlayWith, StoryTitleTaken, StoryTooLong, StoryUnreadable
from plans.events import StoriesDue
from plans.models import Plan, PlanVersion, Story, StoryResult
from plans.queries.stories import given_with, played_version, stories_of
from plans.rules.story import StoryTrouble, read_story
from provider.kernel import audit, outbox
from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound

MOST_CHARACTERS: Final = 100_000
_TITLE: Final = 200


def keep_story(*, plan_id: UUID, content: str, by: Actor, at: datetime) -> Story:
    """Keep a story with a plan. Its title is what the file calls it."""
    with transaction.atomic():
        plan = _lock_plan(plan_id)
        title = _title_of(plan, content)

        story = Story(plan=plan, title=title, content=content, digest=_digest(content), created_at=at, changed_at=at)
        _save(story)

        _record(story, verb="story.kept", by=by, at=at, after={"title": title})
        ask_for_stories(plan=plan, at=at)
        return story


def change_story(*, story_id: UUID, content: str, by: Actor, at: datetime) -> Story:
    """Have a story tell something else; what it proved before is proved no more."""
    with transaction.atomic():
        story = _lock_story(story_id)
        title = _title_of(story.plan, content)

        before = {"title": story.title, "digest": story.digest}
        story.title, story.content, story.digest, story.changed_at = title, content, _digest(content), at
        _save(story)

        after = {"title": title, "digest": story.digest}
        _record(story, verb="story.changed", by=by, at=at, before=before, after=after)
        ask_for_stories(plan=story.plan, at=at)
        return story


def drop_story(*, story_id: UUID, reason: str, by: Actor, at: datetime) -> None:
    """Keep a story no more: what it proved is asked of no version from now on."""
    with transaction.atomic():
        story = _lock_story(story_id)

        _record(story, verb="story.dropped", by=by, at=at, before={"title": story.title}, reason=reason)
        story.delete()


def play_again(*, plan_id: UUID, by: Actor, at: datetime) -> PlanVersion:
    """Have all stories of a plan played once more, with its draft or else with what is on sale."""
    with transaction.atomic():
        plan = _lock_plan(plan_id)
        version = played_version(plan)
        if version is None or not stories_of(plan).exists():
            raise NothingToPlayWith()

        audit.record(
            by=by, verb="story.asked", subject_kind="plan", subject_id=plan.id, account_id=plan.seller_id, at=at,
            after={"number": version.number},
        )  # fmt: skip
        outbox.publish(StoriesDue(account_id=plan.seller_id, version_id=version.id, is_asked=True), at=at)
        return version


def ask_for_stories(*, plan: Plan, at: datetime) -> None:
    """Say that a draft or a story was changed, where there is something to play; in the change's transaction."""
    version = played_version(plan)
    if version is not None and stories_of(plan).exists():
        outbox.publish(StoriesDue(account_id=plan.seller_id, version_id=version.id), at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """How a story ended: the differences as `StoryResult` keeps them, and what was billed."""

    differences: Sequence[dict[str, Any]]
    told: dict[str, Any]


def write_result(*, story: Story, version: PlanVersion, version_digest: str, proof: Proof, at: datetime) -> StoryResult:
    """Write how a story ended, for exactly the content that was played."""
    return StoryResult.objects.create(
        story=story,
        version=version,
        story_digest=story.digest,
        version_digest=version_digest,
        has_passed=not proof.differences,
        differences=list(proof.differences),
        told=proof.told,
        played_at=at,
    )


def _title_of(plan: Plan, content: str) -> str:
    if len(content) > MOST_CHARACTERS:
        raise StoryTooLong(most=MOST_CHARACTERS)
    try:
        return read_story(content, given=given_with(plan)).title.strip()[:_TITLE] or plan.code
    except StoryTrouble as trouble:
        raise StoryUnreadable(line=trouble.line, trouble=trouble.text) from trouble


def _save(story: Story) -> None:
    try:
        with transaction.atomic():
            story.save()
    except IntegrityError as trouble:
        raise StoryTitleTaken(title=story.title) from trouble


def _digest(content: str) -> str:
    return sha256(content.encode()).hexdigest()


def _lock_plan(plan_id: UUID) -> Plan:
    plan = Plan.objects.select_for_update().filter(pk=plan_id).first()
    if plan is None:
        raise NotFound()
    return plan


def _lock_story(story_id: UUID) -> Story:
    story = Story.objects.select_for_update(of=("self",)).select_related("plan").filter(pk=story_id).first()
    if story is None:
        raise NotFound()
    return story


def _record(story: Story, *, verb: str, by: Actor, at: datetime, **facts: Any) -> None:
    audit.record(
        by=by, verb=verb, subject_kind="story", subject_id=story.id, account_id=story.plan.seller_id, at=at, **facts
    )
