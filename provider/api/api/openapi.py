"""The OpenAPI 3.1 document: what ninja knows of the endpoints, and what the gate does around each of them."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, Final

from django.conf import settings
from ninja import NinjaAPI
from ninja.operation import Operation

from provider.api.rules.examples import JSON, Request, curl_of, example_of, python_of
from provider.kernel import problem
from provider.kernel.doors import PUBLIC
from provider.kernel.errors import N_
from provider.kernel.machine_doors import ANY_KEY

from .gate import access_of

SCHEME: Final = "api_key"
PROBLEM: Final = {"$ref": "#/components/schemas/Problem"}

TAGS: Final[dict[str, str]] = {
    N_("Start"): N_("Where everything is, and who your key is."),
    N_("Accounts"): N_("The accounts that your key may read, and the people in yours."),
    N_("API keys"): N_("Keys for machines: shown once, limited to scopes, revoked at any time."),
    N_("Sales"): N_("A shop's own till: sell cards, take sales back, read stock and takings."),
    N_("Plans"): N_("What is sold: plans, their versions, and what each of them costs and allows."),
    N_("Subscriptions"): N_("Who has what until when; start, change, pause and end it, each with a preview."),
    N_("Invoices"): N_("What was asked for, line by line with its arithmetic, and the documents."),
    N_("Billing"): N_("What bills whatever is due: runs, real and dry, and accounts that could not be billed."),
    N_("Coupons and balances"): N_(
        "What takes something off invoices: coupons, and money or points that were paid before."
    ),
    N_("Usage"): N_("What is counted: record it, once and for good, and read it by day or hour."),
    N_("Jobs"): N_("Long work: its progress, its outcome, and how to stop it."),
    N_("History"): N_("Who did what, when, on whose behalf and why."),
}

_INTRODUCTION: Final = N_(
    "The API of Perennial. Every request but those for this documentation carries an API key. Answers and errors are "
    "JSON in UTF-8; errors are problem documents (RFC 9457). Instants are UTC, amounts are integers in minor units."
)

_REFUSED: Final[dict[int, str]] = {
    400: N_("The request could not be read."),
    401: N_("There is no key, or it is not valid."),
    402: N_("The account is dormant; `renew_url` is the way back."),
    403: N_("The key lacks the scope that `scope` names."),
    404: N_("There is nothing here for this key; absent and not yours are the same."),
    409: N_("Something else stands against it now, such as the same request being worked on."),
    413: N_("The body is larger than `most_bytes`."),
    415: N_("The body is not JSON."),
    422: N_("Something in it is missing or wrong; `errors` names each place."),
    429: N_("Too many requests; `Retry-After` says when to go on."),
    500: N_("A fault on our side; nothing half done remains."),
    503: N_("A part of the service does not answer; try again after `Retry-After` seconds."),
}


def document() -> dict[str, Any]:
    """The document of the mounted API."""
    from .root import api

    return document_of(api)


@lru_cache(maxsize=4)
def document_of(api: NinjaAPI) -> dict[str, Any]:
    """The document of an API; made once, for it changes with the code only."""
    made: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema()))
    made["info"] |= {"description": _INTRODUCTION}
    made["servers"] = [{"url": settings.SITE_URL}]
    made["components"] = _components(made["components"].get("schemas", {}))
    operations = _operations_of(api)
    for path, methods in made["paths"].items():
        for method, described in methods.items():
            _complete(described, operation=operations[described["operationId"]])
            _add_examples(described, path=path, method=method, components=made["components"])
    used = [tag for methods in made["paths"].values() for described in methods.values() for tag in described["tags"]]
    made["tags"] = [
        {"name": name, "description": TAGS.get(name, "")} for name in sorted(dict.fromkeys(used), key=_place)
    ]
    return made


def _place(tag: str) -> tuple[int, str]:
    """The chapters that we know first, in their order here."""
    return (list(TAGS).index(tag) if tag in TAGS else len(TAGS), tag)


def _operations_of(api: NinjaAPI) -> dict[str, Operation]:
    found = {}
    for router in api._get_bound_routers():
        for view in router.path_operations.values():
            for operation in view.operations:
                found[operation.operation_id or api.get_openapi_operation_id(operation)] = operation
    return found


def _components(schemas: dict[str, Any]) -> dict[str, Any]:
    return {
        "schemas": schemas | {"Problem": _PROBLEM_SCHEMA, "Fault": _FAULT_SCHEMA},
        "securitySchemes": {
            SCHEME: {
                "type": "http",
                "scheme": "bearer",
                "description": N_("An API key in the header `Authorization: Bearer pk_live_…` or `pk_test_…`."),
            }
        },
        "headers": _HEADERS,
        "responses": {f"Problem{status}": _problem_response(status) for status in _REFUSED},
    }


def _problem_response(status: int) -> dict[str, Any]:
    response: dict[str, Any] = {
        "description": _REFUSED[status],
        "content": {problem.MEDIA_TYPE: {"schema": PROBLEM}},
    }
    if status in (429, 503):
        response["headers"] = {"Retry-After": {"$ref": "#/components/headers/Retry-After"}}
    return response


def _complete(described: dict[str, Any], *, operation: Operation) -> None:
    """What the gate adds: key and scope, the idempotency key, the refusals, the headers of an answer."""
    access = access_of(operation)
    described.setdefault("tags", ["Others"])
    if access == PUBLIC:
        described["security"] = []
    else:
        described["security"] = [{SCHEME: [] if access == ANY_KEY else [access]}]
        if access != ANY_KEY:
            described["x-scope"] = access
    is_once = "POST" in operation.methods and access != PUBLIC
    if is_once:
        described["parameters"].append(_IDEMPOTENCY_KEY)
    for response in described["responses"].values():
        response["headers"] = _headers_of_answer(is_page=_is_page(response), is_once=is_once, access=access)
    for status in _statuses(described, access=access, is_once=is_once):
        described["responses"][str(status)] = {"$ref": f"#/components/responses/Problem{status}"}


def _statuses(described: dict[str, Any], *, access: str, is_once: bool) -> list[int]:
    statuses = {422, 429, 500, 503}
    if access != PUBLIC:
        statuses.add(401)
    if access not in (PUBLIC, ANY_KEY):
        statuses |= {402, 403}
    if any(parameter["in"] == "path" for parameter in described["parameters"]):
        statuses.add(404)
    if "requestBody" in described:
        statuses |= {400, 413, 415}
    if is_once:
        statuses |= {400, 409}
    return sorted(statuses)


def _is_page(response: dict[str, Any]) -> bool:
    reference: str = response.get("content", {}).get("application/json", {}).get("schema", {}).get("$ref", "")
    return reference.rsplit("/", 1)[-1].startswith("Page_")


def _headers_of_answer(*, is_page: bool, is_once: bool, access: str) -> dict[str, Any]:
    names = ["X-Request-Id"]
    if access != PUBLIC:
        names += ["RateLimit", "RateLimit-Policy"]
    if is_page:
        names.append("Link")
    if is_once:
        names.append("Idempotent-Replayed")
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _add_examples(described: dict[str, Any], *, path: str, method: str, components: dict[str, Any]) -> None:
    schemas = components["schemas"]
    for parameter in described["parameters"]:
        if "examples" in parameter:  # pydantic's list; OpenAPI has one example here
            parameter["example"] = parameter.pop("examples")[0]
    body, media_type = None, JSON
    for kind, content in described.get("requestBody", {}).get("content", {}).items():
        body, media_type = example_of(content["schema"], schemas), kind  # the samples show the last of several formats
        content["example"] = body
    for response in described["responses"].values():
        for content in response.get("content", {}).values():
            content["example"] = example_of(content["schema"], schemas)
    has_key = bool(described["security"])
    request = Request(
        url=settings.SITE_URL + path,
        method=method.upper(),
        body=body,
        has_key=has_key,
        is_once=has_key and method == "post",
        media_type=media_type,
    )
    described["x-codeSamples"] = [
        {"lang": "Shell", "label": "curl", "source": curl_of(request)},
        {"lang": "Python", "label": "Python", "source": python_of(request)},
    ]


_IDEMPOTENCY_KEY: Final[dict[str, Any]] = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": True,
    "description": N_(
        "A name of your own for this request, such as a UUID. Sent again with the same key, it is not done again: the "
        "first answer comes back, for 24 hours."
    ),
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "example": "5b0c6d2e-6f0a-4f6e-9a53-0d9c1f7d2a11",
}

_HEADERS: Final[dict[str, Any]] = {
    "X-Request-Id": {
        "description": N_("The id of this request; name it to support."),
        "schema": {"type": "string", "format": "uuid"},
    },
    "RateLimit": {
        "description": N_("How many requests are left, and in how many seconds all of them are there again."),
        "schema": {"type": "string"},
        "example": '"key";r=599;t=60',
    },
    "RateLimit-Policy": {
        "description": N_("How many requests in how many seconds."),
        "schema": {"type": "string"},
        "example": '"key";q=600;w=60',
    },
    "Retry-After": {
        "description": N_("After how many seconds to try again."),
        "schema": {"type": "integer"},
        "example": 12,
    },
    "Link": {
        "description": N_('The address of the next page, with `rel="next"`; absent on the last one.'),
        "schema": {"type": "string"},
    },
    "Idempotent-Replayed": {
        "description": N_("`true` if this is the stored answer of an earlier request with the same key."),
        "schema": {"type": "string"},
        "example": "true",
    },
}

_FAULT_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "title": "Fault",
    "description": N_("One value that is at fault: `pointer` into the body, or the `parameter` or `header` by name."),
    "required": ["code", "detail"],
    "properties": {
        "code": {"type": "string", "examples": ["required"]},
        "detail": {"type": "string", "examples": ["This is required. Send it."]},
        "pointer": {"type": "string", "examples": ["#/scopes/0"]},
        "parameter": {"type": "string", "examples": ["limit"]},
        "header": {"type": "string", "examples": ["Idempotency-Key"]},
    },
}

_PROBLEM_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "title": "Problem",
    "description": N_("Why something was not done, and what to do (RFC 9457). Decide by `code`; show `detail`."),
    "required": ["type", "title", "status", "detail", "code", "instance", "request_id"],
    "properties": {
        "type": {
            "type": "string",
            "format": "uri-reference",
            "description": N_("Where the code is explained."),
            "examples": ["/api/v1/problems/scope_missing"],
        },
        "title": {"type": "string", "description": N_("The kind, in your language."), "examples": ["Not allowed"]},
        "status": {"type": "integer", "examples": [403]},
        "detail": {
            "type": "string",
            "description": N_("One sentence on what to do, in the language of `Accept-Language`."),
            "examples": ["This key does not have the scope “accounts:read”. Make a key that has it."],
        },
        "code": {"type": "string", "description": N_("Stable; decide by it."), "examples": ["scope_missing"]},
        "instance": {"type": "string", "format": "uri"},
        "request_id": {"type": "string", "format": "uuid", "description": N_("Name it to support.")},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/Fault"}},
    },
    "additionalProperties": True,
}
