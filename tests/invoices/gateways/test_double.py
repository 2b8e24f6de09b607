"""The double refuses what Stripe would refuse, by the library's own types."""

from __future__ import annotations

import pytest
import stripe

from tests.stripe_double import Running
from tests.stripe_double.contract import BadAnswer, check_answer
from tests.stripe_double.server import nested


def client(double: Running, key: str = "sk_test_x") -> stripe.StripeClient:
    http_client = stripe.HTTPXClient(timeout=5, allow_sync_methods=True)
    return stripe.StripeClient(
        key, base_addresses={"api": double.address}, max_network_retries=0, http_client=http_client
    )


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"mode": "payment", "colour": "blue"}, "colour"),
        ({"mode": "payment", "expires_at": "soon"}, "expires_at"),
        ({"mode": "payment", "line_items": [{"quantity": 1, "price_data": {"unit_amount": 5}}]},
         "line_items[0][price_data][currency]"),
        ({"mode": "payment", "success_url": "http://x/"}, "line_items"),
    ],
)  # fmt: skip
def test_a_wrong_request_is_refused_by_name(double: Running, params: dict, param: str):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client(double).v1.checkout.sessions.create(params=params)  # type: ignore[arg-type]

    assert refused.value.param == param


def test_a_wrong_key_and_a_strange_address_are_refused(double: Running):
    with pytest.raises(stripe.AuthenticationError):
        client(double, key="pk_nothing").v1.customers.create()
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized"):
        client(double).v1.products.create(params={"name": "x"})


def test_a_customer_is_kept_and_events_are_listed(double: Running):
    made = client(double).v1.customers.create(params={"email": "a@b.example", "metadata": {"account": "7"}})

    assert client(double).v1.customers.retrieve(made.id).metadata["account"] == "7"
    assert client(double).v1.events.list().object == "list"


def test_a_key_with_other_parameters_is_an_idempotency_error(double: Running):
    options = {"idempotency_key": "the-same"}
    client(double).v1.customers.create(params={"name": "one"}, options=options)  # type: ignore[arg-type]

    with pytest.raises(stripe.IdempotencyError):
        client(double).v1.customers.create(params={"name": "two"}, options=options)  # type: ignore[arg-type]


def test_an_answer_that_the_library_does_not_know_is_a_mistake_of_the_double():
    with pytest.raises(BadAnswer, match="always has"):
        check_answer(stripe.Refund, {"id": "re_1"})
    with pytest.raises(BadAnswer, match="has no"):
        check_answer(stripe.Refund, {"flavour": "sweet"})


def test_form_fields_become_objects_and_lists():
    assert nested([("a[0][b]", "1"), ("a[1][b]", "2"), ("m[x]", "y")]) == {
        "a": [{"b": "1"}, {"b": "2"}],
        "m": {"x": "y"},
    }
