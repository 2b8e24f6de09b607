"""The one API: its title, its routers, and the gate around each of their endpoints.

A package below brings its endpoints as a router in its own `api.py`, mounted by `machine_doors.mount` when it is ready.
"""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest
from ninja import NinjaAPI, Router

from provider.kernel.machine_doors import mounted

from . import gate
from .audit import router as audit_router
from .body import StrictParser
from .index import router as index_router
from .jobs import router as jobs_router
from .me import router as me_router

VERSION: Final = "1"
OWN: Final[tuple[Router, ...]] = (index_router, me_router, jobs_router, audit_router)  # of the kernel's nouns, and ours


class Api(NinjaAPI):
    """ninja with exceptions left to the gate, which rolls back first and words them afterwards."""

    def on_exception(self, request: HttpRequest, exc: Any) -> Any:
        raise exc


def compose(*routers: Router, namespace: str = "api") -> Api:
    """An API of these routers, each endpoint behind the gate."""
    api = Api(
        title="Perennial",
        version=VERSION,
        urls_namespace=namespace,
        openapi_url=None,
        docs_url=None,
        parser=StrictParser(),
    )
    api.add_decorator(gate.gate, mode="view")
    for router in routers:
        api.add_router("", router)
    return api


api = compose(*OWN, *mounted())
