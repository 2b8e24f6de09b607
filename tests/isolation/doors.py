"""Every door of the product, read from the resolver."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.resolvers import RoutePattern


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One URL pattern. `key` is its name, namespaces first; a pattern without a name is known by its route."""

    key: str
    name: str
    route: str
    params: tuple[str, ...]
    view: Callable[..., Any]

    @property
    def is_ours(self) -> bool:
        """Not one of a library's views."""
        return not _innermost(self.view).__module__.startswith(("allauth", "django.", "ninja"))

    @property
    def is_api(self) -> bool:
        """An endpoint for keys."""
        return self.route.startswith("api/")

    def url(self, arguments: dict[str, Any]) -> str:
        """Its address with these arguments."""
        if self.name:
            return reverse(self.name, kwargs={name: arguments[name] for name in self.params})
        return "/" + self.route


def _innermost(view: Callable[..., Any]) -> Callable[..., Any]:
    while hasattr(view, "__wrapped__"):
        view = view.__wrapped__
    return getattr(view, "view_class", view)


def all_doors() -> list[Door]:
    """Every URL pattern of the product, each once."""
    found: dict[str, Door] = {}
    for door in _walk(get_resolver().url_patterns, route="", namespaces=(), params=()):
        key = door.key if door.key not in found else f"{door.key} [{door.route}]"
        found[key] = Door(key=key, name=door.name, route=door.route, params=door.params, view=door.view)
    return list(found.values())


def _walk(patterns: Any, *, route: str, namespaces: tuple[str, ...], params: tuple[str, ...]) -> Iterator[Door]:
    for pattern in patterns:
        here = route + str(pattern.pattern)
        names = params + _params(pattern)
        if isinstance(pattern, URLResolver):
            inner = (*namespaces, pattern.namespace) if pattern.namespace else namespaces
            yield from _walk(pattern.url_patterns, route=here, namespaces=inner, params=names)
        else:
            name = ":".join((*namespaces, pattern.name)) if pattern.name else ""
            yield Door(key=name or f"/{here}", name=name, route=here, params=names, view=pattern.callback)


def _params(pattern: URLPattern | URLResolver) -> tuple[str, ...]:
    if isinstance(pattern.pattern, RoutePattern):
        return tuple(pattern.pattern.converters)
    return tuple(pattern.pattern.regex.groupindex)
