"""What every request passes before its endpoint: rate, key, scope, shape, and once only.

The order is deliberate: what costs least is refused first, and nothing of the body is read for a stranger.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja.operation import Operation

from provider.accounts import queries
from provider.accounts.models import ApiKey
from provider.accounts.rules.api_keys import has_shape_of_secret
from provider.api.errors import (
    ForbiddenCharacter,
    IdempotencyKeyMissing,
    InvalidRequest,
    KeyMissing,
    KeyNotValid,
    ScopeMissing,
)
from provider.kernel import clock, idempotency, problem
from provider.kernel.actor import Actor
from provider.kernel.caller import address_of
from provider.kernel.doors import PUBLIC
from provider.kernel.machine_doors import ANY_KEY

from . import rates, usage, validation
from .body import check_format, is_clean, parse_json, read_body
from .problems import answer_to

Run = Callable[..., HttpResponse]
KEPT_HEADERS = ("Link", "Location")  # of an answer that is stored for a repeated POST


def gate(run: Run) -> Run:
    """The decorator that `root` puts around each operation of each router."""
    operation: Operation = run.__self__  # type: ignore[attr-defined]
    parameters = _parameters_of(operation)

    @wraps(run)
    def through(request: HttpRequest, **path: Any) -> HttpResponse:
        quota = rates.Quota()
        try:
            _admit(request, operation=operation, at=clock.now(), quota=quota)
            _check_parameters(request, known=parameters)
            _read(request)
            response = _answer(request, run=run, operation=operation, path=path)
        except Exception as trouble:
            response = answer_to(trouble, request=request)
            response.is_worded = True  # type: ignore[attr-defined]  # the middleware words all other failures
        quota.write_on(response)
        if hasattr(request, "api_key"):
            usage.note_after(response, key=request.api_key, at=request.at)  # type: ignore[attr-defined]
        return response

    return through


def access_of(operation: Operation) -> str:
    """Which scope the endpoint asks for, or `ANY_KEY` or `PUBLIC`. An endpoint without a mark is a mistake."""
    access: str | None = getattr(operation.view_func, "access", None)
    if access is None:
        raise RuntimeError(f"{operation.view_func.__qualname__} needs @scope(...), @any_key or @public.")
    return access


def _parameters_of(operation: Operation) -> frozenset[str]:
    models = [model for model in operation.models if model.__ninja_param_source__ == "query"]
    return frozenset(name for model in models for name in model.__ninja_flatten_map__)


def _admit(request: HttpRequest, *, operation: Operation, at: datetime, quota: rates.Quota) -> None:
    """Who asks, not too often, and with the scope that the endpoint wants."""
    address = address_of(request)
    access = access_of(operation)
    rates.count_address(address)
    if access == PUBLIC:
        return
    key = _recognise(request, at=at)
    request.at, request.api_key, request.account = at, key, key.account  # type: ignore[attr-defined]
    request.actor = queries.actor_of_key(key, address=address, request_id=problem.request_id_of(request))  # type: ignore[attr-defined]
    rates.count_key(key.id, quota=quota)
    if access != ANY_KEY and not request.actor.may(access):  # type: ignore[attr-defined]
        raise ScopeMissing(scope=access)


def _recognise(request: HttpRequest, *, at: datetime) -> ApiKey:
    method, _, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if method.lower() != "bearer" or not secret:
        raise KeyMissing()
    secret = secret.strip()
    key = queries.key_of_secret(secret=secret, at=at) if has_shape_of_secret(secret) else None
    if key is None:
        raise KeyNotValid()
    request.api_secret = secret  # type: ignore[attr-defined]
    return key


def _check_parameters(request: HttpRequest, *, known: frozenset[str]) -> None:
    for name, values in request.GET.lists():
        if not is_clean(name) or not all(is_clean(value) for value in values):
            raise ForbiddenCharacter()
    unknown = [name for name in request.GET if name not in known]
    if unknown:
        raise InvalidRequest(faults=[validation.unknown_parameter(name) for name in unknown[:20]])


def _read(request: HttpRequest) -> None:
    if request.META.get("CONTENT_LENGTH") not in (None, "", "0"):
        check_format(request)
    body = read_body(request)
    if body:
        request.json = parse_json(body)  # type: ignore[attr-defined]


def _answer(request: HttpRequest, *, run: Run, operation: Operation, path: dict[str, Any]) -> HttpResponse:
    if request.method != "POST" or access_of(operation) == PUBLIC:
        return run(request, **path)
    key = request.META.get("HTTP_IDEMPOTENCY_KEY", "")
    if not key:
        raise IdempotencyKeyMissing(field="Idempotency-Key")
    view = operation.view_func
    secret: str = request.api_secret  # type: ignore[attr-defined]
    outcome = idempotency.once(
        scope=f"api_key:{_actor(request).api_key_id}",
        key=key,
        request_hash=idempotency.hash_request(
            str(request.method), request.get_full_path(), request.body, secret=secret.encode()
        ),
        at=request.at,  # type: ignore[attr-defined]
        act=lambda: _kept(run(request, **path)),
        seal_with=secret.encode() if getattr(view, "shows_secret", False) else None,
        is_atomic=getattr(view, "is_atomic", True),
    )
    return _given(outcome)


def _actor(request: HttpRequest) -> Actor:
    return request.actor  # type: ignore[attr-defined,no-any-return]


def _kept(response: HttpResponse) -> idempotency.Answer:
    headers = {name: response[name] for name in KEPT_HEADERS if name in response}
    return idempotency.Answer(
        status=response.status_code, body=response.content, content_type=response["Content-Type"], headers=headers
    )


def _given(outcome: idempotency.Outcome) -> HttpResponse:
    answer = outcome.answer
    response = HttpResponse(answer.body, status=answer.status, content_type=answer.content_type)
    for name, value in answer.headers.items():
        response[name] = value
    if outcome.is_replay:
        response["Idempotent-Replayed"] = "true"
    return response
