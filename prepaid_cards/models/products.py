"""Card products: what a card grants, what it costs, where and until when it is taken."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from plans.models import Plan
from plans.rules.catalogue.naming import Names, in_language
from provider.accounts.models import Brand, Region, User
from provider.kernel.ids import new_id
from provider.kernel.state import Transitions


class GrantKind(models.TextChoices):
    TERM = "term", _("Time on a plan")
    TOP_UP = "top_up", _("Top-up of the balance")  # prepaid money
    POINTS = "points", _("Points")
    BUNDLE = "bundle", _("First term in a box")  # the first term, in the box of another product


class TaxClass(models.TextChoices):
    SINGLE_PURPOSE = "single_purpose", _("Taxed when sold")  # country and rate are known: taxed when it is sold
    MULTI_PURPOSE = "multi_purpose", _("Taxed when redeemed")  # taxed when it is redeemed
    PROMOTIONAL = "promotional", _("Given away")  # given away: a discount, no money and no tax


class RedeemBy(models.TextChoices):
    NEVER = "never", _("Without an end")  # it does not expire
    FIXED = "fixed", _("To a day")  # up to a day, that day included, in the provider's zone
    YEARS = "years", _("Years after the sale")  # so many years after the sale, to the end of that year


class ProductStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    OFFERED = "offered", _("Offered")
    RETIRED = "retired", _("Retired")


PRODUCT_MOVES: Transitions = {
    ProductStatus.DRAFT: frozenset({ProductStatus.OFFERED, ProductStatus.RETIRED}),
    ProductStatus.OFFERED: frozenset({ProductStatus.RETIRED}),
    ProductStatus.RETIRED: frozenset({ProductStatus.OFFERED}),
}

_HAS_TERM = Q(months__gt=0, days=0) | Q(months=0, days__gt=0)


class CardProduct(models.Model):
    """A kind of card. Once it is offered its content stays (trigger `card_product_content_stays`)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120)
    name_hans = models.CharField(max_length=120, blank=True, default="", db_default="")
    name_hant = models.CharField(max_length=120, blank=True, default="", db_default="")
    kind = models.CharField(max_length=8, choices=GrantKind.choices)
    plan = models.ForeignKey(Plan, null=True, blank=True, on_delete=models.PROTECT, related_name="card_products")
    months = models.PositiveSmallIntegerField(default=0)
    days = models.PositiveSmallIntegerField(default=0)
    seats = models.PositiveIntegerField(default=0)  # that are paid for while the time runs
    top_up_minor = models.BigIntegerField(default=0)
    points = models.PositiveIntegerField(default=0)
    face_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    tax_class = models.CharField(max_length=16, choices=TaxClass.choices)
    tax_rate = models.DecimalField(max_digits=7, decimal_places=4, default=0)  # percent, contained in the face
    redeem_by = models.CharField(max_length=8, choices=RedeemBy.choices, default=RedeemBy.NEVER)
    redeem_by_on = models.DateField(null=True, blank=True)  # the last day
    redeem_by_years = models.PositiveSmallIntegerField(null=True, blank=True)
    regions = models.ManyToManyField(Region, blank=True, related_name="+")  # none: everywhere
    brands = models.ManyToManyField(Brand, blank=True, related_name="+")  # none: every brand
    status = models.CharField(max_length=8, choices=ProductStatus.choices, default=ProductStatus.DRAFT)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    offered_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="card_product_grants_what_it_says",
                condition=Q(kind__in=["term", "bundle"], plan__isnull=False, top_up_minor=0, points=0) & _HAS_TERM
                | Q(kind="top_up", top_up_minor__gt=0, points=0, months=0, days=0, plan=None)
                | Q(kind="points", points__gt=0, top_up_minor=0, months=0, days=0, plan=None),
            ),
            models.CheckConstraint(
                name="card_product_face_is_a_price",
                condition=Q(face_minor__gt=0) | Q(face_minor=0, tax_class="promotional"),
            ),
            models.CheckConstraint(
                name="card_product_tax_rate_is_a_percentage",
                condition=Q(tax_rate__gte=0, tax_rate__lt=100) & (~Q(tax_class="promotional") | Q(tax_rate=0)),
            ),
            models.CheckConstraint(
                name="card_product_redeem_by_is_whole",
                condition=Q(redeem_by="never", redeem_by_on=None, redeem_by_years=None)
                | Q(redeem_by="fixed", redeem_by_on__isnull=False, redeem_by_years=None)
                | Q(redeem_by="years", redeem_by_on=None, redeem_by_years__gt=0),
            ),
            models.CheckConstraint(
                name="card_product_status_has_its_facts",
                condition=Q(status="draft", offered_at=None, retired_at=None)
                | Q(status="offered", offered_at__isnull=False, retired_at=None)
                | Q(status="retired", retired_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["-created_at", "-id"], name="card_product_newest")]

    def __str__(self) -> str:
        return self.own_name

    @property
    def names(self) -> Names:
        """Its names in English, Simplified and Traditional Chinese."""
        return self.name, self.name_hans, self.name_hant

    @property
    def own_name(self) -> str:
        """What its reader calls it: the name in the active language, else the English one."""
        return in_language(self.names, get_language() or "en")
