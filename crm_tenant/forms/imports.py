"""Files that are chosen for an import."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from provider.look import formats


class ManyFiles(forms.ClearableFileInput):
    """A field in which several files may be chosen at once."""

    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Each of the chosen files is judged as a single one would be."""

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        clean_one = super().clean
        return [clean_one(file, initial) for file in data or [None]]


class UploadForm(forms.Form):
    """CSV files, several where they refer to each other by name."""

    csv_files = ManyFilesField(
        label=_("CSV files"),
        widget=ManyFiles(attrs={"multiple": True, "accept": ".csv,text/csv"}),
        help_text=_("Several at once where they refer to each other by name. UTF-8, GB18030 or Big5."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        size = formats.size(settings.UPLOAD_LIMIT_BYTES)
        attrs = {"data-limit": str(settings.UPLOAD_LIMIT_BYTES), "data-limit-text": size}
        self.fields["csv_files"].widget.attrs |= attrs
