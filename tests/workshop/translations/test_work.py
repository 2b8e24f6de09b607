"""A translator's day: what is missing, filled in, checked, compiled; all in a small house of its own."""

from __future__ import annotations

import json
import subprocess
from gettext import GNUTranslations
from pathlib import Path

import pytest

from provider.workshop.translations import catalogs, work
from provider.workshop.translations.collect import Text, texts_of

PAGE = """
{% extends shell %}
  {% block content %}
<c-page.header title="{% trans "Team" %}" :note="_('Paid until')" />
    {% blocktrans trimmed with name=account.name count n=people|length %}
      {{ name }} has {{ n }} person.
    {% plural %}
      {{ name }} has {{ n }} persons.
    {% endblocktrans %}
  {% include "row.html" with empty=_("Nobody yet") %} {{ note|default:_("none") }} {# _("not shown") #}
{% translate "Open" context "door" %} plain: it's {% endblock %}
"""
CODE = """
from django.utils.translation import gettext_lazy as _, ngettext
label = _("Owner")
refused = N_("Ask %(who)s.")
counted = ngettext("%(n)s key", "%(n)s keys", n) + gettext(variable)
"""


@pytest.fixture
def house(tmp_path: Path) -> Path:
    for name in ("shop", "till"):
        templates = tmp_path / name / "templates" / name
        templates.mkdir(parents=True)
        (tmp_path / name / "apps.py").write_text("")
    (tmp_path / "shop/templates/shop/team.html").write_text(PAGE)
    (tmp_path / "shop/views.py").write_text(CODE)
    (tmp_path / "till/views.py").write_text('title = gettext("Team")\n')
    return tmp_path


def test_every_way_of_marking_a_text_is_found(house: Path) -> None:
    assert set(texts_of(house / "shop")) == {
        Text("Team"),
        Text("Paid until"),
        Text("%(name)s has %(n)s person.", "%(name)s has %(n)s persons."),
        Text("Nobody yet"),
        Text("none"),
        Text("Open", context="door"),
        Text("Owner"),
        Text("Ask %(who)s."),
        Text("%(n)s key", "%(n)s keys"),
    }


def test_what_is_missing_is_filled_in_once_and_serves_every_package(house: Path, tmp_path: Path) -> None:
    rows = list(work.missing(house))
    assert [row["package"] for row in rows if row["msgid"] == "Team"] == ["shop", "till"]

    filled = tmp_path / "words.json"
    filled.write_text(
        json.dumps([row | {"zh_Hans": "团队", "zh_Hant": "團隊"} for row in rows if row["msgid"] == "Team"])
    )
    work.fill(house, source=filled)

    assert "Team" not in {row["msgid"] for row in work.missing(house)}
    assert catalogs.read(catalogs.catalogue_path(house / "till", "zh_Hant")) == {Text("Team"): "團隊"}


def test_tab_separated_words_are_taken_and_strangers_are_named(house: Path, tmp_path: Path) -> None:
    words = tmp_path / "words.tsv"
    words.write_text("Owner\t所有者\t擁有者\nNever said\t没有\t沒有\n", encoding="utf-8")

    count, unwanted = work.fill(house, source=words)

    assert (count, unwanted) == (2, ["Never said"])


def test_a_row_with_a_cell_too_few_is_refused_by_line(house: Path, tmp_path: Path) -> None:
    words = tmp_path / "words.tsv"
    words.write_text("Owner\t所有者\n", encoding="utf-8")

    with pytest.raises(work.WrongFile, match="line 1: expected msgid, hans, hant, got 2 cells"):
        work.fill(house, source=words)


def test_updating_takes_new_texts_in_and_unused_ones_out_and_then_rests(house: Path) -> None:
    path = catalogs.catalogue_path(house / "till", "zh_Hans")
    catalogs.write(path, {Text("Team"): "团队", Text("Gone"): "不再使用"}, language="zh_Hans")

    work.update(house)

    assert catalogs.read(path) == {Text("Team"): "团队"}
    assert catalogs.read(catalogs.catalogue_path(house / "shop", "zh_Hans"))[Text("Team")] == "团队"
    assert work.update(house) == []


def test_the_check_names_the_missing_the_unused_and_the_contradictory(house: Path) -> None:
    for name, said in (("shop", "团队"), ("till", "小组")):
        path = catalogs.catalogue_path(house / name, "zh_Hans")
        catalogs.write(path, {Text("Team"): said, Text("Gone"): "不再使用"}, language="zh_Hans")

    found = "\n".join(work.problems(house))

    assert "shop/locale/zh_Hans/LC_MESSAGES/django.po: 'Owner' (views.py:3) is not translated" in found
    assert "till/locale/zh_Hans/LC_MESSAGES/django.po: unused: 'Gone'" in found
    assert "'Team' is “小组” here, “团队” in shop" in found


def test_the_check_names_a_text_that_stands_alone_and_is_counted_too(house: Path) -> None:
    (house / "shop" / "months.py").write_text('_("a month"); ngettext("a month", "every %(n)s months", 3)\n')

    assert any("'a month' is also the singular of a plural" in one for one in work.problems(house))


def test_compiled_catalogues_speak_and_are_made_again_only_when_older(house: Path) -> None:
    path = catalogs.catalogue_path(house / "shop", "zh_Hant")
    entries = {
        Text("Team"): "團隊",
        Text("%(n)s key", "%(n)s keys"): "%(n)s 把金鑰",
        Text("Open", context="door"): "開門",
        Text("Owner"): "",
    }
    catalogs.write(path, entries, language="zh_Hant")

    assert work.compile_all(house) == 1
    assert work.compile_all(house) == 0

    with path.with_suffix(".mo").open("rb") as file:
        words = GNUTranslations(file)
    assert words.gettext("Team") == "團隊"
    assert words.ngettext("%(n)s key", "%(n)s keys", 1) == "%(n)s 把金鑰"
    assert words.pgettext("door", "Open") == "開門"
    assert words.gettext("Owner") == "Owner"


def test_two_branches_that_add_texts_are_joined_by_git(tmp_path: Path) -> None:
    paths = {side: tmp_path / f"{side}.po" for side in ("base", "ours", "theirs")}
    base = {Text("Apple"): "苹果", Text("Zebra"): "斑马"}
    catalogs.write(paths["base"], base, language="zh_Hans")
    catalogs.write(paths["ours"], base | {Text("Bread"): "面包", Text("Cake"): "蛋糕"}, language="zh_Hans")
    catalogs.write(paths["theirs"], base | {Text("Milk\nfresh"): "鲜\n奶"}, language="zh_Hans")

    joined = subprocess.run(
        ["git", "merge-file", "--union", "-p", paths["ours"], paths["base"], paths["theirs"]],
        capture_output=True,
        check=True,
    )

    paths["ours"].write_bytes(joined.stdout)
    assert catalogs.read(paths["ours"]) == base | {
        Text("Bread"): "面包",
        Text("Cake"): "蛋糕",
        Text("Milk\nfresh"): "鲜\n奶",
    }


def test_two_branches_that_say_the_same_or_differ_are_read_after_the_merge(tmp_path: Path) -> None:
    path = tmp_path / "joined.po"
    path.write_text(
        'msgid "Delete"\nmsgid "Remove"\nmsgstr "删除"\n\nmsgid "Open"\nmsgstr ""\nmsgstr "打开"\nmsgstr "开启"\n',
        encoding="utf-8",
    )

    assert catalogs.read(path) == {Text("Delete"): "删除", Text("Remove"): "删除", Text("Open"): "打开"}


def test_a_catalogue_that_is_none_is_refused_by_line(tmp_path: Path) -> None:
    path = tmp_path / "torn.po"
    path.write_text('msgid "Open"\n<<<<<<< HEAD\n', encoding="utf-8")

    with pytest.raises(catalogs.WrongCatalogue, match="line 2"):
        catalogs.read(path)
