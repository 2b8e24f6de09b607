"""A story as it is pasted or uploaded."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from plans.operations.stories import MOST_CHARACTERS

_AREA = forms.Textarea(
    attrs={"rows": 24, "class": "mono", "spellcheck": "false", "autocapitalize": "none", "translate": "no"}
)


class StoryForm(forms.Form):
    """The text of a story, or a file with it."""

    content = forms.CharField(
        label=_("What happens, and what is billed"), required=False, widget=_AREA, strip=False,
        help_text=_("YAML. The plan is named by its code; its prices are those of the draft."),
    )  # fmt: skip
    file = forms.FileField(
        label=_("Or a file"), required=False, help_text=_("A .yaml file; it is taken instead of the text above."),
        widget=forms.FileInput(attrs={"accept": ".yaml,.yml,text/yaml"}),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """The file instead of the text, where there is one."""
        given: dict[str, Any] = super().clean() or {}
        if file := given.get("file"):
            if file.size > 4 * MOST_CHARACTERS:  # bytes of as many characters
                raise forms.ValidationError({"file": _("The file is too long for a story.")})
            try:
                given["content"] = file.read().decode("utf-8-sig")
            except UnicodeDecodeError as trouble:
                raise forms.ValidationError({"file": _("The file is not UTF-8 text.")}) from trouble
        if not given.get("content", "").strip():
            self.add_error("content", _("Write a story, or choose a file."))
        return given
