"""`orquestrador label`: the user's labels win, and stay."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from orquestrador import Orchestrator
from orquestrador.classification import version
from orquestrador.interface.cli import main
from orquestrador.messages import Record

INLINE: dict[str, Any] = {
    "classification": {"engine": "inline"},
    "report": {"automatic": False},
}
SOURCE = """
double a;
int OnInit() { return 0; }
void OnTick() {
  a = iMA(NULL, 0, 50, 0, MODE_EMA, PRICE_CLOSE, 1);
  if (Close[1] > a) OrderSend("EURUSD", OP_BUY, 0.1, Ask, 3, 0, 0);
}
"""


class Ended(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


Here = Callable[..., Ended]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A library of one expert."""
    library = tmp_path / "small"
    library.mkdir()
    (library / "a.mq4").write_text(SOURCE, encoding="utf-8")
    return library


@pytest.fixture
def here(
    small: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Here:
    """Return `orquestrador` on that library as a function, in this process."""
    monkeypatch.setenv("ORQUESTRADOR_CLASSIFICATION__ENGINE", "inline")
    monkeypatch.setenv("ORQUESTRADOR_REPORT__AUTOMATIC", "false")
    monkeypatch.setenv("LANG", "C.UTF-8")

    def call(*arguments: str | Path) -> Ended:
        capsys.readouterr()
        status = main(["--library", str(small), *(str(each) for each in arguments)])
        told = capsys.readouterr()
        return Ended(status, told.out, told.err)

    return call


def kept(library: Path) -> Path:
    return library / ".orquestrador" / "corrections.toml"


def shown(library: Path) -> list[Record]:
    with Orchestrator(library, settings=INLINE, backup=False) as orq:
        orq.classify().result(timeout=60)
        return orq.search()


def test_a_correction_is_shown_searched_and_reported(small: Path, here: Here) -> None:
    ended = here(
        *("label", small / "a.mq4", "--primary", "rompimento"),
        *("--remove", "no_stop_loss", "--add", "XAUUSD", "--note", "seen live"),
    )

    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.split("\t")[2:] == [
        "Breakout, +XAUUSD, -Trades without a stop loss",
        "seen live\n",
    ]
    (record,) = json.loads(here("--json", "search", "--strategy", "breakout").stdout)
    assert record["primary"] == "breakout"
    assert record["risk"] == {}
    assert record["strategies"][0]["evidence"][0]["text"].startswith("corrected by you")
    assert here("search", "--symbol", "XAUUSD").stdout
    (inspected,) = json.loads(here("--json", "inspect", small / "a.mq4").stdout)
    for key in ("primary", "strategies", "risk", "symbols", "evidence", "prop_firm"):
        assert inspected[key] == record[key], key


def test_it_survives_a_move_other_rules_and_the_loss_of_the_catalog(
    small: Path, here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert here("label", small / "a.mq4", "--primary", "grid").returncode == 0
    (small / "a.mq4").rename(small / "b.mq4")
    assert [each.primary for each in shown(small)] == ["grid"]

    for database in (small / ".orquestrador").glob("catalog.sqlite3*"):
        database.unlink()
    assert [each.primary for each in shown(small)] == ["grid"]

    monkeypatch.setattr(version, "CODE_VERSION", 999)
    version.classifier_version.cache_clear()
    try:
        (record,) = shown(small)
    finally:
        monkeypatch.undo()
        version.classifier_version.cache_clear()
    assert record.classifier.startswith("999+")
    assert record.primary == "grid"


def test_copies_have_the_correction_whatever_their_suffix(
    small: Path, here: Here
) -> None:
    (small / "b.mqh").write_text(SOURCE, encoding="utf-8")
    assert here("classify").returncode == 0
    assert here("label", small / "a.mq4", "--primary", "grid").returncode == 0

    found = here("search", "--strategy", "grid").stdout
    assert [line.split("\t")[0] for line in found.splitlines()] == ["a.mq4", "b.mqh"]


def test_a_content_that_comes_back_is_corrected_still(small: Path, here: Here) -> None:
    assert here("label", small / "a.mq4", "--primary", "grid").returncode == 0
    (small / "a.mq4").write_text(SOURCE + "// new\n", encoding="utf-8")
    assert [each.primary for each in shown(small)] == ["trend_following"]
    (small / "a.mq4").write_text(SOURCE, encoding="utf-8")
    assert [each.primary for each in shown(small)] == ["grid"]


def test_without_its_correction_the_rules_speak_again(small: Path, here: Here) -> None:
    before = shown(small)
    assert here("label", small / "a.mq4", "--primary", "grid").returncode == 0
    assert here("label", small / "a.mq4", "--add", "stop_loss").returncode == 0
    assert shown(small) != before
    ended = here("label", small / "a.mq4", "--clear")

    assert ended.returncode == 0
    assert shown(small) == before
    assert json.loads(here("--json", "label", small / "a.mq4").stdout) == []


def test_an_edited_file_counts_from_the_next_start(small: Path, here: Here) -> None:
    assert here("label", small / "a.mq4", "--primary", "grid").returncode == 0
    text = kept(small).read_text(encoding="utf-8")
    kept(small).write_text(text.replace("grid", "news"), encoding="utf-8")

    assert [each.primary for each in shown(small)] == ["news"]


def test_a_damaged_file_is_told_of_and_loses_nothing(small: Path, here: Here) -> None:
    assert here("label", small / "a.mq4", "--primary", "grid").returncode == 0
    whole = kept(small).read_bytes()
    kept(small).write_bytes(whole + b"[half")

    ended = here("label", small / "a.mq4", "--primary", "news")
    assert ended.returncode == 1
    assert "cannot be used, and are left as they are" in ended.stderr
    assert kept(small).read_bytes() == whole + b"[half"
    ended = here("classify")
    assert ended.returncode == 0
    assert "cannot be used" in ended.stderr
    # What is known stays as it was shown.
    assert here("search", "--strategy", "grid").stdout
    kept(small).write_bytes(whole)
    assert [each.primary for each in shown(small)] == ["grid"]


def test_beside_a_running_system_the_command_goes_to_it(
    small: Path, here: Here
) -> None:
    with Orchestrator(small, settings=INLINE, backup=False, control=True) as orq:
        orq.classify().result(timeout=60)
        ended = here("label", small / "a.mq4", "--primary", "grid")

        assert (ended.returncode, ended.stderr) == (0, "")
        (record,) = orq.search()
        assert record.primary == "grid"
        assert here("label", small / "a.mq4", "--clear").returncode == 0
        (record,) = orq.search()
        assert record.primary == "trend_following"


@pytest.mark.parametrize(
    "options",
    [
        ["--primary", "gird"],
        ["--primary", "stop_loss"],
        ["--add", "gird"],
        ["--kind", "unknown"],
        ["--primary", "grid", "--clear"],
        ["--primary", "grid", "--remove", "grid"],
    ],
)
def test_what_no_label_is_is_wrong_usage(
    small: Path, here: Here, options: list[str]
) -> None:
    ended = here("label", small / "a.mq4", *options)

    assert ended.returncode == 2, ended.stderr
    assert not kept(small).exists()


def test_what_is_not_there_cannot_be_corrected(small: Path, here: Here) -> None:
    ended = here("label", small / "no.mq4", "--primary", "grid")

    assert ended.returncode == 1
    assert "no.mq4" in ended.stderr
    assert here("label", "--primary", "grid").returncode == 2
