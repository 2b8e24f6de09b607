"""One box for everything that an operator may be told on the telephone: names, addresses, numbers, ids.

Words are looked up as parts of `search_text` by trigrams; Chinese, and words of one or two letters, by trigrams of
their bytes, because trigrams of letters know neither. Only where that finds little are words of four letters and more
taken as mistyped, and so is one character of a Chinese word of three and more; numbers stand as they were typed. What
is called so comes first, then what begins so, then what contains it, then what resembles it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Any, Final
from uuid import UUID

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db import connection, transaction
from django.db.models import IntegerField, Model, Prefetch, Q, QuerySet, Value
from django.db.models.functions import Lower

from provider.accounts.models import Account, Membership, MembershipStatus, SearchBytes, User

SEARCH_LIMIT: Final = 50
_LONGEST: Final = 200
_MOST_WORDS: Final = 6
_FEW: Final = 5  # with fewer hits than this, look for mistyped words too
_ALIKE: Final = "0.4"  # how much of a word's trigrams must be there
_CANDIDATES: Final = 200  # as many are ranked; common words have thousands
_CHINESE: Final = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]{3,12}")
_PART_OF_ID: Final = re.compile(r"[0-9a-f]{8}[0-9a-f-]{0,28}")
_PHONE: Final = re.compile(r"\+?[0-9][0-9 ()\-.]{3,20}")


@dataclass(frozen=True, slots=True)
class Hit:
    """An account that the words fit, and by what: a field of its own, or a person in it."""

    account: Account
    by: str  # "id", "name", "email", "tax_id", "person"
    text: str


def search(words: str, *, limit: int = SEARCH_LIMIT) -> list[Hit]:
    """Accounts by their own names, addresses and numbers, or by those of the people in them; best first."""
    phrase = _cleaned(words).lower()
    if not phrase:
        return []
    accounts, people = _best(Account, phrase, limit=limit), _best(User, phrase, limit=limit)
    if len(accounts) + len(people) < min(_FEW, limit):
        with _forgiving():
            accounts += _alike(Account, phrase, limit=limit)
            people += _alike(User, phrase, limit=limit)
    hits = [*_own_hits(accounts, phrase), *_hits_by_people(people)]
    return list({hit.account.id: hit for hit in reversed(hits)}.values())[::-1][:limit]


def containing(rows: QuerySet[Any], words: str) -> QuerySet[Any]:
    """Those of `rows` (accounts or users) whose names, addresses or numbers contain every word."""
    for word in words_of(_cleaned(words).lower()):
        rows = _containing_word(rows, word)
    return rows


def words_of(phrase: str) -> list[str]:
    """The words to look for. A telephone number is one word however it is spaced, without the zero of its area."""
    if _PHONE.fullmatch(phrase):
        digits = "".join(char for char in phrase if char.isdigit())
        return [digits.lstrip("0") or digits]
    return phrase.split()[:_MOST_WORDS]


def _cleaned(text: str) -> str:
    """The words alone; nothing for what nobody types: other control characters (PostgreSQL takes no NUL), pages."""
    spaced = " ".join(text[: _LONGEST + 1].split())
    return spaced if len(text) <= _LONGEST and spaced.isprintable() else ""


def _containing_word(rows: QuerySet[Any], word: str) -> QuerySet[Any]:
    if len(word) >= 3 and word.isascii():
        by_letters: QuerySet[Any] = rows.filter(search_text__contains=word)
        return by_letters
    # The bytes have the index; the text decides, because digits may also fit half a byte apart.
    by_bytes: QuerySet[Any] = rows.alias(search_bytes=SearchBytes("search_text"))
    return by_bytes.filter(search_bytes__contains=word.encode().hex(), search_text__contains=word)


# --- Ranking ---


def _best(model: type[Model], phrase: str, *, limit: int) -> list[UUID]:
    """The ids that fit exactly: that begin so, or whose row has the words in it."""
    if _PART_OF_ID.fullmatch(phrase) and (found := _by_id(model, phrase, limit=limit)):
        return found
    return _exact(model, phrase, limit=limit)


def _by_id(model: type[Model], part: str, *, limit: int) -> list[UUID]:
    digits = part.replace("-", "")[:32]
    first, last = UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))
    rows = model._default_manager.filter(pk__gte=first, pk__lte=last).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:limit])


def _exact(model: type[Model], phrase: str, *, limit: int) -> list[UUID]:
    """Called so, beginning so, containing it: one statement, each part by its own index."""
    named = model._default_manager.alias(lowered=Lower("name")).order_by()
    parts = [
        named.filter(lowered=phrase),
        named.filter(lowered__startswith=phrase),
        containing(model._default_manager.order_by(), phrase),
    ]
    ranked = [
        part.annotate(rank=Value(rank, output_field=IntegerField())).values_list("pk", "rank", "name")[:_CANDIDATES]
        for rank, part in enumerate(parts)
    ]
    found = sorted(ranked[0].union(*ranked[1:], all=True), key=lambda row: (row[1], len(row[2]), row[2]))
    return list(dict.fromkeys(pk for pk, _rank, _name in found))[:limit]


def _alike(model: type[Model], phrase: str, *, limit: int) -> list[UUID]:
    """Where every word of four letters and more resembles one that is there, and every Chinese one of three characters
    and more is there but for one of them; all else stands as it was typed."""
    words = words_of(phrase)
    mistyped = [word for word in words if len(word) >= 4 and word.isascii() and word.isalpha()]
    if not mistyped and not any(_CHINESE.fullmatch(word) for word in words):
        return []
    rows = model._default_manager.order_by()
    for word in words:
        if _CHINESE.fullmatch(word):
            rows = rows.alias(search_bytes=SearchBytes("search_text")).filter(_but_for_one(word))
        else:
            lookup = "trigram_word_similar" if word in mistyped else "contains"
            rows = rows.filter(**{f"search_text__{lookup}": word})
    some = model._default_manager.filter(pk__in=rows.values("pk")[: 2 * _CANDIDATES])
    ranked = some.annotate(likeness=TrigramWordSimilarity(" ".join(mistyped), "search_text"))
    return list(ranked.order_by("-likeness", "name", "pk").values_list("pk", flat=True)[:limit])


def _but_for_one(word: str) -> Q:
    """Texts with the word in them, but for one of its characters: what stands before and after it finds them by bytes.

    The index has those; the pattern decides, because the parts may also stand elsewhere in the text.
    """
    near = Q()
    for place in range(len(word)):
        parts = [part for part in (word[:place], word[place + 1 :]) if part]
        by_bytes = reduce(and_, (Q(search_bytes__contains=part.encode().hex()) for part in parts))
        near |= by_bytes & Q(search_text__regex=f"{word[:place]}.{word[place + 1 :]}")
    return near


@contextmanager
def _forgiving() -> Iterator[None]:
    """While it lasts, fewer trigrams in common are enough."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("select set_config('pg_trgm.word_similarity_threshold', %s, true)", [_ALIKE])
        yield


# --- Hits ---


def _own_hits(ids: Sequence[UUID], phrase: str) -> Iterator[Hit]:
    rows = Account.objects.select_related("region", "parent").prefetch_related("profiles")
    for account in _in_order(rows, ids):
        yield _own_hit(account, words=words_of(phrase))


def _own_hit(account: Account, *, words: Sequence[str]) -> Hit:
    """By the first field that has one of the words; by the name where only something alike was found."""
    for field in ("name", "company_name", "email", "tax_id"):
        value = getattr(account, field)
        if any(word in value.lower() for word in words):
            return Hit(account, "name" if field == "company_name" else field, value)
    is_id = bool(_PART_OF_ID.fullmatch("".join(words)))
    return Hit(account, "id", str(account.id)) if is_id else Hit(account, "name", account.name)


def _hits_by_people(ids: Sequence[UUID]) -> Iterator[Hit]:
    places = Membership.objects.filter(status=MembershipStatus.ACTIVE).order_by("joined_at", "id")
    places = places.select_related("account__region", "account__parent").prefetch_related("account__profiles")
    people = User.objects.prefetch_related(Prefetch("memberships", queryset=places, to_attr="places"))
    for person in _in_order(people, ids):
        said = " · ".join(part for part in (person.name, person.email, person.phone) if part)
        for place in person.places:
            yield Hit(place.account, "person", said)


def _in_order(rows: QuerySet[Any], ids: Sequence[UUID]) -> list[Any]:
    by_id = {row.pk: row for row in rows.filter(pk__in=ids)}
    return [by_id[pk] for pk in ids if pk in by_id]
