"""Examples made from schemas, so that none of them can be out of date."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_BY_FORMAT: Final[dict[str, str]] = {
    "uuid": "0192f6a0-7c1e-7b3a-9f10-2d3c4b5a6978",
    "date-time": "2026-11-22T09:30:00Z",
    "date": "2026-11-22",
    "uri": "urn:uuid:0192f6a0-7c1e-7b3a-9f10-2d3c4b5a6978",
    "uri-reference": "/api/v1/me",
}
JSON: Final = "application/json"
_BY_TYPE: Final[dict[str, Any]] = {"string": "", "integer": 1, "number": 1, "boolean": False, "null": None}


def example_of(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    """A value that fits the schema: its own example where it has one, else one put together from its parts."""
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rsplit("/", 1)[-1]], schemas)
    for given in ("examples", "enum"):
        if schema.get(given):
            return schema[given][0]
    for given in ("example", "const", "default"):
        if given in schema:
            return schema[given]
    return _composed(schema, schemas)


def _composed(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    if {"type": "null"} in schema.get("anyOf", ()):
        return None  # what may be absent is shown absent, unless it has an example of its own
    for choice in ("anyOf", "oneOf", "allOf"):
        if schema.get(choice):
            return example_of(schema[choice][0], schemas)
    if schema.get("type") == "object":
        return {name: example_of(part, schemas) for name, part in schema.get("properties", {}).items()}
    if schema.get("type") == "array":
        return [example_of(schema["items"], schemas)]
    return _BY_FORMAT.get(schema.get("format", ""), _BY_TYPE.get(schema.get("type", ""), {}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a sample asks for: with a key or without, once only (POST) or not, in which format."""

    url: str
    method: str
    body: Any
    has_key: bool
    is_once: bool
    media_type: str = JSON


def curl_of(request: Request) -> str:
    """The request as a line for the shell."""
    url, method = request.url, request.method
    parts = [f"curl {url}" if method == "GET" else f"curl -X {method} {url}"]
    if request.has_key:
        parts.append('-H "Authorization: Bearer $API_KEY"')
        if request.is_once:
            parts.append('-H "Idempotency-Key: $(uuidgen)"')
    if request.body is not None:
        parts += [f'-H "Content-Type: {request.media_type}"', f"-d '{json.dumps(request.body, ensure_ascii=False)}'"]
    return " \\\n  ".join(parts)


def python_of(request: Request) -> str:
    """The request in Python, with httpx."""
    modules = ["os"] if request.has_key else []
    headers = []
    if request.has_key:
        headers.append('"Authorization": "Bearer " + os.environ["API_KEY"]')
        if request.is_once:
            modules.append("uuid")
            headers.append('"Idempotency-Key": str(uuid.uuid4())')
    if request.media_type != JSON:
        headers.append(f'"Content-Type": "{request.media_type}"')
    lines = [f"    {json.dumps(request.url)},"]
    if headers:
        lines += ["    headers={", *(f"        {header}," for header in headers), "    },"]
    if request.body is not None:
        lines += ["    json={", *_python_members(request.body), "    },"]
    start = [f"import {module}" for module in modules]
    start += ["", "import httpx", ""] if modules else ["import httpx", ""]
    call = [f"response = httpx.{request.method.lower()}(", *lines, ")"]
    return "\n".join([*start, *call, "response.raise_for_status()", "print(response.json())"])


def _python_members(body: Mapping[str, Any]) -> list[str]:
    return [f"        {json.dumps(name)}: {_python_literal(value)}," for name, value in body.items()]


def _python_literal(value: Any) -> str:
    return repr(value).replace("'", '"') if "'" not in json.dumps(value, ensure_ascii=False) else repr(value)
