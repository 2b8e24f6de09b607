"""What needs no database: colours, numbers, roles, hours."""

from datetime import timedelta

import pytest

from provider.accounts.errors import (
    BadColour,
    BadContact,
    BadHours,
    BadPhone,
    BadTaxId,
    LastOwner,
    OnlyOwners,
    PoorContrast,
    RoleUnknown,
)
from provider.accounts.rules.codes import fits, mark_of, new_code
from provider.accounts.rules.contrast import accent_for_dark, check_accent, contrast_ratio
from provider.accounts.rules.defaults import RegionFacts, guess_country, guess_region
from provider.accounts.rules.devices import device_name
from provider.accounts.rules.permissions import WITHHELD_WHILE_ACTING, known_permissions, permissions_of
from provider.accounts.rules.phones import Contact, parse_contact, parse_email, parse_phone
from provider.accounts.rules.support import act_ends_at, check_hours
from provider.accounts.rules.tax_ids import clean_tax_id
from provider.accounts.rules.team import ROLES, check_may_give, check_owner_remains, check_role_exists
from provider.accounts.rules.words import ROLE_TEXTS
from tests.accounts.people import AT


def test_black_on_white_is_the_greatest_contrast_and_the_order_does_not_matter() -> None:
    assert contrast_ratio("#000000", "#ffffff") == pytest.approx(21)
    assert contrast_ratio("#4350b5", "#ffffff") == contrast_ratio("#ffffff", "#4350b5")


def test_a_colour_on_which_white_cannot_be_read_is_refused_with_its_ratio() -> None:
    with pytest.raises(PoorContrast) as refusal:
        check_accent("#FFCC00")
    assert refusal.value.facts["accent"] == "#ffcc00"
    assert refusal.value.field == "accent"


def test_just_enough_contrast_is_enough_and_a_hair_less_is_not() -> None:
    assert check_accent("#767676") == "#767676"  # 4.54
    with pytest.raises(PoorContrast):
        check_accent("#777777")  # 4.48


@pytest.mark.parametrize("text", ["", "red", "#fff", "#12345g", "#1234567"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(BadColour):
        check_accent(text)


def test_the_dark_accent_is_lighter_and_still_carries_white_words() -> None:
    dark = accent_for_dark("#202860")
    assert contrast_ratio(dark, "#ffffff") >= 4.5
    assert contrast_ratio(dark, "#000000") > contrast_ratio("#202860", "#000000")


@pytest.mark.parametrize(
    ("text", "country", "kept"),
    [
        ("138 0013 8000", "CN", "+8613800138000"),
        ("+86 138-0013-8000", "TW", "+8613800138000"),
        ("0912 345 678", "TW", "+886912345678"),
        ("９１２３ ４５６７", "HK", "+85291234567"),
        ("＋８５２ 9123 4567", "CN", "+85291234567"),
    ],
)
def test_a_mobile_number_is_kept_in_one_form_however_it_is_typed(text: str, country: str, kept: str) -> None:
    assert parse_phone(text, country=country) == kept


@pytest.mark.parametrize("text", ["", "12", "010 6552 9988", "138001380001234", "call me"])
def test_what_is_no_mobile_number_is_refused(text: str) -> None:
    with pytest.raises(BadPhone):
        parse_phone(text, country="CN")


def test_one_field_takes_either_kind_of_address() -> None:
    assert parse_contact(" Li.Na@Example.COM ", country="CN") == Contact(email="li.na@example.com")
    assert parse_contact("13800138000", country="CN") == Contact(phone="+8613800138000")
    for text in ("li.na@", "@example.com", "li na@example.com", "li@example", "12345"):
        with pytest.raises(BadContact):
            parse_contact(text, country="CN")


def test_an_address_is_kept_small() -> None:
    assert parse_email("A@B.example") == "a@b.example"


def test_a_tax_number_is_checked_where_it_has_a_check_digit() -> None:
    assert clean_tax_id(" 91110000600037341L ", country="CN") == "91110000600037341L"
    assert clean_tax_id("00501503", country="TW") == "00501503"
    assert clean_tax_id("anything", country="HK") == "anything"
    assert clean_tax_id("", country="CN") == ""
    for wrong, country in (("91110000600037342L", "CN"), ("00501502", "TW")):
        with pytest.raises(BadTaxId):
            clean_tax_id(wrong, country=country)


def test_only_owners_make_and_unmake_owners() -> None:
    check_may_give(giver="owner", role="owner")
    check_may_give(giver="manager", role="member")
    for role, was in (("owner", "member"), ("member", "owner")):
        with pytest.raises(OnlyOwners):
            check_may_give(giver="manager", role=role, was=was)


def test_a_role_of_another_portal_does_not_exist() -> None:
    with pytest.raises(RoleUnknown):
        check_role_exists(portal="subscriber", role="operator")


def test_the_last_owner_stays() -> None:
    check_owner_remains(was="owner", becomes="", owners=2)
    check_owner_remains(was="owner", becomes="owner", owners=1)
    with pytest.raises(LastOwner):
        check_owner_remains(was="owner", becomes="member", owners=1)


def test_every_role_says_what_it_is_for_and_may_do_something() -> None:
    for portal, roles in ROLES.items():
        for role in roles:
            assert ROLE_TEXTS[portal, role]
            assert permissions_of(portal=portal, role=role, is_acting_for=False)


def test_an_unknown_role_may_nothing() -> None:
    assert permissions_of(portal="subscriber", role="king", is_acting_for=False) == frozenset()


@pytest.mark.parametrize("portal", ROLES)
def test_nobody_keeps_what_is_withheld_while_acting(portal: str) -> None:
    acting = permissions_of(portal=portal, role="owner", is_acting_for=True)
    assert not acting & WITHHELD_WHILE_ACTING


def test_what_is_withheld_is_known() -> None:
    assert WITHHELD_WHILE_ACTING - known_permissions() <= {"payouts.manage"}  # resellers' work brings that one


@pytest.mark.parametrize("hours", [0, -1, 169])
def test_consent_lasts_from_an_hour_to_a_week(hours: int) -> None:
    check_hours(1)
    check_hours(168)
    with pytest.raises(BadHours):
        check_hours(hours)


def test_an_act_ends_after_an_hour_or_with_the_consent() -> None:
    assert act_ends_at(started_at=AT, consent_ends_at=AT + timedelta(days=1)) == AT + timedelta(minutes=60)
    assert act_ends_at(started_at=AT, consent_ends_at=AT + timedelta(minutes=5)) == AT + timedelta(minutes=5)


def test_the_region_is_guessed_by_place_before_language() -> None:
    regions = [
        RegionFacts("shanghai", "CN", "Asia/Shanghai"),
        RegionFacts("taipei", "TW", "Asia/Taipei"),
    ]
    assert guess_region(regions=regions, time_zone="Asia/Taipei", language="zh-hans") == "taipei"
    assert guess_region(regions=regions, time_zone="", language="zh-hant") == "taipei"
    assert guess_region(regions=regions, time_zone="Europe/Paris", language="en") == "shanghai"
    assert guess_region(regions=[], time_zone="", language="en") == ""
    assert guess_country(time_zone="Asia/Hong_Kong", language="zh-hant") == "HK"


def test_a_device_is_named_as_its_owner_knows_it() -> None:
    edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0"
    wechat = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148 MicroMessenger/8.0 Safari"
    assert device_name(edge) == "Edge · Windows"
    assert device_name(wechat) == "WeChat · iPhone"
    assert device_name("") == ""


def test_a_code_fits_its_own_address_only_and_may_be_typed_in_any_way() -> None:
    code = new_code()
    mark = mark_of(code, key="k" * 40, address="li@example.com")

    assert fits(code, mark=mark, key="k" * 40, address="li@example.com")
    assert fits(code.replace("-", " "), mark=mark, key="k" * 40, address="li@example.com")
    full_width = "".join(chr(ord(digit) + 0xFEE0) for digit in code if digit.isdigit())
    assert fits(full_width, mark=mark, key="k" * 40, address="li@example.com")
    assert not fits(code, mark=mark, key="k" * 40, address="wang@example.com")
    assert not fits(code, mark=mark, key="x" * 40, address="li@example.com")
    assert not fits("", mark="", key="k" * 40, address="li@example.com")
