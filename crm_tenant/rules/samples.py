"""The file that the import page offers to try it with: made here, in the reader's words."""

from __future__ import annotations

import csv
import io
from typing import Final

_SAMPLES: Final[dict[str, list[list[str]]]] = {
    "en": [
        ["Company", "Deal name", "Stage", "Amount", "Owner", "Expected close", "Contact"],
        ["Harbour Lamps", "12 seats for the shop", "New", "4320", "Ada Reed", "2026-12-18", "Tom Ives"],
        ["Northgate Tools", "Field app for reps", "Proposal", "31200", "Ada Reed", "2026-12-04", ""],
        ["Willow Clinic, East Wing", "Records import", "Won", "2600", "Ben Cole", "", "Ruth Hale"],
    ],
    "zh-hans": [
        ["公司", "商机名称", "阶段", "金额", "负责人", "预计成交", "联系人"],
        ["清河贸易", "苏州分公司 24 个席位", "新线索", "18720", "林梅", "2026-12-18", "王伟"],
        ["柏林学校", "40 个席位，按年", "已报价", "31200", "林梅", "2026-12-04", ""],
        ["新蓝设计", "团队版 12 个月", "赢单", "35880", "陈刚", "", "李娜"],
    ],
    "zh-hant": [
        ["公司", "商機名稱", "階段", "金額", "負責人", "預計成交", "聯絡人"],
        ["清河貿易", "台南分公司 24 個席位", "新線索", "18720", "林梅", "2026-12-18", "王偉"],
        ["柏林學校", "40 個席位，按年", "已報價", "31200", "林梅", "2026-12-04", ""],
        ["新藍設計", "團隊版 12 個月", "成交", "35880", "陳剛", "", "李娜"],
    ],
}


def sample_file(language: str) -> bytes:
    """A small CSV of deals, with the mark by which spreadsheets know UTF-8."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows(_SAMPLES.get(language.lower(), _SAMPLES["en"]))
    return b"\xef\xbb\xbf" + out.getvalue().encode()
