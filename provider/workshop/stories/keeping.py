"""Stories that operators keep with a plan, played with the version as it stands, and their results."""

from __future__ import annotations

from datetime import datetime

from plans.errors import StoryCurrencyNotSold
from plans.events import StoriesDue
from plans.models import PlanVersion, Story
from plans.operations.stories import Proof, write_result
from plans.queries.catalogue import content_of
from plans.queries.stories import given_with, kept_with
from plans.rules.catalogue import Version, digest_of
from plans.rules.story import Given, StoryTrouble, read_story

from .compare import Difference
from .player import play


def play_due(event: StoriesDue, *, at: datetime) -> None:
    """Play the stories of a plan that have no result for this content of both; all of them where that is asked for."""
    version = PlanVersion.objects.select_related("plan").filter(pk=event.version_id).first()
    if version is None:  # the draft was thrown away meanwhile
        return
    content = content_of(version)
    digest = digest_of(content)
    given = given_with(version.plan)
    for kept in kept_with(version=version, digest=digest):
        if event.is_asked or kept.result is None:
            proof = prove(kept.story, content=content, given=given)
            write_result(story=kept.story, version=version, version_digest=digest, proof=proof, at=at)


def prove(story: Story, *, content: Version, given: Given) -> Proof:
    """Play one story with this content."""
    try:
        told = read_story(story.content, given=given)
    except StoryTrouble as trouble:  # it was readable when it was kept: a meter or the plan's code has gone since
        return _failed(Difference(line=trouble.line, key="story", text=trouble.text))
    if told.currency not in content.currencies:
        facts = {"currency": told.currency}
        return _failed(Difference(line=1, key="currency", text=StoryCurrencyNotSold.text, facts=facts))
    played = play(told, draft=content, is_alone=False)
    return Proof(differences=[one.as_json() for one in played.differences], told=played.told.as_json())


def _failed(difference: Difference) -> Proof:
    return Proof(differences=[difference.as_json()], told={})
