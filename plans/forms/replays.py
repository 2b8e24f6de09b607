"""Over which month, and over whom, a version is replayed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from provider.look.fields import offer


class ReplayForm(forms.Form):
    """A month that is past, and the plan whose subscribers are meant."""

    month = forms.ChoiceField(label=_("Usage of"))
    of_plan = forms.ChoiceField(
        label=_("Subscribers of"), help_text=_("Whoever was on it in that month, with what they used and bought then.")
    )

    def __init__(
        self, *args: Any, months: Sequence[tuple[str, str]], plans: Sequence[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        offer(self, month=months, of_plan=plans)

    def wish(self) -> dict[str, Any]:
        """What the operation takes."""
        given = self.cleaned_data
        return {"month_on": date.fromisoformat(given["month"]), "of_plan_id": UUID(given["of_plan"])}
