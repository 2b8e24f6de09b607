"""The root of the API: where everything is."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from provider.kernel.doors import public
from provider.kernel.errors import N_
from provider.kernel.machine_doors import Answer

router = Router(tags=["Start"])


class Index(Answer):
    """The addresses to begin with."""

    documentation: Annotated[str, Field(description=N_("The documentation for people."), examples=["/api/v1/docs"])]
    openapi: Annotated[
        str, Field(description=N_("The same as an OpenAPI 3.1 document."), examples=["/api/v1/openapi.json"])
    ]
    who_am_i: Annotated[str, Field(description=N_("What your key is and may."), examples=["/api/v1/me"])]
    addresses: Annotated[
        list[str], Field(description=N_("Every address of this version."), examples=[["/api/v1/accounts"]])
    ]


@router.get(
    "/",
    response=Index,
    operation_id="read_index",
    summary=N_("What is here"),
    description=N_("Needs no key. Lists every address of this version, and where each is explained."),
)
@public
def read_index(request: HttpRequest) -> Index:
    from .openapi import document

    root = request.path
    return Index(
        documentation=f"{root}docs",
        openapi=f"{root}openapi.json",
        who_am_i=f"{root}me",
        addresses=sorted(document()["paths"]),
    )
