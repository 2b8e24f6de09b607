"""Inviting, roles, handing over."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from provider.accounts.models import Membership
from provider.accounts.rules.team import OWNER, ROLES
from provider.accounts.rules.words import ROLE_NAMES, ROLE_TEXTS
from provider.look.fields import offer

from .fields import ContactField, LanguageField


def role_choices(*, portal: str, giver: str) -> list[tuple[str, str]]:
    """The roles that somebody may give, each with what it is for."""
    roles = [role for role in ROLES.get(portal, ()) if role != OWNER or giver == OWNER]
    return [(role, f"{gettext(ROLE_NAMES[role])} · {gettext(ROLE_TEXTS[portal, role])}") for role in reversed(roles)]


class InviteForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"))
    language = LanguageField(label=_("Language of the invitation"))

    field_order = ("contact", "role", "language")

    def __init__(self, *args: Any, portal: str, giver: str, country: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contact"] = ContactField(country=country)
        self.fields["contact"].widget.attrs["autocomplete"] = "off"
        offer(self, role=role_choices(portal=portal, giver=giver))
        self.order_fields(self.field_order)


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, portal: str, giver: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, role=role_choices(portal=portal, giver=giver))


class HandOverForm(forms.Form):
    to_membership = forms.ChoiceField(label=_("New owner"))
    next_role = forms.ChoiceField(label=_("Your role afterwards"))

    def __init__(self, *args: Any, portal: str, members: Iterable[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(
            self,
            to_membership=[(str(member.id), str(member.user)) for member in members],
            next_role=role_choices(portal=portal, giver=OWNER),
        )
