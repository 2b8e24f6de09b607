"""What the API rooms of all packages share: who may call an endpoint, and the shapes of what goes in and out.

A package writes its endpoints on a `ninja.Router` in its own `api.py`, marks each with `@scope(...)`, `@any_key` or
`@public`, and mounts it in its `AppConfig.ready`. `provider.api` composes what is mounted: it recognises the key,
checks the scope, limits the rate, reads the body and answers a POST only once. So an endpoint parses, calls one
operation or query, and answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import urlencode

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, WithJsonSchema

from .clock import FIRST_DAY, LAST_DAY
from .cursor import MOST_PER_PAGE, USUAL_PER_PAGE, slice_of
from .errors import N_

View = TypeVar("View", bound=Callable[..., Any])
ANY_KEY = "any key"

Day = Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)]
Instant = Annotated[
    AwareDatetime,
    Field(
        ge=datetime.combine(FIRST_DAY, time.min, tzinfo=UTC),
        lt=datetime.combine(LAST_DAY, time.min, tzinfo=UTC),
    ),
]

Item = TypeVar("Item")
Row = TypeVar("Row", bound=Model)


_mounted: list[Router] = []


def mount(router: Router) -> None:
    """Make the endpoints of a package part of the API; called once, in `AppConfig.ready`."""
    if router not in _mounted:
        _mounted.append(router)


def mounted() -> tuple[Router, ...]:
    """The routers of all packages, in the order of the installed apps."""
    return tuple(_mounted)


def scope(name: str) -> Callable[[View], View]:
    """Only keys that carry the scope `name`, such as "accounts:read"."""

    def mark(view: View) -> View:
        view.access = name  # type: ignore[attr-defined]
        return view

    return mark


def any_key(view: View) -> View:
    """Whoever shows a valid key, whatever its scopes."""
    view.access = ANY_KEY  # type: ignore[attr-defined]
    return view


def shows_secret(view: View) -> View:
    """The answer holds something shown only once: kept for a repeated POST, it is sealed with the caller's key."""
    view.shows_secret = True  # type: ignore[attr-defined]
    return view


def remembers_refusals(view: View) -> View:
    """What the endpoint writes stays although it refuses, such as a guess that is counted: no transaction around it.

    The operation that it calls opens its own; it must bear being repeated after a crash.
    """
    view.is_atomic = False  # type: ignore[attr-defined]
    return view


def meets_network(view: View) -> View:
    """The endpoint calls a flow, which opens its own transactions; it must bear being repeated after a crash."""
    view.is_atomic = False  # type: ignore[attr-defined]
    return view


class Given(BaseModel):
    """Base of what a caller sends. A member that is not known is refused: a slip of the pen is not passed over."""

    model_config = ConfigDict(extra="forbid")


class Answer(BaseModel):
    """Base of what a caller gets."""

    model_config = ConfigDict(frozen=True)


def _one_of(*values: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "enum": list(values)})


# Values that our own tables hold, so that the document lists them; nothing is checked on the way out.
PortalName = Annotated[str, _one_of("provider", "reseller", "subscriber")]
LanguageName = Annotated[str, _one_of("en", "zh-hans", "zh-hant")]
ActorKind = Annotated[str, _one_of("person", "api_key", "system", "anonymous")]


class PageAsked(BaseModel):
    """Which page of a list."""

    limit: Annotated[
        int, Field(ge=1, le=MOST_PER_PAGE, description=N_("How many to return at most."), examples=[50])
    ] = USUAL_PER_PAGE
    cursor: Annotated[
        str, Field(max_length=1000, description=N_("The cursor of a page, taken from `next` of the page before it."))
    ] = ""


class Page(Answer, Generic[Item]):
    """A page of a list, and the way to the next one."""

    items: Annotated[list[Item], Field(description=N_("The rows of this page."))]
    next: Annotated[
        str | None,
        Field(
            description=N_("The address of the next page, or null on the last one; also given in the header `Link`."),
            examples=["/api/v1/accounts?limit=50&cursor=W1sidCIs…"],
        ),
    ]


def page_of(
    rows: QuerySet[Row],
    *,
    request: HttpRequest,
    response: HttpResponse,
    asked: PageAsked,
    order: Sequence[str],
    shape: Callable[[Row], Item],
    filters: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """One page of `rows` as `Page`, with the `Link` header on `response`."""
    chosen = {name: value for name, value in (filters or {}).items() if value}
    page = slice_of(
        rows, name=request.path, order=order, limit=asked.limit, cursor=asked.cursor, filters=chosen
    )  # fmt: skip
    following = None
    if page.next_cursor:
        following = f"{request.path}?{urlencode(chosen | {'limit': asked.limit, 'cursor': page.next_cursor})}"
        response["Link"] = f'<{following}>; rel="next"'
    return {"items": [shape(row) for row in page.rows], "next": following}
