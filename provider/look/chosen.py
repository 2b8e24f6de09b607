"""The rows that were chosen in a table, carried through the page that asks whether they are meant."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _


class ChosenForm(forms.Form):
    """Base of a form about rows that were chosen on the page before."""

    ids_chosen = forms.CharField(widget=forms.HiddenInput)

    @property
    def count(self) -> int:
        """How many were chosen."""
        return len(str(self["ids_chosen"].value() or "").split())

    def clean_ids_chosen(self) -> list[UUID]:
        """Their ids."""
        try:
            return [UUID(one) for one in self.cleaned_data["ids_chosen"].split()]
        except ValueError as trouble:
            raise forms.ValidationError(_("Choose them again on the page before.")) from trouble
