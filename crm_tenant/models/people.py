"""Who sells: names, and the seats of those who sign in."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from .base import InWorkspace, inside


class Salesperson(InWorkspace):
    """A name to whom deals belong. With `user_id` a member of the account; imported ones have none, and no seat."""

    name = models.CharField(max_length=120)
    match_key = models.CharField(max_length=200)
    user_id = models.UUIDField(null=True, blank=True)
    team = models.CharField(max_length=120, blank=True)
    manager_name = models.CharField(max_length=120, blank=True)
    is_sample = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)
    imported = inside("Import", null=True, blank=True)

    class Meta:
        db_table = "crm_salesperson"
        constraints = [
            models.UniqueConstraint(
                name="salesperson_of_user_once", fields=["workspace_id", "user_id"], condition=Q(user_id__isnull=False)
            )
        ]
        indexes = [
            models.Index(fields=["workspace_id", "match_key"], name="salesperson_match"),
            models.Index(fields=["workspace_id", "imported"], name="salesperson_of_import"),
        ]

    def __str__(self) -> str:
        return self.name


class Seat(InWorkspace):
    """A member's time in the CRM: from when the invitation was accepted until the seat was taken away."""

    user_id = models.UUIDField()
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "crm_seat"
        constraints = [
            models.UniqueConstraint(
                name="seat_open_once", fields=["workspace_id", "user_id"], condition=Q(ended_at=None)
            ),
            models.CheckConstraint(
                name="seat_ends_after_it_begins", condition=Q(ended_at=None) | Q(ended_at__gte=F("began_at"))
            ),
        ]
        indexes = [models.Index(fields=["workspace_id", "user_id", "began_at"], name="seat_of_user")]

    def __str__(self) -> str:
        return f"{self.user_id} since {self.began_at:%Y-%m-%d}"
