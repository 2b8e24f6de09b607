"""Stories kept with plans, for machines: what a customer goes through, and how it ended when it was played."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from ninja import Query, Router, Status
from pydantic import Field

from plans.models import PlanVersion, Story, StoryResult
from plans.operations import stories
from plans.queries.catalogue import access_plan, content_of, seller_of_key
from plans.queries.stories import Kept, access_story, kept_with, played_version, stories_of
from plans.rules.catalogue import digest_of
from provider.kernel import clock
from provider.kernel.doors import actor_of
from provider.kernel.errors import N_
from provider.kernel.machine_doors import Answer, Given, Page, PageAsked, page_of, scope

router = Router(tags=["Plans"])


class StoryAsked(Given):
    """A story as its file."""

    content: Annotated[
        str,
        Field(
            max_length=stories.MOST_CHARACTERS,
            description=N_("YAML, in the format of `manage.py play`; it names the plan by its code."),
            examples=["story: A first month\ntimezone: Asia/Shanghai\ncurrency: CNY\nsteps: …"],
        ),
    ]


class StoryDropAsked(Given):
    """Why it is kept no more."""

    reason: Annotated[str, Field(max_length=400, description=N_("It stands in the history."))] = ""


class StoryDifference(Answer):
    """Where what was billed is not what the story expects."""

    line: Annotated[int, Field(description=N_("Of the story's file."), examples=[31])]
    subject: Annotated[str, Field(examples=["invoice 2 · total"])]
    expected: Annotated[str, Field(examples=["100.00"])]
    got: Annotated[str, Field(examples=["98.00"])]
    text: Annotated[str, Field(description=N_("In words, where the two figures do not say it."))]

    @classmethod
    def of(cls, plain: dict[str, Any]) -> StoryDifference:
        sentence: str = plain["text"]
        text = sentence and gettext(sentence)
        return cls(
            line=plain["line"],
            subject=" · ".join(part for part in (plain["of"], plain["key"]) if part),
            expected=str(plain["expected"]),
            got=str(plain["got"]),
            text=text % plain["facts"] if plain["facts"] else text,
        )


class StoryShown(Answer):
    """A story, and how it ended with the plan's draft, or with what is on sale where there is none."""

    id: UUID
    plan_id: UUID
    title: Annotated[str, Field(examples=["A first month"])]
    state: Annotated[
        str,
        Field(
            description=N_("`passed`, `failed`, or `waiting` until it was played with the version as it stands."),
            examples=["passed"],
        ),
    ]
    version_id: Annotated[UUID | None, Field(description=N_("With which it is played; null where there is none."))]
    played_at: datetime | None
    differences: list[StoryDifference]
    changed_at: datetime


class StoryWithContent(StoryShown):
    """The same with its file, and with what was billed."""

    content: str
    billed: Annotated[
        dict[str, Any],
        Field(description=N_("Documents, usage and access as `manage.py play --json` tells them; empty before.")),
    ]


class StoriesPlayed(Answer):
    """What is being played."""

    version_id: UUID
    number: Annotated[int, Field(description=N_("Of the version with which they are played."), examples=[3])]
    count: Annotated[int, Field(description=N_("How many stories."), examples=[4])]


def _facts(story: Story, *, version: PlanVersion | None, result: StoryResult | None) -> dict[str, Any]:
    return {
        "id": story.id,
        "plan_id": story.plan_id,
        "title": story.title,
        "state": Kept(story=story, result=result).state,
        "version_id": version.id if version else None,
        "played_at": result.played_at if result else None,
        "differences": [StoryDifference.of(one) for one in result.differences] if result else [],
        "changed_at": story.changed_at,
    }


def _results(version: PlanVersion | None) -> dict[UUID, StoryResult | None]:
    """How each story of the plan ended with this version as it stands."""
    if version is None:
        return {}
    return {kept.story.id: kept.result for kept in kept_with(version=version, digest=digest_of(content_of(version)))}


def _shown(story: Story) -> StoryWithContent:
    version = played_version(story.plan)
    result = _results(version).get(story.id)
    facts = _facts(story, version=version, result=result)
    return StoryWithContent(**facts, content=story.content, billed=result.told if result else {})


@router.get(
    "/plans/{plan_id}/stories",
    response=Page[StoryShown],
    operation_id="list_stories",
    summary=N_("List the stories of a plan"),
    description=N_("By their titles, each with how it ended; for the provider."),
)
@scope("plans:read")
def list_stories(
    request: HttpRequest, response: HttpResponse, plan_id: UUID, asked: Query[PageAsked]
) -> dict[str, Any]:
    plan = access_plan(seller_id=seller_of_key(actor_of(request)), plan_id=plan_id)
    version = played_version(plan)
    results = _results(version)

    def shape(story: Story) -> StoryShown:
        return StoryShown(**_facts(story, version=version, result=results.get(story.id)))

    return page_of(
        stories_of(plan), request=request, response=response, asked=asked, order=("title", "id"), shape=shape
    )


@router.post(
    "/plans/{plan_id}/stories",
    response={201: StoryWithContent},
    operation_id="keep_story",
    summary=N_("Keep a story with a plan"),
    description=N_(
        "It is played at once with the plan’s draft, or else with what is on sale; ask for it until its state is not "
        "`waiting`. A version with a story that fails is not published. What cannot be read is refused with the line "
        "(422 `story_unreadable`)."
    ),
)
@scope("plans:write")
def keep_one_story(request: HttpRequest, plan_id: UUID, asked: StoryAsked) -> Status[StoryWithContent]:
    by = actor_of(request)
    plan = access_plan(seller_id=seller_of_key(by), plan_id=plan_id)
    return Status(201, _shown(stories.keep_story(plan_id=plan.id, content=asked.content, by=by, at=clock.now())))


@router.post(
    "/plans/{plan_id}/stories/play",
    response=StoriesPlayed,
    operation_id="play_stories",
    summary=N_("Play the stories of a plan"),
    description=N_("Has all of them played once more; list them to see how they ended."),
)
@scope("plans:write")
def play_stories(request: HttpRequest, plan_id: UUID) -> StoriesPlayed:
    by = actor_of(request)
    plan = access_plan(seller_id=seller_of_key(by), plan_id=plan_id)
    version = stories.play_again(plan_id=plan.id, by=by, at=clock.now())
    return StoriesPlayed(version_id=version.id, number=version.number, count=stories_of(plan).count())


@router.get(
    "/stories/{story_id}",
    response=StoryWithContent,
    operation_id="read_story",
    summary=N_("Read a story"),
    description=N_("Its file, what was billed in it, and where that is not what it expects."),
)
@scope("plans:read")
def read_story(request: HttpRequest, story_id: UUID) -> StoryWithContent:
    return _shown(access_story(seller_id=seller_of_key(actor_of(request)), story_id=story_id))


@router.post(
    "/stories/{story_id}/content",
    response=StoryWithContent,
    operation_id="change_story",
    summary=N_("Change a story"),
    description=N_("What it proved before is proved no more: it is played again."),
)
@scope("plans:write")
def change_one_story(request: HttpRequest, story_id: UUID, asked: StoryAsked) -> StoryWithContent:
    by = actor_of(request)
    story = access_story(seller_id=seller_of_key(by), story_id=story_id)
    return _shown(stories.change_story(story_id=story.id, content=asked.content, by=by, at=clock.now()))


@router.post(
    "/stories/{story_id}/drop",
    response=StoryWithContent,
    operation_id="drop_story",
    summary=N_("Drop a story"),
    description=N_(
        "It is kept no more, and asked of no version from now on. The answer is the last that is heard of it."
    ),
)
@scope("plans:write")
def drop_one_story(request: HttpRequest, story_id: UUID, asked: StoryDropAsked) -> StoryWithContent:
    by = actor_of(request)
    story = access_story(seller_id=seller_of_key(by), story_id=story_id)
    last = _shown(story)
    stories.drop_story(story_id=story.id, reason=asked.reason.strip(), by=by, at=clock.now())
    return last
