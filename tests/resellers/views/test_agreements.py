"""The provider's people agree on terms with a reseller, page by page."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from provider.accounts.models import Account
from provider.kernel import clock
from resellers.models import Agreement
from tests.console.conftest import enter, operator, provider
from tests.factories import make_member
from tests.resellers.factories import make_agreement, make_reseller

pytestmark = pytest.mark.django_db
__all__ = ["operator", "provider"]


@pytest.fixture
def reseller() -> Account:
    return make_reseller()


def typed(**changes: str) -> dict[str, str]:
    day = clock.now().astimezone(ZoneInfo("Asia/Shanghai")).date().isoformat()
    usual = {
        "from_day": day, "currency": "CNY", "discount_percent": "20", "credit_limit": "50000.00",
        "payment_days": "30", "note": "",
    }  # fmt: skip
    return usual | changes


def test_the_list_says_who_has_no_terms(operator: Client, reseller: Account) -> None:
    body = operator.get("/operator/resellers/").content.decode()
    assert "Galaxy Software" in body
    assert "No agreement" in body

    make_agreement(reseller=reseller)
    body = operator.get("/operator/resellers/").content.decode()
    assert "20%" in body
    assert "1,000,000.00" in body


def test_terms_are_typed_and_stand_on_the_resellers_page(operator: Client, reseller: Account) -> None:
    page = f"/operator/resellers/{reseller.id}/"
    assert "Nothing is agreed yet" in operator.get(page).content.decode()

    answer = operator.post(f"{page}terms/", typed())

    assert answer["Location"] == page
    terms = Agreement.objects.get(reseller=reseller)
    assert (terms.credit_limit_minor, terms.discount_percent, terms.version) == (5_000_000, 20, 1)
    body = operator.get(page).content.decode()
    assert "In force" in body
    assert "50,000.00" in body


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("discount_percent", "100", "less than or equal to 99.99"),
        ("discount_percent", "1e3", "less than or equal to 99.99"),
        ("discount_percent", "NaN", "Enter a number"),
        ("credit_limit", "-1", "greater than or equal to 0"),
        ("from_day", "2020-01-01", "begins today or later"),
        ("currency", "QQQ", "Select a valid choice"),
    ],
)
def test_bad_terms_are_refused_at_their_field(
    operator: Client, reseller: Account, field: str, value: str, sentence: str
) -> None:
    answer = operator.post(f"/operator/resellers/{reseller.id}/terms/", typed(**{field: value}))
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert not Agreement.objects.exists()


def test_the_form_begins_with_what_is_in_force(operator: Client, reseller: Account) -> None:
    make_agreement(reseller=reseller, discount="12.5")
    assert 'value="12.50"' in operator.get(f"/operator/resellers/{reseller.id}/terms/").content.decode()


def test_an_end_needs_a_reason(operator: Client, reseller: Account) -> None:
    agreement = make_agreement(reseller=reseller)
    address = f"/operator/resellers/{reseller.id}/terms/{agreement.id}/end/"
    operator.post(address, {"act": "end", "reason": ""})
    agreement.refresh_from_db()
    assert agreement.valid_until is None

    operator.post(address, {"act": "end", "reason": "Closed its doors"})
    agreement.refresh_from_db()
    assert agreement.valid_until is not None
    assert agreement.ended_reason == "Closed its doors"


def test_support_looks_and_does_not_touch(client: Client, provider: Account, reseller: Account) -> None:
    support = enter(client, make_member(account=provider, portal="provider", role="support"))
    assert support.get(f"/operator/resellers/{reseller.id}/").status_code == 200
    assert support.get(f"/operator/resellers/{reseller.id}/terms/").status_code == 403


def test_a_customer_is_no_reseller(operator: Client, provider: Account) -> None:
    assert operator.get(f"/operator/resellers/{provider.id}/").status_code == 404
