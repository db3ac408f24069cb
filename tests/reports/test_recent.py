"""What a report says of the changes since the one before it."""

import json
from pathlib import Path

import pytest

from orquestrador import Orchestrator
from orquestrador.reports import report_library
from orquestrador.words import ENGLISH


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    folder.mkdir()
    for name in ("kept", "edited", "moved", "gone"):
        write(folder, name, name)
    return folder


def write(folder: Path, name: str, text: str) -> None:
    path = folder / f"{name}.mq4"
    path.write_text(f"int OnInit() {{ return 1; }} // {text}\n", encoding="utf-8")


def test_the_second_report_names_what_changed_since_the_first(library: Path) -> None:
    with Orchestrator(library, settings={"engine": "inline"}) as orq:
        orq.classify(backup=False, report=True).result(timeout=60)
        page = orq.state / "reports" / "report.html"
        data = orq.state / "reports" / "report.json"
        assert json.loads(data.read_text("utf-8"))["recent"] is None
        assert "Changed since" not in page.read_text("utf-8")
        write(library, "edited", "otherwise")
        (library / "moved.mq4").rename(library / "there.mq4")
        (library / "gone.mq4").unlink()
        write(library, "new", "new")
        orq.classify(backup=False, report=False).result(timeout=60)

    report_library(library, library / ".orquestrador", ENGLISH, ["json", "html"])

    recent = json.loads(data.read_text("utf-8"))["recent"]
    assert recent["total"] == 4
    assert [(each["what"], each["path"]) for each in recent["changes"]] == [
        ("changed", "edited.mq4"),
        ("removed", "gone.mq4"),
        ("added", "new.mq4"),
        ("renamed", "there.mq4"),
    ]
    text = page.read_text("utf-8")
    assert "Changed since the last report" in text
    assert '<span class="path">moved.mq4 → there.mq4</span>' in text
    changed = text.partition("Changed since the last report")[2].partition("<h2>")[0]
    assert "kept.mq4" not in changed
