"""Whether an account may work: one spell after another, each with its cause, without gap or overlap."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from provider.accounts.models import Account
from provider.kernel.ids import new_id

from .subscriptions import Subscription


class AccessState(models.TextChoices):
    TRIAL = "trial"
    ACTIVE = "active"
    GRACE = "grace"
    DORMANT = "dormant"


class ExtendedState(models.TextChoices):
    TRIAL = "trial"
    GRACE = "grace"


class AccessSpell(models.Model):
    """From `from_at` until `until_at` (None: still) the account's access was `state`, because of `cause`.

    `ends_at` is when the spell will end if nothing happens: the trial's end, the paid end, the end of grace.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="access_spells")
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=AccessState.choices)
    cause = models.CharField(max_length=32)
    reason = models.CharField(max_length=200, blank=True)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="access_spells_do_not_overlap",
                expressions=[
                    ("account", RangeOperators.EQUAL),
                    (
                        Func(
                            F("from_at"),
                            F("until_at"),
                            Value("[)"),
                            function="tstzrange",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
            models.UniqueConstraint(name="account_has_one_open_spell", fields=["account"], condition=Q(until_at=None)),
            models.CheckConstraint(name="access_state_known", condition=Q(state__in=AccessState.values)),
            models.CheckConstraint(
                name="access_spell_is_half_open", condition=Q(until_at=None) | Q(until_at__gte=F("from_at"))
            ),
            models.CheckConstraint(name="access_spell_has_cause", condition=~Q(cause="")),
        ]
        indexes = [
            models.Index(fields=["account", "-from_at"], name="access_of_account"),
            models.Index(fields=["ends_at", "id"], name="access_that_ends", condition=Q(until_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.state}"


class AccessExtension(models.Model):
    """The trial or the grace that ran at `given_at` lasts until before the local day `end_on`, because of `reason`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="access_extensions")
    state = models.CharField(max_length=8, choices=ExtendedState.choices)
    old_end_on = models.DateField()
    end_on = models.DateField()
    reason = models.CharField(max_length=400)
    given_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="access_extension_state_known", condition=Q(state__in=ExtendedState.values)),
            models.CheckConstraint(name="access_extension_is_longer", condition=Q(end_on__gt=F("old_end_on"))),
            models.CheckConstraint(name="access_extension_has_reason", condition=~Q(reason="")),
        ]
        indexes = [models.Index(fields=["subscription", "end_on"], name="extension_of_subscription")]

    def __str__(self) -> str:
        return f"{self.state} {self.end_on}"
