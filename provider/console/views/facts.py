"""The facts of an act as its reader would say them: names for fields, ids, codes and amounts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from plans.templatetags.catalogue import own_name
from plans.templatetags.plans import access_word
from provider.accounts.models import Language
from provider.accounts.rules.words import PORTAL_NAMES, ROLE_NAMES
from provider.console.queries.named import names_of, subject_of
from provider.console.rules.facts import FACTS, SUBJECTS
from provider.kernel.models import AuditRow
from provider.kernel.money import Money
from provider.look import formats

_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_SHORT: Final = 8  # of an id that nobody knows: enough to tell two apart


def changes_of(act: AuditRow) -> list[tuple[str, str, str]]:
    """What changed: the fact, what it was and what it became, in words."""
    before, after = act.before or {}, act.after or {}
    named = names_of({UUID(text) for text in _texts([before, after]) if _ID.fullmatch(text)})
    facts = {**before, **after}
    shown = [name for name in sorted(facts) if name != "currency" or not _has_amounts(facts)]
    was, now = ([_said(name, side.get(name), facts=facts, named=named) for name in shown] for side in (before, after))
    return list(zip([_(FACTS.get(name, name)) for name in shown], was, now, strict=True))


def subject_in_words(act: AuditRow) -> dict[str, str]:
    """What an act was done to: its kind, its name, and the page that shows it."""
    kind = _(SUBJECTS.get(act.subject_kind, act.subject_kind))
    found = subject_of(act)
    if found is None:
        return {"kind": kind, "name": short(act.subject_id), "href": ""}
    href = reverse(found.page[0], args=[found.page[1]]) if found.page else ""
    return {"kind": kind, "name": _called(found.name, row=found.row) or short(act.subject_id), "href": href}


def short(text: str) -> str:
    """An id that has no name, shortened; anything else as it is. The last part tells ids of one moment apart."""
    return f"…{text[-_SHORT:]}" if _ID.fullmatch(text) else text


def _called(name: Any, *, row: Any) -> str:
    if isinstance(name, datetime):
        return formats.instant(name)
    if hasattr(name, "name_hans"):  # the plan of a version
        return _("%(plan)s, version %(number)s") % {"plan": own_name(name), "number": row.number}
    return own_name(row) if hasattr(row, "name_hans") else str(name)


def _texts(given: Any) -> list[str]:
    if isinstance(given, str):
        return [given]
    if isinstance(given, Mapping):
        return _texts(list(given.values()))
    return [text for one in given for text in _texts(one)] if isinstance(given, list) else []


def _has_amounts(facts: Mapping[str, Any]) -> bool:
    return any(name.endswith("_minor") for name in facts)


def _said(name: str, value: Any, *, facts: Mapping[str, Any], named: Mapping[UUID, str]) -> str:
    if value is None or value in ("", []):
        return "—"
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return formats.in_words([_said(name, one, facts=facts, named=named) for one in value])
    if isinstance(value, int):
        return _figure(name, value, currency=str(facts.get("currency") or ""))
    return _of_text(name, str(value), named=named)


def _figure(name: str, value: int, *, currency: str) -> str:
    if name.endswith("_minor") and currency:
        return formats.money(Money(value, currency))
    return str(value)


def _of_text(name: str, value: str, *, named: Mapping[UUID, str]) -> str:
    if words := _WORDS.get(name, {}).get(value):
        return _(words)
    if name == "access":
        return access_word(value)
    if name == "language" and value in Language.values:
        return str(Language(value).label)
    if _ID.fullmatch(value):
        return named.get(UUID(value)) or short(value)
    if _INSTANT.fullmatch(value):
        return formats.instant(datetime.fromisoformat(value))
    return formats.day(date.fromisoformat(value)) if _DAY.fullmatch(value) else value


_WORDS: Final[dict[str, Mapping[str, str]]] = {
    "portal": PORTAL_NAMES,
    "role": ROLE_NAMES,
    "next_role": ROLE_NAMES,
}
