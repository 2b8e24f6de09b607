"""The printer's file of results."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class PrintReportForm(forms.Form):
    """A file with a line for each card."""

    file = forms.FileField(
        label=_("The printer’s file"),
        help_text=_("CSV with the columns serial and result; the result is OK or spoiled."),
        error_messages={"required": _("Choose the file that the printer has sent.")},
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )
