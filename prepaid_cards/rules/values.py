"""What a card of money or points would give: the promise that is shown first and kept to the cent."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """Prepaid money or points that come to what is there already."""

    unit: str  # money or points
    currency: str
    before: int
    amount: int
    bonus: int = 0

    @property
    def after(self) -> int:
        return self.before + self.amount + self.bonus
