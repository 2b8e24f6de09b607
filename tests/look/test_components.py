"""Components: what they show, and that nothing a reader typed becomes markup."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django import forms
from django.utils import translation

from provider.kernel.money import Money

from .render import page

EVIL = '"><script>alert(1)</script>'

TEXT_PROPS = [
    '<c-page.header title="{{ x }}"><c-slot name="status"><c-badge>{{ x }}</c-badge></c-slot></c-page.header>',
    '<c-page.header :title="x" />',
    '<c-card title="{{ x }}" sub="{{ x }}">{{ x }}</c-card>',
    '<c-card :title="x" :sub="x" :foot="x" :data-x="x">a</c-card>',
    '<c-button :href="x" :key="x" :data-x="x">{{ x }}</c-button>',
    '<c-button :reason="x" disabled="yes" :aria-label="x">{{ x }}</c-button>',
    '<c-icon-button icon="x" :label="x" />',
    '<c-badge :kind="x">{{ x }}</c-badge>',
    '<c-note :title="x" :kind="x">{{ x }}</c-note>',
    '<c-empty :title="x">{{ x }}</c-empty>',
    '<c-kv :rows="rows" />',
    '<c-kv><c-kv.row :term="x">{{ x }}</c-kv.row></c-kv>',
    '<c-nav.item :href="x" :key="x">{{ x }}</c-nav.item>',
    '<c-field :field="field" :label="x" :help="x" :prefix="x" />',
    '<c-form :form="form" :action="x" :submit="x" :cancel="x" />',
]


class Sample(forms.Form):
    name = forms.CharField(label=EVIL, help_text="Help")
    colour = forms.ChoiceField(choices=[("r", EVIL), ("g", "green")], widget=forms.RadioSelect)
    agreed = forms.BooleanField(label="Agreed", required=False)


def form_with_errors() -> Sample:
    form = Sample({"name": EVIL, "colour": "blue"})
    form.add_error("name", EVIL)
    form.add_error(None, EVIL)
    return form


@pytest.mark.parametrize("body", TEXT_PROPS)
def test_no_text_becomes_markup(body: str) -> None:
    form = form_with_errors()
    html = page(body, x=EVIL, rows=[(EVIL, EVIL)], form=form, field=form["name"])
    assert "<script" not in html
    assert "alert(1)" in html
    assert "&amp;quot;" not in html, "escaped twice"


def test_a_field_ties_help_and_error_to_its_control() -> None:
    form = form_with_errors()
    html = page('<c-field :field="field" />', field=form["name"])
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_name_help id_name_error"' in html
    assert 'id="id_name_help"' in html
    assert 'id="id_name_error"' in html


def test_a_form_keeps_what_was_typed_and_sums_up_what_is_wrong() -> None:
    html = page(
        '<c-form :form="form" submit="Rename the account" />', form=Sample({"name": "Hengtai", "colour": "blue"})
    )
    assert 'value="Hengtai"' in html
    assert 'href="#id_colour' in html
    assert 'name="form_key"' in html
    assert "Rename the account" in html


def test_two_forms_never_share_an_idempotency_key() -> None:
    html = page('<c-form submit="A">x</c-form><c-form submit="B">x</c-form>')
    keys = [part.split('"')[0] for part in html.split('name="form_key" value="')[1:]]
    assert len(set(keys)) == 2


@pytest.mark.parametrize(
    ("language", "shown"), [("en", "CNY 1,234.50"), ("zh-hans", "1,234.50 元"), ("zh-hant", "1,234.50 元")]
)
def test_money_is_written_as_the_reader_writes_it(language: str, shown: str) -> None:
    with translation.override(language):
        assert shown in page('<c-money :value="m" />', m=Money(123450, "CNY"))
        assert shown in page('<c-money minor="123450" currency="CNY" />')


def test_a_date_names_the_whole_instant_on_hover() -> None:
    html = page('<c-date :value="at" zone="Asia/Shanghai" />', at=datetime(2026, 11, 24, 1, 12, 33, tzinfo=UTC))
    assert "24 Nov 2026, 09:12" in html
    assert 'title="24 November 2026, 09:12:33 Asia/Shanghai (UTC+08:00)"' in html
    assert 'datetime="2026-11-24T01:12:33+00:00"' in html


def test_a_reader_is_shown_the_last_day_served() -> None:
    html = page('<c-date :value="end" style="until" />', end=date(2026, 12, 15))
    assert "14 December 2026, that day included" in html


def test_an_icon_is_decoration_unless_it_has_a_label() -> None:
    assert 'aria-hidden="true"' in page('<c-icon name="house" />')
    assert '<span class="vh">Home</span>' in page('<c-icon name="house" label="Home" />')


def test_what_is_wrong_with_a_field_is_said_there_and_the_summary_leads_to_it() -> None:
    form = Sample({"name": "Hengtai", "colour": "blue"})
    form.add_error(None, "Both are gone.")
    html = page('<c-form :form="form" submit="Save" />', form=form)
    assert html.count("blue is not one of the available choices") == 1
    assert html.count("Both are gone.") == 1
    assert '<a href="#id_colour' in html
    every = page('{% include "look/parts/form_errors.html" with says_all="yes" %}', form=form)
    assert "blue is not one of the available choices" in every
