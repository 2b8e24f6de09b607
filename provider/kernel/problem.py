"""Errors for machines: RFC 9457 documents, made of refusals, in the reader's language."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse
from django.utils.encoding import escape_uri_path
from django.utils.translation import gettext

from .errors import N_, Refusal
from .ids import new_id
from .wording import say

MEDIA_TYPE: Final = "application/problem+json"
PAGES_PATH: Final = "/api/v1/problems/"  # where each code has its page; `type` leads there
_FOR_PROGRAMS: Final = "/api/"
_FOR_PEOPLE: Final = ("/api/v1/docs", PAGES_PATH)  # ordinary pages about the API

_TITLES: Final[dict[int, str]] = {
    400: N_("The request could not be read"),
    401: N_("No valid key"),
    402: N_("Payment needed"),
    403: N_("Not allowed"),
    404: N_("Not found"),
    405: N_("Method not offered"),
    409: N_("Conflict"),
    410: N_("No longer there"),
    411: N_("Length missing"),
    413: N_("Too large"),
    415: N_("Unsupported format"),
    422: N_("Not acceptable as it is"),
    429: N_("Too many requests"),
    500: N_("Fault on our side"),
    503: N_("Not available at the moment"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One value that is at fault: where it stands, a code, and a sentence in the reader's language.

    `pointer` is a JSON pointer into the body (as a URI fragment); `parameter` names one of the address, `header` one
    of the head.
    """

    code: str
    detail: str
    pointer: str = ""
    parameter: str = ""
    header: str = ""

    def as_json(self) -> dict[str, str]:
        places = {"pointer": self.pointer, "parameter": self.parameter, "header": self.header}
        return {"code": self.code, "detail": self.detail} | {name: place for name, place in places.items() if place}


def is_for_programs(path: str) -> bool:
    """Whether an address is read by programs, which understand problem documents and not pages."""
    return path.startswith(_FOR_PROGRAMS) and not path.startswith(_FOR_PEOPLE)


def title_of(status: int) -> str:
    """The short name of a kind of refusal, by its status, in the active language."""
    return gettext(_TITLES.get(status, Refusal.text))


def request_id_of(request: HttpRequest) -> str:
    """The id under which this request is found in the logs; made at the first call."""
    known: str = getattr(request, "request_id", "") or str(new_id())
    request.request_id = known  # type: ignore[attr-defined]
    return known


def pointer_of(path: Iterable[str | int]) -> str:
    """A JSON pointer (RFC 6901) as a fragment: ("scopes", 0) is "#/scopes/0"; the whole document is "#"."""
    return "#" + "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def document(refusal: Refusal, *, path: str, request_id: str, faults: Iterable[Fault] = ()) -> dict[str, Any]:
    """The refusal as a problem document. Facts that the refusal lists in `members` become members of their own."""
    sentence = say(refusal)
    listed = list(faults)
    if refusal.field and not listed:
        listed = [Fault(code=refusal.code, detail=sentence, pointer=pointer_of(refusal.field.split(".")))]
    return {
        "type": PAGES_PATH + refusal.code,
        "title": title_of(refusal.status),
        "status": refusal.status,
        "detail": sentence,
        "code": refusal.code,
        "instance": f"{escape_uri_path(path)}#{request_id}",
        "request_id": request_id,
        **({"errors": [fault.as_json() for fault in listed]} if listed else {}),
        **{name: refusal.facts[name] for name in refusal.members if name in refusal.facts},
    }


def answer(refusal: Refusal, *, request: HttpRequest, faults: Iterable[Fault] = ()) -> HttpResponse:
    """The refusal as an HTTP answer with the headers that its status asks for."""
    content = document(refusal, path=request.path, request_id=request_id_of(request), faults=faults)
    response = HttpResponse(
        json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False), status=refusal.status, content_type=MEDIA_TYPE
    )
    for name, value in _headers(refusal).items():
        response[name] = value
    return response


def _headers(refusal: Refusal) -> dict[str, str]:
    if refusal.status == 401:
        return {"WWW-Authenticate": 'Bearer realm="Perennial"'}
    if refusal.status == 403 and "scope" in refusal.facts:
        scope = refusal.facts["scope"]
        return {"WWW-Authenticate": f'Bearer realm="Perennial", error="insufficient_scope", scope="{scope}"'}
    if refusal.status in (429, 503) and "seconds" in refusal.facts:
        return {"Retry-After": str(refusal.facts["seconds"])}
    return {}
