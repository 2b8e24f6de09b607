"""What a sold card puts into the books: the tax that its face contains, and what is owed for the rest."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from provider.kernel.money import round_half_away

SINGLE, MULTI, PROMOTIONAL = "single_purpose", "multi_purpose", "promotional"


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """A card's face, the class of its tax, and the rate that the face contains."""

    face_minor: int
    tax_class: str
    rate: Decimal

    @property
    def contained_tax_minor(self) -> int:
        """The tax within the face, rounded once."""
        numerator, denominator = self.rate.as_integer_ratio()
        return round_half_away(numerator=self.face_minor * numerator, denominator=100 * denominator + numerator)

    @property
    def tax_at_sale_minor(self) -> int:
        """What the sale owes to the state at once: only where country and rate are known then."""
        return self.contained_tax_minor if self.tax_class == SINGLE else 0

    @property
    def tax_at_redemption_minor(self) -> int:
        """What the redemption owes to the state."""
        return self.contained_tax_minor if self.tax_class == MULTI else 0

    @property
    def liability_minor(self) -> int:
        """What a sold card is owed for until it is redeemed: its face, less tax that was due at the sale."""
        return 0 if self.tax_class == PROMOTIONAL else self.face_minor - self.tax_at_sale_minor
