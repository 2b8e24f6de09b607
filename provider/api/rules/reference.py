"""The OpenAPI document as chapters for people: what a template shows, with every reference resolved."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One line of a table: a parameter, or a member of a body or an answer. `depth` indents what is nested."""

    name: str
    kind: str
    text: str
    is_required: bool
    place: str = ""
    depth: int = 0
    bounds: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    language: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer: its status, what it says, and its members with an example where it is not a problem."""

    status: str
    text: str
    is_problem: bool
    members: list[Member]
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    id: str
    method: str
    path: str
    title: str
    text: str
    scope: str
    needs_key: bool
    parameters: list[Member]
    members: list[Member]
    example: str
    replies: list[Reply]
    samples: list[Sample]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    id: str
    title: str
    text: str
    endpoints: list[Endpoint]


def chapters_of(document: Mapping[str, Any]) -> list[Chapter]:
    """One chapter per tag, in the document's order."""
    endpoints = [
        (described["tags"][0], _endpoint(described, path=path, method=method, components=document["components"]))
        for path, methods in document["paths"].items()
        for method, described in methods.items()
    ]
    return [
        Chapter(
            id=tag["name"].lower().replace(" ", "-"),
            title=tag["name"],
            text=tag["description"],
            endpoints=[endpoint for name, endpoint in endpoints if name == tag["name"]],
        )
        for tag in document["tags"]
    ]


def _endpoint(described: Mapping[str, Any], *, path: str, method: str, components: Mapping[str, Any]) -> Endpoint:
    schemas = components["schemas"]
    body = next(iter(described.get("requestBody", {}).get("content", {}).values()), None)
    return Endpoint(
        id=described["operationId"],
        method=method.upper(),
        path=path,
        title=described["summary"],
        text=described.get("description", ""),
        scope=described.get("x-scope", ""),
        needs_key=bool(described["security"]),
        parameters=[_parameter(parameter) for parameter in described["parameters"]],
        members=list(_members(body["schema"], schemas)) if body else [],
        example=_as_text(body["example"]) if body else "",
        replies=[_reply(status, reply, components) for status, reply in sorted(described["responses"].items())],
        samples=[Sample(language=each["label"], source=each["source"]) for each in described["x-codeSamples"]],
    )


def _parameter(parameter: Mapping[str, Any]) -> Member:
    schema = parameter["schema"]
    return Member(
        name=parameter["name"],
        kind=_kind(schema),
        text=parameter.get("description", ""),
        is_required=parameter.get("required", False),
        place=parameter["in"],
        bounds=_bounds(schema),
    )


def _reply(status: str, reply: Mapping[str, Any], components: Mapping[str, Any]) -> Reply:
    if "$ref" in reply:
        shared = components["responses"][reply["$ref"].rsplit("/", 1)[-1]]
        return Reply(status=status, text=shared["description"], is_problem=True, members=[], example="")
    content = reply.get("content", {}).get("application/json")
    shown = _members(content["schema"], components["schemas"]) if content else ()
    members = [replace(member, is_required=False) for member in shown]  # what we send is always there
    example = _as_text(content["example"]) if content else ""
    return Reply(status=status, text="", is_problem=False, members=members, example=example)


def _members(
    schema: Mapping[str, Any], schemas: Mapping[str, Any], *, prefix: str = "", depth: int = 0
) -> Iterator[Member]:
    """The members of an object, each followed by those inside of it."""
    schema = _resolved(schema, schemas)
    for name, part in schema.get("properties", {}).items():
        yield Member(
            name=prefix + name,
            kind=_kind(part),
            text=part.get("description", ""),
            is_required=name in schema.get("required", []),
            depth=depth,
            bounds=_bounds(part),
        )
        inner = _resolved(part.get("items", part), schemas)
        if inner.get("properties"):
            dots = f"{prefix}{name}[]." if "items" in part else f"{prefix}{name}."
            yield from _members(inner, schemas, prefix=dots, depth=depth + 1)


def _resolved(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema or schema.get("allOf"):
        schema = schemas[schema["$ref"].rsplit("/", 1)[-1]] if "$ref" in schema else schema["allOf"][0]
    return schema


def _kind(schema: Mapping[str, Any]) -> str:
    """The type in a few words: "text", "list of text", "instant or null"."""
    if "anyOf" in schema:
        return " | ".join(_kind(choice) for choice in schema["anyOf"])
    if "$ref" in schema or "allOf" in schema:
        return "object"
    if schema.get("enum"):
        return " | ".join(json.dumps(value) for value in schema["enum"])
    if schema.get("type") == "array":
        return f"array of {_kind(schema['items'])}"
    return str(schema.get("format") or schema.get("type") or "any")


def _bounds(schema: Mapping[str, Any]) -> str:
    """How small and how large it may be, such as "1–200"; "" without limits."""
    low = next((schema[name] for name in ("minimum", "minLength", "minItems") if name in schema), None)
    high = next((schema[name] for name in ("maximum", "maxLength", "maxItems") if name in schema), None)
    if low is None and high is None:
        return ""
    return f"{'' if low is None else low}–{'' if high is None else high}"


def _as_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
