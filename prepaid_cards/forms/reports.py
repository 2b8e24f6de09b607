"""As of which day, of which cards, and by what."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from provider.look.as_of import AsOfForm


class LiabilityForm(AsOfForm):
    """The question that a report of liability answers."""

    BY = (("product", _("Kind of card")), ("batch", _("Batch")), ("seller", _("Seller")))
    by = forms.ChoiceField(label=_("By"), choices=BY, required=False)
    product = forms.UUIDField(required=False, widget=forms.HiddenInput)
    batch = forms.UUIDField(required=False, widget=forms.HiddenInput)
    seller = forms.UUIDField(required=False, widget=forms.HiddenInput)
