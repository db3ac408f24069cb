"""What docs/reports.md shows works as it stands there, and names what there is."""

import json
import re
from pathlib import Path

from orquestrador.config import load_settings
from orquestrador.reports.writing import FORMATS, KINDS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reports.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def test_every_kind_and_format_is_named() -> None:
    kinds, formats = PAGE.split("| format |")

    assert tuple(re.findall(r"^\| `(\w+)` \|", kinds, re.MULTILINE)) == KINDS
    named = re.findall(r"^\| `(\w+)` \|", formats, re.MULTILINE)
    assert sorted(named) == sorted(FORMATS)


def test_the_settings_of_the_page_can_be_used(tmp_path: Path) -> None:
    (setting,) = blocks("json")
    (tmp_path / "orquestrador.json").write_text(setting, encoding="utf-8")

    report = load_settings(tmp_path).settings.report

    assert report.kinds == tuple(json.loads(setting)["report"]["kinds"])
    assert report.spreadsheet
