"""Accounts, brands, keys, hand-over of ownership and corrected addresses."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from provider.accounts.errors import (
    AddressTaken,
    BadExpiry,
    BadTaxId,
    CurrencyFixed,
    KeyModeUnfit,
    MissingName,
    MissingReason,
    NoScopes,
    NotYourself,
    OfferGone,
    OfferOpen,
    OnlyOwners,
    UnknownCountry,
    UnknownCurrency,
    UnknownRegion,
    UnknownScope,
    UnknownTimeZone,
)
from provider.accounts.models import Account, ApiKey, Membership, Region, Role, User
from provider.accounts.operations.accounts import change_account_settings, change_brand, fix_currency
from provider.accounts.operations.api_keys import create_api_key, revoke_api_key
from provider.accounts.operations.ownership import accept_ownership, decline_ownership, offer_ownership
from provider.accounts.operations.team import remove_member
from provider.accounts.operations.users import correct_email
from provider.kernel.errors import NotFound
from provider.kernel.models import AuditRow
from tests.accounts.conftest import Letters
from tests.accounts.people import AT, as_actor, details, make_member, make_subscriber, make_user, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(provider: Account) -> Membership:
    return make_member(make_subscriber(provider), "li@example.com")


@pytest.fixture
def member(owner: Membership) -> Membership:
    return make_member(owner.account, "wang@example.com", role=Role.MEMBER, name="Wang Fang")


# --- Settings ---


def test_only_what_changed_is_on_record(owner: Membership) -> None:
    change_account_settings(
        account_id=owner.account_id, details=details(time_zone="Asia/Taipei"), by=as_actor(owner), at=AT
    )

    row = AuditRow.objects.get(verb="account.settings_changed")
    assert (row.before, row.after) == ({"time_zone": "Asia/Shanghai"}, {"time_zone": "Asia/Taipei"})


@pytest.mark.parametrize(
    ("change", "refusal", "field"),
    [
        ({"time_zone": "Mars/Olympus"}, UnknownTimeZone, "time_zone"),
        ({"currency": "QQQ"}, UnknownCurrency, "currency"),
        ({"country": "QQ"}, UnknownCountry, "country"),
        ({"region_code": "atlantis"}, UnknownRegion, "region"),
        ({"country": "CN", "tax_id": "91110000600037342L"}, BadTaxId, "tax_id"),
    ],
)
def test_what_does_not_exist_is_refused_at_its_field_and_nothing_changes(
    owner: Membership, change: dict[str, str], refusal: type, field: str
) -> None:
    with pytest.raises(refusal) as raised:
        change_account_settings(
            account_id=owner.account_id, details=details("New name", **change), by=as_actor(owner), at=AT
        )

    assert raised.value.field == field
    assert Account.objects.get(id=owner.account_id).name == "Lotus Trading"


def test_a_closed_region_is_not_offered(owner: Membership, regions: list[Region]) -> None:
    Region.objects.filter(code="taipei").update(is_open=False)
    with pytest.raises(UnknownRegion):
        change_account_settings(
            account_id=owner.account_id, details=details(region_code="taipei"), by=as_actor(owner), at=AT
        )


def test_the_currency_stays_once_something_was_billed(owner: Membership) -> None:
    fix_currency(account_id=owner.account_id, at=AT)
    fix_currency(account_id=owner.account_id, at=AT + timedelta(days=1))

    with pytest.raises(CurrencyFixed):
        change_account_settings(account_id=owner.account_id, details=details(currency="TWD"), by=as_actor(owner), at=AT)
    assert Account.objects.get(id=owner.account_id).currency_fixed_at == AT


def test_a_brand_gets_its_dark_accent_by_itself(provider: Account) -> None:
    operator = make_member(provider, "op@example.com", portal="provider")
    brand = change_brand(
        account_id=provider.id, name="Evergreen", accent="#0A5C36", support_email="", support_phone="",
        logo=None, by=as_actor(operator), at=AT,
    )  # fmt: skip

    assert brand.accent == "#0a5c36"
    assert brand.accent_dark != brand.accent
    assert AuditRow.objects.get(verb="brand.changed").after["name"] == "Evergreen"


def brand_form(**changes: object) -> dict[str, object]:
    return {"name": "Evergreen", "accent": "#0a5c36", "support_email": "", "support_phone": ""} | changes


PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"


def test_a_logo_is_shown_to_everybody_under_an_address_of_its_own(client: Client, provider: Account) -> None:
    sign_in(client, make_member(provider, "op@example.com", portal="provider"))
    client.post("/settings/brand/", brand_form(logo=SimpleUploadedFile("mark.png", PNG)))

    brand = Account.objects.get(id=provider.id).brand
    assert brand is not None
    answer = Client().get(brand.logo_url)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    client.post("/settings/brand/", brand_form())
    assert Account.objects.get(id=provider.id).brand.logo_file_id == brand.logo_file_id  # none sent, the old one stays


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("mark.png", b"<html>not a picture</html>", "something else"),
        ("mark.svg", b"<svg/>", "not taken here"),
        ("mark.png", PNG + b"0" * (600 * 1024), "larger than"),
        ("mark.png", b"", "empty"),
    ],
)
def test_what_is_no_small_picture_is_refused_at_its_field(
    client: Client, provider: Account, name: str, content: bytes, words: str
) -> None:
    sign_in(client, make_member(provider, "op@example.com", portal="provider"))
    answer = client.post("/settings/brand/", brand_form(logo=SimpleUploadedFile(name, content)))

    assert words in " ".join(answer.context["form"].errors["logo"])
    assert Account.objects.get(id=provider.id).brand.logo_file_id is None


def test_a_colour_that_cannot_be_read_is_refused_at_its_field(client: Client, provider: Account) -> None:
    sign_in(client, make_member(provider, "op@example.com", portal="provider"))
    answer = client.post("/settings/brand/", brand_form(accent="#ffcc00"))

    assert "contrast" in answer.context["form"].errors["accent"][0]


# --- Keys ---


def key(owner: Membership, **changes: object) -> tuple[ApiKey, str]:
    wishes = {"name": "Import", "scopes": ["jobs:read"], "is_test": False, "expires_at": None} | changes
    return create_api_key(account_id=owner.account_id, portal="subscriber", by=as_actor(owner), at=AT, **wishes)  # type: ignore[arg-type]


def test_a_keys_secret_is_shown_once_and_kept_as_a_hash(owner: Membership, letters: Letters) -> None:
    made, secret = key(owner)

    assert secret.startswith("pk_live_")
    assert secret.startswith(made.prefix)
    assert secret.encode() not in bytes(made.secret_hash)
    assert secret not in str(AuditRow.objects.get(verb="api_key.created").after)
    assert letters.the("api_key_created")["params"]["prefix"] == made.prefix


def test_a_test_account_has_test_keys_and_no_others(owner: Membership, letters: Letters) -> None:
    with pytest.raises(KeyModeUnfit):
        key(owner, is_test=True)
    Account.objects.filter(id=owner.account_id).update(is_test=True)

    assert key(owner, is_test=True)[1].startswith("pk_test_")


def test_a_key_can_do_no_more_than_its_maker(owner: Membership, member: Membership, letters: Letters) -> None:
    with pytest.raises(UnknownScope):
        key(member, scopes=["api_keys:write"])


def test_wishes_that_make_no_sense_are_refused(owner: Membership) -> None:
    for wish, refusal in (
        ({"name": " "}, MissingName), ({"scopes": []}, NoScopes), ({"scopes": ["all"]}, UnknownScope),
        ({"expires_at": AT}, BadExpiry),
    ):  # fmt: skip
        with pytest.raises(refusal):
            key(owner, **wish)
    assert ApiKey.objects.count() == 0


def test_another_accounts_key_is_not_there(owner: Membership, provider: Account, letters: Letters) -> None:
    stranger = make_member(make_subscriber(provider, "Other"), "eve@example.com")
    made, _ = key(owner)

    with pytest.raises(NotFound):
        revoke_api_key(account_id=stranger.account_id, api_key_id=made.id, by=as_actor(stranger), at=AT)


def test_the_page_shows_the_secret_once(client: Client, owner: Membership, letters: Letters) -> None:
    sign_in(client, owner)
    page = client.post("/settings/api-keys/new/", {"name": "Import", "scopes": ["jobs:read"]}).content.decode()
    assert "pk_live_" in page
    assert 'class="secret"' in page

    listed = client.get("/settings/api-keys/").content.decode()
    assert ApiKey.objects.get().prefix in listed
    assert 'class="secret"' not in listed


# --- Handing over ---


def offer(owner: Membership, to: Membership):
    return offer_ownership(
        account_id=owner.account_id, to_membership_id=to.id, next_role=Role.MANAGER, by=as_actor(owner), at=AT
    )


def test_ownership_moves_when_it_is_accepted(owner: Membership, member: Membership, letters: Letters) -> None:
    made = offer(owner, member)
    assert Membership.objects.get(id=member.id).role == Role.MEMBER

    accept_ownership(account_id=owner.account_id, offer_id=made.id, by=as_actor(member), at=AT)

    assert Membership.objects.get(id=member.id).role == Role.OWNER
    assert Membership.objects.get(id=owner.id).role == Role.MANAGER
    assert letters.keys() == ["ownership_transfer_offer", "ownership_transferred"]


def test_an_offer_is_one_at_a_time_by_owners_to_others(owner: Membership, member: Membership, letters: Letters) -> None:
    with pytest.raises(NotYourself):
        offer(owner, owner)
    with pytest.raises(OnlyOwners):
        offer(member, owner)
    offer(owner, member)
    with pytest.raises(OfferOpen):
        offer(owner, member)


def test_an_offer_that_is_old_declined_or_taken_back_moves_nothing(
    owner: Membership, member: Membership, letters: Letters
) -> None:
    made = offer(owner, member)
    with pytest.raises(OfferGone):
        accept_ownership(account_id=owner.account_id, offer_id=made.id, by=as_actor(member), at=made.expires_at)
    decline_ownership(account_id=owner.account_id, offer_id=made.id, by=as_actor(owner), at=AT)
    with pytest.raises(OfferGone):
        accept_ownership(account_id=owner.account_id, offer_id=made.id, by=as_actor(member), at=AT)


def test_only_the_person_asked_can_accept(owner: Membership, member: Membership, letters: Letters) -> None:
    made = offer(owner, member)
    third = make_member(owner.account, "mei@example.com", role=Role.MEMBER)

    with pytest.raises(NotFound):
        accept_ownership(account_id=owner.account_id, offer_id=made.id, by=as_actor(third), at=AT)


def test_whoever_is_removed_cannot_accept(owner: Membership, member: Membership, letters: Letters) -> None:
    made = offer(owner, member)
    remove_member(account_id=owner.account_id, membership_id=member.id, by=as_actor(owner), at=AT)

    with pytest.raises(OfferGone):
        accept_ownership(account_id=owner.account_id, offer_id=made.id, by=as_actor(member), at=AT)


# --- Addresses put right ---


def test_where_the_mistyped_address_was_taken_for_invoices_it_is_corrected_too(
    owner: Membership, provider: Account
) -> None:
    operator = make_member(provider, "op@example.com", role="operator", portal="provider")
    Account.objects.filter(id=owner.account_id).update(email=owner.user.email)

    correct_email(user_id=owner.user_id, email="li.na@example.com", reason="Mistyped", by=as_actor(operator), at=AT)

    assert Account.objects.get(id=owner.account_id).email == "li.na@example.com"
    assert AuditRow.objects.filter(verb="account.settings_changed", account_id=owner.account_id).count() == 1


def test_an_address_for_invoices_that_is_another_one_stays(owner: Membership, provider: Account) -> None:
    operator = make_member(provider, "op@example.com", role="operator", portal="provider")
    Account.objects.filter(id=owner.account_id).update(email="bills@example.com")

    correct_email(user_id=owner.user_id, email="li.na@example.com", reason="Mistyped", by=as_actor(operator), at=AT)

    assert Account.objects.get(id=owner.account_id).email == "bills@example.com"


def test_a_corrected_address_has_to_be_proved_at_the_next_sign_in(
    owner: Membership, provider: Account, letters: Letters
) -> None:
    operator = make_member(provider, "op@example.com", role="operator", portal="provider")

    correct_email(user_id=owner.user_id, email="Li.Na@example.com", reason="Mistyped", by=as_actor(operator), at=AT)

    user = User.objects.get(id=owner.user_id)
    assert user.email == "li.na@example.com"
    assert not user.emailaddress_set.get().verified
    assert letters.the("email_corrected_notice")["to_email"] == "li@example.com"
    row = AuditRow.objects.get(verb="user.email_corrected")
    assert (row.before, row.after, row.reason) == (
        {"email": "li@example.com"}, {"email": "li.na@example.com"}, "Mistyped",
    )  # fmt: skip


def test_a_correction_needs_a_reason_and_a_free_address(owner: Membership, letters: Letters) -> None:
    make_user("wang@example.com")
    with pytest.raises(MissingReason):
        correct_email(user_id=owner.user_id, email="x@example.com", reason="", by=as_actor(owner), at=AT)
    with pytest.raises(AddressTaken):
        correct_email(user_id=owner.user_id, email="wang@example.com", reason="x", by=as_actor(owner), at=AT)
    assert User.objects.get(id=owner.user_id).email == "li@example.com"


# --- The database holds what matters ---


@pytest.mark.parametrize(
    ("law", "statement"),
    [
        ("user_phone_is_international", "update accounts_user set phone = '13800138000'"),
        ("user_is_reachable", "update accounts_user set email = null"),
        ("account_not_own_parent", "update accounts_account set parent_id = id"),
        ("membership_role_fits_portal", "update accounts_membership set role = 'operator'"),
        ("membership_removed_has_time", "update accounts_membership set status = 'removed'"),
        ("account_test_clock_only_in_test", "update accounts_account set test_clock_at = now(), is_test = false"),
    ],
)
def test_raw_sql_cannot_break_a_law(owner: Membership, law: str, statement: str) -> None:
    with pytest.raises(IntegrityError, match=law), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


# --- Pages cost the same however many people there are ---


@pytest.mark.parametrize(
    "path",
    ["/team/", "/settings/", "/settings/account/", "/settings/api-keys/", "/settings/support-access/", "/places/"],
)
def test_a_page_asks_at_most_fifteen_questions(client: Client, owner: Membership, letters: Letters, path: str) -> None:
    for number in range(12):
        make_member(owner.account, f"m{number}@example.com", role=Role.MEMBER)
        key(owner, name=f"Key {number}")
    sign_in(client, owner)
    client.get(path)  # the first request of a session also writes down that it was used

    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    assert len(queries) <= 15, [query["sql"][:120] for query in queries]


def test_a_removed_member_is_out_with_the_next_click(
    client: Client, owner: Membership, member: Membership, letters: Letters
) -> None:
    sign_in(client, member)
    assert client.get("/settings/").status_code == 200
    remove_member(account_id=owner.account_id, membership_id=member.id, by=as_actor(owner), at=AT)

    assert client.get("/team/").status_code == 403
    assert client.get("/")["Location"] == "/places/"
