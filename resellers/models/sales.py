"""What goes over the counter: a receipt, its cards, and the numbers of a store's receipts."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from plans.rules.catalogue.naming import Names, in_language
from prepaid_cards.models import Activation, Card
from provider.accounts.models import Account, User
from provider.kernel.ids import new_id

from .agreements import Agreement
from .stores import Store


class Paid(models.TextChoices):
    """How the customer paid the shop."""

    CASH = "cash", _("Cash")
    WECHAT = "wechat_pay", _("WeChat Pay")
    ALIPAY = "alipay", _("Alipay")
    BANK_CARD = "bank_card", pgettext_lazy("at the till", "Bank card")  # beside credit cards: of a debit account
    CREDIT_CARD = "credit", _("Credit card")
    LINE_PAY = "line_pay", "LINE Pay"  # a brand: the same in every language
    JKOPAY = "jkopay", _("JKOPAY")
    EASYCARD = "easycard", _("EasyCard")
    OCTOPUS = "octopus", _("Octopus")
    FPS = "fps", _("FPS")
    OTHER = "other", _("Other")


class ReceiptSeries(models.Model):
    """The last receipt number of a store in a year. It steps by one (trigger `receipt_numbers_step_by_one`)."""

    id = models.BigAutoField(primary_key=True)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="receipt_series")
    year = models.PositiveSmallIntegerField()
    last_number = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(name="receipt_series_once", fields=["store", "year"])]

    def __str__(self) -> str:
        return f"{self.year} {self.last_number}"


class Sale(models.Model):
    """Cards sold together, under the terms of their day. Its content stays (trigger `sale_content_stays`).

    `face_minor` is what the customer paid; the reseller owes it less `discount_minor`, the sum of its lines'. At the
    end of each transaction a sale is the sum of its lines, and is undone when all of them came back (trigger
    `sale_is_its_lines`).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    reseller = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="sales", db_index=False)
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="sales")
    activation = models.OneToOneField(Activation, on_delete=models.PROTECT, related_name="sale")
    year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    sold_on = models.DateField()  # the day in the reseller's zone
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    api_key_id = models.UUIDField(null=True)
    count = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    face_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField()
    paid_by = models.CharField(max_length=10, choices=Paid.choices)
    given_minor = models.BigIntegerField(null=True)  # cash that the customer gave; the rest was given back
    reference = models.CharField(max_length=60, blank=True)  # of the shop's own receipt
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    undone_reason = models.CharField(max_length=200, blank=True)
    returned_count = models.PositiveIntegerField(default=0, db_default=0)  # of its cards, one by one or all together
    returned_minor = models.BigIntegerField(default=0, db_default=0)  # their price

    class Meta:
        constraints = [
            models.UniqueConstraint(name="receipt_number_once", fields=["store", "year", "number"]),
            models.CheckConstraint(
                name="sale_amounts_are_sane",
                condition=Q(
                    count__gte=1, face_minor__gte=0, discount_minor__gte=0, discount_minor__lte=F("face_minor")
                ),
            ),
            models.CheckConstraint(name="sale_is_numbered_in_its_year", condition=Q(sold_on__year=F("year"))),
            models.CheckConstraint(name="sale_way_of_paying_known", condition=Q(paid_by__in=Paid.values)),
            models.CheckConstraint(
                name="sale_cash_given_is_enough",
                condition=Q(given_minor=None) | Q(paid_by="cash", given_minor__gte=F("face_minor")),
            ),
            models.CheckConstraint(
                name="sale_undone_says_when",
                condition=Q(undone_at__isnull=False) | Q(undone_by=None, undone_reason=""),
            ),
        ]
        indexes = [
            models.Index(fields=["reseller", "-at", "-id"], name="sale_of_reseller"),
            models.Index(fields=["store", "-at", "-id"], name="sale_of_store"),
            models.Index(fields=["reseller", "sold_on"], name="sale_of_day"),
        ]

    def __str__(self) -> str:
        return self.receipt

    @property
    def receipt(self) -> str:
        """The receipt's number as it is printed: SH1-2026-000417."""
        return f"{self.store.code}-{self.year}-{self.number:06d}"

    @property
    def change_minor(self) -> int | None:
        """What was given back."""
        return None if self.given_minor is None else self.given_minor - self.face_minor


class SaleReturn(models.Model):
    """Cards of one receipt that came back together, on a receipt of their own.

    Only added to (trigger `sale_returns_are_kept`).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, related_name="returns", db_index=False)
    number = models.PositiveSmallIntegerField()  # of the receipt's own returns
    at = models.DateTimeField()
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    api_key_id = models.UUIDField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    count = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    face_minor = models.BigIntegerField()  # what the customer got back
    discount_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="sale_return_number_once", fields=["sale", "number"]),
            models.CheckConstraint(
                name="sale_return_amounts_are_sane",
                condition=Q(
                    count__gte=1, face_minor__gte=0, discount_minor__gte=0, discount_minor__lte=F("face_minor")
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.receipt

    @property
    def receipt(self) -> str:
        """Its number as it is printed: SH1-2026-000417-R1."""
        return f"{self.sale.receipt}-R{self.number}"


class SaleLine(models.Model):
    """One card of a sale. A card is in one sale that stands."""

    id = models.BigAutoField(primary_key=True)
    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, related_name="lines", db_index=False)
    position = models.PositiveSmallIntegerField()
    card = models.ForeignKey(Card, on_delete=models.PROTECT, related_name="+", db_index=False)
    serial = models.CharField(max_length=14)
    product_id = models.UUIDField()
    product_name = models.CharField(max_length=120)  # as it was called that day
    product_name_hans = models.CharField(max_length=120, blank=True, default="", db_default="")
    product_name_hant = models.CharField(max_length=120, blank=True, default="", db_default="")
    currency = models.CharField(max_length=3)
    face_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField()
    undone_at = models.DateTimeField(null=True)
    returned = models.ForeignKey(
        SaleReturn, null=True, on_delete=models.PROTECT, related_name="lines", db_index=False
    )  # with which it came back

    class Meta:
        constraints = [
            models.UniqueConstraint(name="card_sold_once", fields=["card"], condition=Q(undone_at__isnull=True)),
            models.UniqueConstraint(name="sale_line_once", fields=["sale", "position"]),
            models.CheckConstraint(
                name="sale_line_amounts_are_sane",
                condition=Q(face_minor__gte=0, discount_minor__gte=0, discount_minor__lte=F("face_minor")),
            ),
        ]
        indexes = [models.Index(fields=["card"], name="sale_line_of_card")]

    def __str__(self) -> str:
        return self.serial

    @property
    def product_names(self) -> Names:
        """What the product was called that day in English, Simplified and Traditional Chinese."""
        return self.product_name, self.product_name_hans, self.product_name_hant

    @property
    def own_product_name(self) -> str:
        """What the reader of the receipt calls it."""
        return in_language(self.product_names, get_language() or "en")
