"""What the lines of documents are called."""

from __future__ import annotations

from django.utils.translation import gettext

from plans.queries.terms import Sold
from plans.rules.catalogue.naming import in_language


def titles_of(terms: Sold, *, charge: str, kind: str, language: str) -> tuple[str, str]:
    """What a line is called and the plan that it is of, in a language; inside `override` of that language."""
    plan = in_language(terms.names, language)
    name = in_language(terms.charge_names.get(charge, ("", "", "")), language)
    if kind == "minimum":
        return gettext("Minimum charge"), f"{plan}, {name}" if name else plan
    if kind == "adjustment":
        return gettext("Late usage: %(charge)s") % {"charge": name or charge}, plan
    return (name, plan) if name else (plan, charge if charge != "base" else "")
