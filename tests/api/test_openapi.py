"""The OpenAPI document: valid, complete, and made from the endpoints that are really there."""

from __future__ import annotations

import pytest
from ninja import Router
from openapi_spec_validator import OpenAPIV31SpecValidator

from provider.api.api.openapi import document, document_of
from provider.api.api.root import compose
from provider.api.rules.examples import Request, curl_of, example_of, python_of
from provider.kernel import machine_doors
from provider.kernel.machine_doors import scope

from .conftest import assert_problem

FILES = {"application/pdf", "application/zip"}


def operations():
    return [
        (path, method, described)
        for path, methods in document()["paths"].items()
        for method, described in methods.items()
    ]


def test_the_document_is_valid():
    OpenAPIV31SpecValidator(document()).validate()
    assert document()["openapi"].startswith("3.1")


@pytest.mark.django_db
def test_anybody_may_read_it(stranger):
    response = stranger.get("/openapi.json")

    assert response.json() == document()
    assert "max-age" in response["Cache-Control"]


@pytest.mark.parametrize(("path", "method", "described"), operations())
def test_every_operation_is_explained(path, method, described):
    assert described["summary"]
    assert described["description"]
    assert described["tags"]
    assert "security" in described
    for parameter in described["parameters"]:
        assert parameter.get("description") or parameter["in"] == "path", parameter["name"]
    for status, response in described["responses"].items():
        if status.startswith("2") and not FILES & response["content"].keys():
            assert response["content"]["application/json"]["example"]
    for status in ("422", "429", "500", "503"):
        assert status in described["responses"]


def test_every_post_asks_for_an_idempotency_key():
    for path, method, described in operations():
        headers = {p["name"] for p in described["parameters"] if p["in"] == "header" and p["required"]}
        assert ("Idempotency-Key" in headers) == (method == "post"), path


def test_the_key_is_asked_for_with_the_scope():
    described = document()["paths"]["/api/v1/accounts"]["get"]

    assert described["security"] == [{"api_key": ["accounts:read"]}]
    assert document()["paths"]["/api/v1/"]["get"]["security"] == []


@pytest.mark.django_db
def test_the_index_names_every_address(stranger):
    index = stranger.get("/").json()

    assert index["addresses"] == sorted(document()["paths"])
    assert index["documentation"] == "/api/v1/docs"


# --- Examples ---


def test_an_example_is_put_together_from_the_schema():
    schemas = {"Part": {"type": "object", "properties": {"id": {"type": "string", "format": "uuid"}}}}
    schema = {
        "type": "object",
        "properties": {
            "name": {"type": "string", "examples": ["Li"]},
            "kind": {"enum": ["a", "b"]},
            "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Part"}},
            "on": {"type": "string", "format": "date"},
            "end": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
            "count": {"type": "integer"},
        },
    }

    assert example_of(schema, schemas) == {
        "name": "Li",
        "kind": "a",
        "parts": [{"id": "0192f6a0-7c1e-7b3a-9f10-2d3c4b5a6978"}],
        "on": "2026-11-22",
        "end": None,
        "count": 1,
    }


def test_samples_can_be_run_as_they_stand():
    request = Request(url="http://x/y", method="POST", body={"name": "仓库"}, has_key=True, is_once=True)

    assert curl_of(request).splitlines() == [
        "curl -X POST http://x/y \\",
        '  -H "Authorization: Bearer $API_KEY" \\',
        '  -H "Idempotency-Key: $(uuidgen)" \\',
        '  -H "Content-Type: application/json" \\',
        '  -d \'{"name": "仓库"}\'',
    ]
    compile(python_of(request), "sample", "exec")


@pytest.mark.parametrize(("path", "method", "described"), operations())
def test_every_python_sample_is_python(path, method, described):
    samples = {sample["label"]: sample["source"] for sample in described["x-codeSamples"]}

    compile(samples["Python"], path, "exec")
    assert samples["curl"].startswith("curl ")


# --- Composing ---


def test_a_package_brings_its_endpoints_without_knowing_the_api():
    router = Router(tags=["Weather"])

    @router.get("/weather", response=dict, summary="Read the weather")
    @scope("weather:read")
    def read_weather(request):
        return {}

    made = document_of(compose(router, namespace="api"))

    assert made["paths"]["/api/v1/weather"]["get"]["x-scope"] == "weather:read"
    assert made["tags"] == [{"name": "Weather", "description": ""}]


def test_a_router_is_mounted_once():
    router = Router()
    before = machine_doors.mounted()
    try:
        machine_doors.mount(router)
        machine_doors.mount(router)
        assert machine_doors.mounted() == (*before, router)
    finally:
        machine_doors._mounted.remove(router)


def test_an_endpoint_that_does_not_say_who_may_come_in_is_a_mistake():
    router = Router()

    @router.get("/open", response=dict)
    def forgotten(request):
        return {}

    with pytest.raises(RuntimeError, match="forgotten"):
        document_of(compose(router, namespace="api"))


@pytest.mark.django_db
def test_an_endpoint_of_a_package_stands_behind_the_same_gate(settings, customer, stranger):
    settings.ROOT_URLCONF = "tests.api.urls_with_usage"

    assert customer.get("/usage").json() == {"events": 3}
    assert_problem(stranger.get("/usage"), status=401, code="key_missing")
    assert_problem(customer.post("/usage", {}), status=403, code="scope_missing")
