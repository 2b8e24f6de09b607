"""Renders a component as a page would, without a database."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.template import engines
from django.test import RequestFactory
from django_cotton.compiler_regex import CottonCompiler

from provider.kernel.actor import ANONYMOUS, Actor


def request_of(actor: Actor = ANONYMOUS, path: str = "/") -> HttpRequest:
    request = RequestFactory().get(path)
    request.actor = actor  # type: ignore[attr-defined]
    request.user = AnonymousUser()
    return request


def page(body: str, *, request: HttpRequest | None = None, **context: object) -> str:
    """The HTML of a piece of template that uses components."""
    template = engines["django"].from_string(CottonCompiler().process("{% load look %}" + body))
    return str(template.render(context, request or request_of()))
