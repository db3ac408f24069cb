"""`orquestrador backup show`, `diff` and `history`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]

SOURCE = "// série\r\nint OnInit()\r\n{\r\n   return 0;\r\n}\r\n"


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory, run: Run) -> Path:
    """A library with two snapshots, and a change since; do not change it."""
    library = tmp_path_factory.mktemp("twice") / "library"
    library.mkdir()
    (library / "grid.mq4").write_bytes(SOURCE.encode("utf-16"))
    (library / "old.mq4").write_bytes(b"int old;\n")
    (library / "moved.mq4").write_bytes(b"int moved;\n")
    (library / "huge.mq4").write_bytes(b"int x;\n" * 100)
    (library / "link.mq4").symlink_to("old.mq4")
    assert run("--library", library, "classify", "--no-report").returncode == 0
    (library / "grid.mq4").write_bytes(SOURCE.replace("0", "1").encode("utf-16"))
    (library / "moved.mq4").rename(library / "renamed.mq4")
    (library / "old.mq4").unlink()
    assert run("--library", library, "classify", "--no-report").returncode == 0
    (library / "fresh\x1b[2J.mq4").write_bytes(b"int fresh;\n")
    return library


def test_show_tells_one_snapshot_and_what_is_new_in_it(twice: Path, run: Run) -> None:
    ended = run("--library", twice, "--json", "backup", "show", "--files")
    told = json.loads(ended.stdout)
    assert told["snapshot"]["files"] == 3
    since = told["since_the_one_before"]
    assert (since["added"], since["removed"], since["changed"]) == (0, 1, 1)
    assert (since["renamed"], since["same"], since["reclassified"]) == (1, 1, 0)
    assert [each["path"] for each in told["skipped"]] == ["link.mq4"]
    assert [each["path"] for each in told["files"]] == [
        "grid.mq4",
        "huge.mq4",
        "renamed.mq4",
    ]
    assert told["beside"] == ["catalog.jsonl"]

    first = run("--library", twice, "backup", "show", since["snapshot"]).stdout
    assert since["snapshot"] in first
    assert "there is none before it" in first
    assert "link.mq4" in first


def test_diff_tells_what_happened_since_the_newest_snapshot(
    twice: Path, run: Run
) -> None:
    ended = run("--library", twice, "backup", "diff")
    assert ended.returncode == 0, ended.stderr
    assert "added\tfresh\\x1b[2J.mq4\t11" in ended.stdout, "and no terminal is cleared"
    assert "1 added, 0 removed, 0 changed, 0 renamed, 3 unchanged" in ended.stdout


def test_diff_of_two_snapshots_shows_decoded_lines(twice: Path, run: Run) -> None:
    listed = json.loads(run("--library", twice, "--json", "backup", "list").stdout)
    new, old = (each["id"] for each in listed)
    told = run("--library", twice, "backup", "diff", old, new, "--text").stdout
    assert "renamed\tmoved.mq4 -> renamed.mq4\t11" in told
    assert "--- grid.mq4\t(utf-16-le)" in told
    assert " // série\n" in told
    assert "-   return 0;\n+   return 1;\n" in told
    assert "removed\told.mq4\t9" in told

    narrow = run(
        *("--library", twice, "--json", "backup", "diff", old, new),
        *("--path", "grid.mq4"),
    )
    (change,) = json.loads(narrow.stdout)["changes"]
    assert "+   return 1;" in change["text"]["diff"]
    assert run("--library", twice, "backup", "diff", "zzz").returncode == 1


def test_history_follows_a_file_to_its_earlier_name(twice: Path, run: Run) -> None:
    ended = run("--library", twice, "backup", "history", twice / "renamed.mq4")
    assert ended.returncode == 0, ended.stderr
    newest, oldest = (line.split("\t") for line in ended.stdout.splitlines())
    assert (newest[4], oldest[4]) == ("renamed.mq4", "moved.mq4")
    assert newest[3] == oldest[3]
    told = run("--library", twice, "--json", "backup", "history", "grid.mq4")
    assert len(json.loads(told.stdout)["contents"]) == 2
    assert run("--library", twice, "backup", "history", "none.mq4").returncode == 1


def test_a_catalog_that_cannot_be_read_costs_the_labels_alone(
    library: Path, run: Run
) -> None:
    assert run("--library", library, "backup", "create").returncode == 0
    (library / ".orquestrador" / "catalog.sqlite3").write_bytes(b"no database" * 999)
    ended = run("--library", library, "backup", "diff")
    assert ended.returncode == 0
    assert "catalog" in ended.stderr
    assert "not known" in ended.stdout
