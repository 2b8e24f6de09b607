"""What the provider and a reseller agreed on: one version after the other, each for its time."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from provider.accounts.models import Account, User
from provider.kernel.ids import new_id
from provider.kernel.state import Transitions


class AgreementStatus(models.TextChoices):
    AGREED = "agreed"
    WITHDRAWN = "withdrawn"  # taken back before it began


AGREEMENT_MOVES: Transitions = {AgreementStatus.AGREED: frozenset({AgreementStatus.WITHDRAWN})}


class Agreement(models.Model):
    """The terms of a reseller in one currency, from `valid_from` until `valid_until` (None: until the next version).

    Terms never change (trigger `agreement_terms_stay`): other terms are a new version, and what was sold under this
    one keeps its discount. Only its end and its status may still be set.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    reseller = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="agreements")
    version = models.PositiveIntegerField()
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True, blank=True)
    currency = models.CharField(max_length=3)
    discount_percent = models.DecimalField(max_digits=5, decimal_places=2)  # off the face value of what is sold
    credit_limit_minor = models.BigIntegerField()  # what may be owed at most
    payment_days = models.PositiveSmallIntegerField()  # after a statement
    status = models.CharField(max_length=9, choices=AgreementStatus.choices, default=AgreementStatus.AGREED)
    note = models.CharField(max_length=400, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    ended_reason = models.CharField(max_length=400, blank=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="agreements_do_not_overlap",
                expressions=[
                    ("reseller", RangeOperators.EQUAL),
                    ("currency", RangeOperators.EQUAL),
                    (
                        Func(
                            F("valid_from"),
                            F("valid_until"),
                            Value("[)"),
                            function="tstzrange",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(status="agreed"),
            ),
            models.UniqueConstraint(name="agreement_version_once", fields=["reseller", "version"]),
            models.CheckConstraint(name="agreement_status_known", condition=Q(status__in=AgreementStatus.values)),
            models.CheckConstraint(
                name="agreement_is_half_open", condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from"))
            ),
            models.CheckConstraint(
                name="agreement_discount_leaves_something",
                condition=Q(discount_percent__gte=0, discount_percent__lt=100),
            ),
            models.CheckConstraint(name="agreement_limit_is_not_negative", condition=Q(credit_limit_minor__gte=0)),
            models.CheckConstraint(name="agreement_payment_days_are_sane", condition=Q(payment_days__lte=180)),
        ]

    def __str__(self) -> str:
        return f"{self.reseller_id} {self.version}"
