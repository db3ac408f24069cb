"""`changes`, `history` and `search --changed-since`, on a real library."""

import json
from pathlib import Path

import pytest

from orquestrador import Orchestrator
from orquestrador.interface import cli

SOURCE = "int OnInit() {{ return 1; }} // {text}\n"


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A library that was classified, then edited, and classified again."""
    folder = tmp_path / "library"
    folder.mkdir()
    for name in ("edited", "gone", "moved"):
        (folder / f"{name}.mq4").write_text(SOURCE.format(text=name), "utf-8")
    with Orchestrator(folder, settings={"engine": "inline"}) as orq:
        orq.classify(backup=False, report=False).result(timeout=60)
        (folder / "edited.mq4").write_text("#property indicator_buffers 1\n", "utf-8")
        (folder / "moved.mq4").rename(folder / "100%.mq4")
        (folder / "gone.mq4").unlink()
        orq.classify(backup=False, report=False).result(timeout=60)
    return folder


def run(
    capfd: pytest.CaptureFixture[str], library: Path, *words: str
) -> tuple[int, str, str]:
    status = cli.main(["--lang", "en", "--library", str(library), *words])
    out, err = capfd.readouterr()
    return status, out, err


def test_changes_since_tells_each_file_once(
    library: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    status, out, err = run(capfd, library, "changes", "2h")

    assert status == 0
    # All of it is younger than two hours: what is there now was added.
    assert [line.split("\t")[1:3] for line in out.splitlines()] == [
        ["added", "100%25.mq4"],
        ["added", "edited.mq4"],
    ]
    assert err == "2 changes\n"


def test_a_file_s_history_goes_over_its_rename(
    library: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for name in ("100%.mq4", "100%25.mq4", str(library / "100%.mq4")):
        status, out, _err = run(capfd, library, "history", name)
        assert status == 0
        assert [line.split("\t")[1:3] for line in out.splitlines()] == [
            ["added", "moved.mq4"],
            ["renamed", "moved.mq4 -> 100%25.mq4"],
        ]

    status, out, _err = run(capfd, library, "--json", "history", "gone.mq4")
    assert [each["what"] for each in json.loads(out)] == ["added", "removed"]


def test_a_file_that_nobody_knows_has_no_history(
    library: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    status, out, err = run(capfd, library, "history", "nowhere.mq4")

    assert (status, out) == (1, "")
    assert "nowhere.mq4" in err


def test_search_finds_only_what_changed_since(
    library: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    _status, everything, _err = run(capfd, library, "search", "--changed-since", "1d")
    _status, nothing, err = run(capfd, library, "search", "--changed-since", "now")
    status, _out, wrong = run(capfd, library, "search", "--changed-since", "whenever")

    assert len(everything.splitlines()) == 2
    assert nothing == ""
    assert "0 files" in err
    assert status == 2
    assert "whenever is no time" in wrong
