"""The double-entry ledger: rows are only ever added, and every statement's postings balance."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class LedgerEntry(models.Model):
    """One act of money, unique by what it came from and for which purpose."""

    id = models.BigAutoField(primary_key=True)
    source_kind = models.CharField(max_length=40)
    source_id = models.CharField(max_length=64)
    purpose = models.CharField(max_length=40)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(name="ledger_entry_once", fields=["source_kind", "source_id", "purpose"]),
            models.CheckConstraint(
                name="ledger_entry_names_source", condition=~Q(source_kind="") & ~Q(source_id="") & ~Q(purpose="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_kind} {self.source_id} {self.purpose}"


class LedgerPosting(models.Model):
    """One leg of an entry: a debit (positive) or a credit (negative) of one ledger account, of a party if it has one.

    No id of its own and no key to the chart: each would cost the billing run an index or a lock.
    """

    pk = models.CompositePrimaryKey("entry_id", "position")
    entry = models.ForeignKey(LedgerEntry, on_delete=models.PROTECT, db_index=False, related_name="postings")
    position = models.PositiveSmallIntegerField()
    ledger_account = models.CharField(max_length=32)
    account_id = models.UUIDField(null=True)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="posting_is_not_zero", condition=~Q(amount_minor=0)),
            models.CheckConstraint(name="posting_currency_is_code", condition=Q(currency__regex="^[A-Z]{3}$")),
            models.CheckConstraint(
                name="posting_ledger_account_is_code", condition=Q(ledger_account__regex="^[a-z][a-z_]{2,31}$")
            ),
        ]
        indexes = [
            models.Index(
                fields=["account_id", "ledger_account", "entry"],
                name="posting_of_party",
                condition=Q(account_id__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.ledger_account} {self.amount_minor} {self.currency}"
