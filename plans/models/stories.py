"""Stories kept with a plan, and how they ended when they were run."""

from __future__ import annotations

from django.db import models

from provider.kernel.ids import new_id

from .catalogue import Plan, PlanVersion


class Story(models.Model):
    """What a customer of the plan goes through and must be billed, as a file (its format: `plans.rules.story`)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="stories")
    title = models.CharField(max_length=200)
    content = models.TextField()
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "stories"
        constraints = [models.UniqueConstraint(name="story_title_once_per_plan", fields=["plan", "title"])]

    def __str__(self) -> str:
        return self.title


class StoryResult(models.Model):
    """One run of a story against a version: valid for exactly this content of both."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    story = models.ForeignKey(Story, on_delete=models.CASCADE, related_name="results")
    version = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="story_results")
    story_digest = models.CharField(max_length=64)
    version_digest = models.CharField(max_length=64)
    has_passed = models.BooleanField()
    differences = models.JSONField(default=list)
    # What was billed, as `manage.py play --json` prints it.
    told = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    played_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["version", "story", "-played_at"], name="story_result_latest")]

    def __str__(self) -> str:
        return f"{self.story_id} {'passed' if self.has_passed else 'failed'}"
