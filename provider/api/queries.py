"""What joins packages in the API: rows of the kernel, seen by the right of a key."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from provider.accounts.models import Account
from provider.accounts.queries import accounts_open_to_key
from provider.kernel.actor import Actor
from provider.kernel.errors import NotFound, Refusal
from provider.kernel.models import AuditRow, Job
from provider.kernel.problem import title_of


def history_open_to_key(by: Actor) -> QuerySet[AuditRow]:
    """The acts that a key may read: the provider's those of every account of its mode, any other its own account's."""
    if by.portal == "provider":
        return AuditRow.objects.filter(account_id__in=accounts_open_to_key(by).values("id"))
    return AuditRow.objects.filter(account_id=by.account_id)


# --- Codes of refusals ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One code, with the status and the sentence that come with it."""

    code: str
    status: int
    text: str
    members: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The sentence in the active language, an ellipsis standing for each fact."""
        return re.sub(r"%\(\w+\)[sd]", "…", gettext(self.text))

    @property
    def title(self) -> str:
        """The kind of refusal, in the active language."""
        return title_of(self.status)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The codes of one status."""

    status: int
    title: str
    codes: list[Code]


def known_codes() -> dict[str, Code]:
    """Every code that some refusal of the product has, by walking the classes."""
    found: dict[str, Code] = {}
    for kind in _walk(Refusal):
        found.setdefault(kind.code, Code(code=kind.code, status=kind.status, text=kind.text, members=kind.members))
    return dict(sorted(found.items()))


def refusals_by_status() -> list[Group]:
    """The codes, grouped by status, both in rising order."""
    codes = sorted(known_codes().values(), key=lambda code: (code.status, code.code))
    groups = groupby(codes, key=lambda code: code.status)
    return [Group(status=status, title=title_of(status), codes=list(group)) for status, group in groups]


def refusal_of_code(code: str) -> Code:
    """One code, or "not found"."""
    found = known_codes().get(code)
    if found is None:
        raise NotFound()
    return found


def _walk(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    yield kind
    for child in kind.__subclasses__():
        if getattr(sys.modules.get(child.__module__), child.__name__, None) is child and not _is_of_tests(child):
            yield from _walk(child)


def _is_of_tests(kind: type[Refusal]) -> bool:
    return kind.__module__.split(".")[0] == "tests"


# --- Jobs ---


def jobs_open_to_key(by: Actor) -> QuerySet[Job]:
    """The long work of the key's own account; a test key has what test keys began, or all of a test account."""
    rows = Job.objects.filter(account_id=by.account_id)
    if not by.is_test:
        return rows
    trial = Account.objects.filter(is_test=True)
    return rows.filter(Q(actor__is_test=True) | Q(account_id__in=trial.values("id")))


def access_job_by_key(*, by: Actor, job_id: UUID) -> Job:
    """One job of the key's own account."""
    job = jobs_open_to_key(by).filter(id=job_id).first()
    if job is None:
        raise NotFound()
    return job
