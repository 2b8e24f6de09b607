"""Stories kept with plans: what they may name, how they ended, and which do not prove what is to be published."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from plans.errors import NothingNew, StoriesFail
from plans.models import Meter, Plan, PlanVersion, Story, StoryResult
from plans.rules.catalogue import Version, digest_of, faults_in_version, gaps_in
from plans.rules.literals import AGGREGATES, one_of
from plans.rules.story import Given
from plans.rules.story import Meter as WrittenMeter
from provider.kernel.errors import NotFound, Refusal

from .catalogue import draft_of, version_on_sale


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A story and how it ended with a version as it stands; `result` is None while it has not been played with it."""

    story: Story
    result: StoryResult | None

    @property
    def state(self) -> str:
        """waiting, passed or failed."""
        if self.result is None:
            return "waiting"
        return "passed" if self.result.has_passed else "failed"


def stories_of(plan: Plan) -> QuerySet[Story]:
    """The stories kept with a plan."""
    return plan.stories.order_by("title")


def access_story(*, seller_id: UUID, story_id: UUID) -> Story:
    """A story of one of the seller's plans."""
    story = Story.objects.filter(plan__seller_id=seller_id, pk=story_id).select_related("plan").first()
    if story is None:
        raise NotFound()
    return story


def played_version(plan: Plan) -> PlanVersion | None:
    """What stories of a plan are played with: its draft, else what is on sale."""
    return draft_of(plan) or version_on_sale(plan)


def given_with(plan: Plan) -> Given:
    """What a story kept with the plan may name without writing it."""
    rows = Meter.objects.filter(seller_id=plan.seller_id)
    meters = {
        row.code: WrittenMeter(
            name=row.code,
            aggregate=one_of(AGGREGATES, row.aggregate),
            property=row.property,
            carries_over=row.carries_over,
        )
        for row in rows
    }
    return Given(plan=plan.code, meters=meters)


def kept_with(*, version: PlanVersion, digest: str) -> list[Kept]:
    """The stories of the version's plan, and how they ended with exactly this content of both."""
    stories = list(stories_of(version.plan))
    latest = latest_results(version=version, stories=stories)
    return [Kept(story=one, result=_of_this(latest.get(one.pk), story=one, digest=digest)) for one in stories]


def obstacles(version: PlanVersion, *, content: Version, currencies: Collection[str]) -> Iterator[Refusal]:
    """What keeps a draft from being published: what cannot be, what is missing, and what no story has proved."""
    yield from faults_in_version(content, currencies=currencies)
    yield from gaps_in(content)
    digest = digest_of(content)
    on_sale = version_on_sale(version.plan)
    if on_sale is not None and on_sale.digest == digest:
        yield NothingNew(number=on_sale.number)
    unproven = [story.title for story in unproven_stories(version=version, digest=digest)]
    if unproven:
        yield StoriesFail(stories=unproven, named=", ".join(unproven[:3]))


def latest_results(*, version: PlanVersion, stories: Iterable[Story]) -> Mapping[UUID, StoryResult]:
    """The last result of each story against the version, whatever the content was then."""
    rows = StoryResult.objects.filter(version=version, story__in=list(stories)).order_by(
        "story_id", "-played_at", "-id"
    )
    return {row.story_id: row for row in rows.distinct("story_id")}


def unproven_stories(*, version: PlanVersion, digest: str) -> list[Story]:
    """Stories of the plan whose last run against exactly this content of both has not passed, or never happened."""
    return [kept.story for kept in kept_with(version=version, digest=digest) if kept.state != "passed"]


def _of_this(result: StoryResult | None, *, story: Story, digest: str) -> StoryResult | None:
    if result is None or (result.story_digest, result.version_digest) != (story.digest, digest):
        return None
    return result
