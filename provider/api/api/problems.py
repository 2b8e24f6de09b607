"""Exceptions of endpoints to problem documents; a trace goes to the log, never to the caller."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

import redis
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from ninja.errors import HttpError, ValidationError

from provider.api.errors import BadRequest, InternalFault, InvalidRequest
from provider.kernel import problem
from provider.kernel.errors import NotAllowed, NotFound, Refusal, Unavailable
from provider.kernel.problem import Fault
from provider.kernel.wording import say

from . import validation

logger = logging.getLogger(__name__)

MOST_FAULTS: Final = 100
SECONDS_TO_RECOVER: Final = 5
_OUTAGES: Final = (OperationalError, InterfaceError, redis.ConnectionError, redis.TimeoutError)
_REFUSAL_FOR: Final[dict[type[Exception], type[Refusal]]] = {
    Http404: NotFound,
    PermissionDenied: NotAllowed,
    HttpError: BadRequest,
}


def answer_to(trouble: Exception, *, request: HttpRequest) -> HttpResponse:
    """The problem document for whatever an endpoint raised."""
    refusal, faults = _refusal_for(trouble, request=request)
    return problem.answer(refusal, request=request, faults=faults)


def _refusal_for(trouble: Exception, *, request: HttpRequest) -> tuple[Refusal, Sequence[Fault]]:
    if isinstance(trouble, InvalidRequest):
        return trouble, trouble.faults
    if isinstance(trouble, Refusal):
        return trouble, _faults_of(trouble, request=request)
    if isinstance(trouble, ValidationError):
        return _invalid(trouble)
    return _plain(trouble, request=request), ()


def _plain(trouble: Exception, *, request: HttpRequest) -> Refusal:
    for kind, refusal in _REFUSAL_FOR.items():
        if isinstance(trouble, kind):
            return refusal()
    if isinstance(trouble, _OUTAGES):
        logger.error("request %s: %s", problem.request_id_of(request), trouble)
        return Unavailable(seconds=SECONDS_TO_RECOVER)
    logger.error("request %s failed", problem.request_id_of(request), exc_info=trouble)
    return InternalFault()


def _faults_of(refusal: Refusal, *, request: HttpRequest) -> Sequence[Fault]:
    """Its `field` is a header or a parameter of the address by its name, where there is no body; else a member."""
    if refusal.field == "Idempotency-Key":
        return [Fault(code=refusal.code, detail=say(refusal), header=refusal.field)]
    if refusal.field and request.method in ("GET", "DELETE"):
        return [Fault(code=refusal.code, detail=say(refusal), parameter=refusal.field)]
    return ()  # the document makes one of a member of the body


def _invalid(trouble: ValidationError) -> tuple[Refusal, Sequence[Fault]]:
    """What did not fit the endpoint's shapes, fault by fault. An impossible id in the path is an absent one."""
    if validation.is_about_path(trouble.errors):
        return NotFound(), ()
    return InvalidRequest(), validation.faults_of(trouble.errors[:MOST_FAULTS])
