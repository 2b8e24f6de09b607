"""Before a version is published one sees in which languages its names are missing."""

from __future__ import annotations

from dataclasses import replace

from plans.rules.catalogue import Charge, Version, unnamed_in
from plans.rules.terms import MeterTerms

SEATS = MeterTerms("seats", "unique", carries_over=True)
SEAT = Charge(
    code="seat", model="per_unit", timing="in_arrears", is_prorated=True, meter=SEATS, names=("Seat", "席位", "席位")
)
WHOLE = ("Standard", "标准版", "標準版")


def test_whatever_lacks_a_name_is_told_with_its_languages() -> None:
    bare = replace(SEAT, code="sms", meter=None, names=("Text messages", "", " "))
    version = Version(charges=(SEAT, bare))

    found = list(
        unnamed_in(version, plan=("standard", ("Standard", "", "標準版")), meters={"seats": ("Seats", "", "")})
    )

    assert [(one.kind, one.code, one.languages) for one in found] == [
        ("plan", "standard", ("zh-hans",)),
        ("charge", "sms", ("zh-hans", "zh-hant")),
        ("meter", "seats", ("zh-hans", "zh-hant")),
    ]


def test_what_is_named_in_all_languages_gives_no_warning() -> None:
    version = Version(charges=(SEAT,))
    meters = {"seats": ("Seats", "席位", "席位"), "calls": ("Calls", "", "")}
    assert list(unnamed_in(version, plan=("standard", WHOLE), meters=meters)) == []
