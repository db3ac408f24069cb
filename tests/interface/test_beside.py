"""What `inspect` and `search` say of a file's neighbours."""

import os
from pathlib import Path

import pytest

from tests.interface.conftest import Run

EXPERT = """#include <Gone.mqh>
#include "Own.mqh"
#include <stdlib.mqh>
input int MagicNumber = 4711;
void OnTick() { OrderSend(Symbol(), OP_BUY, 1, Ask, 3, 0, 0, NULL, MagicNumber); }
"""
OTHER = """input int MagicNumber = 4711;
int f(int n) { return n > 3 ? f(n - 1) : 2; }
void OnTick() { if (iRSI(NULL, 0, 14, 0, 1) > 70) OrderSend(Symbol(), OP_SELL, 0.5,
    Bid, 3, Bid + 200 * Point, 0, "down", MagicNumber, 0, Red); }
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, run: Run) -> Path:
    """Return a classified library of files that have to do with one another."""
    folder = tmp_path_factory.mktemp("beside") / "library"
    (folder / "old").mkdir(parents=True)
    texts = {
        "a.mq4": EXPERT,
        "b.mq4": OTHER,
        "Own.mqh": "int own() { return 1; }\n",
        "old/Gone.mqh": "int gone() { return 1; }\n",
        "a.ex4": "EX",
        "b.ex4": "EX",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
        at = 1_700_000_000 + (name == "a.mq4")
        os.utime(folder / name, (at, at))
    ended = run("--library", folder, "classify", "--yes", "--no-backup", "--no-report")
    assert ended.returncode == 0, ended.stderr
    return folder


def test_a_file_is_shown_with_its_neighbours(library: Path, run: Run) -> None:
    ended = run("--library", library, "inspect", library)

    told = {line.strip() for line in ended.stdout.splitlines() if line.startswith("  ")}
    assert {
        "Includes missing: Gone.mqh (stands at old/Gone.mqh)",
        "Included by: a.mq4",
        "Magic number 4711 also in: b.mq4",
        "Magic number 4711 also in: a.mq4",
        "Compiled: a.ex4, older than the source",
        "Compiled: b.ex4",
    } <= told
    assert "stdlib" not in ended.stdout


def test_what_no_catalog_knows_is_shown_without(
    library: Path, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "a.mq4").write_text(EXPERT, encoding="utf-8")

    for place in (library, tmp_path):
        ended = run("--library", place, "inspect", tmp_path / "a.mq4")
        assert ended.returncode == 0
        assert "Gone.mqh" not in ended.stdout


def test_a_catalog_that_cannot_be_read_costs_no_more_than_what_it_knows(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "a.mq4").write_text(EXPERT, encoding="utf-8")
    (tmp_path / ".orquestrador").mkdir()
    (tmp_path / ".orquestrador" / "catalog.sqlite3").write_bytes(b"no database")

    ended = run("--library", tmp_path, "inspect", tmp_path / "a.mq4")

    assert ended.returncode == 0
    assert "MQL4" in ended.stdout
    assert "catalog" in ended.stderr


def test_searches_find_what_includes_something(library: Path, run: Run) -> None:
    for options in (["--missing-include"], ["--includes", "own.mqh"]):
        ended = run("--library", library, "search", *options)
        assert [line.split("\t")[0] for line in ended.stdout.splitlines()] == ["a.mq4"]
