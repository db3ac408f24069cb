"""`orquestrador backup`: what was kept comes back."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


def test_a_snapshot_comes_back_bit_for_bit(
    classified: Path, tmp_path: Path, run: Run
) -> None:
    target = tmp_path / "back"
    ended = run("--library", classified, "backup", "restore", "--to", target)

    assert ended.returncode == 0, ended.stderr
    for path in classified.rglob("*"):
        if path.is_file() and ".orquestrador" not in path.parts:
            twin = target / path.relative_to(classified)
            assert twin.read_bytes() == path.read_bytes()


def test_one_path_comes_back_alone(classified: Path, tmp_path: Path, run: Run) -> None:
    target = tmp_path / "back"
    run("--library", classified, "backup", "restore", "TradingView", "--to", target)

    assert [each.name for each in target.iterdir()] == ["TradingView"]


def test_a_different_file_is_refused_unless_forced(
    classified: Path, tmp_path: Path, run: Run
) -> None:
    target = tmp_path / "back"
    here = ["--library", classified, "backup", "restore", "--to", target]
    run(*here)
    victim = next(each for each in target.rglob("*.mq4"))
    victim.write_bytes(b"mine")

    refused = run(*here)
    kept = victim.read_bytes()
    forced = run(*here, "--force")

    assert (refused.returncode, forced.returncode) == (1, 0)
    assert victim.name in refused.stderr
    assert kept == b"mine"
    assert victim.read_bytes() != b"mine"


def test_the_library_itself_is_no_place_to_restore_to(
    classified: Path, run: Run
) -> None:
    ended = run("--library", classified, "backup", "restore", "--to", classified)

    assert ended.returncode == 2


def test_snapshots_are_listed_and_only_taken_when_something_changed(
    library: Path, run: Run
) -> None:
    here = ["--library", library, "--json", "backup"]
    first = json.loads(run(*here, "create").stdout)["snapshot"]
    second = json.loads(run(*here, "create").stdout)["snapshot"]
    (library / "new.mq4").write_text("int start() { return 0; }", encoding="utf-8")
    third = json.loads(run(*here, "create").stdout)["snapshot"]
    listed = [each["id"] for each in json.loads(run(*here, "list").stdout)]

    assert second is None
    assert listed == [third["id"], first["id"]]
    assert third["files"] == first["files"] + 1


def test_a_time_picks_the_snapshot_of_that_time(
    library: Path, tmp_path: Path, run: Run
) -> None:
    run("--library", library, "backup", "create")
    here = ["--library", library, "backup", "restore", "--to", tmp_path / "back"]

    assert run(*here, "--as-of", "2020-01-01").returncode == 1
    assert run(*here, "--as-of", "someday").returncode == 2
    assert run(*here, "--as-of", "2999-01-01").returncode == 0


def test_verify_finds_a_damaged_repository(library: Path, run: Run) -> None:
    run("--library", library, "backup", "create")
    sound = run("--library", library, "backup", "verify")
    pack = next((library / ".orquestrador" / "snapshots").rglob("*.pack"))
    pack.chmod(0o600)
    data = bytearray(pack.read_bytes())
    data[len(data) // 2] ^= 0xFF
    pack.write_bytes(data)
    damaged = run("--library", library, "backup", "verify")

    assert sound.returncode == 0
    assert damaged.returncode == 1
    assert "Traceback" not in damaged.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX")
def test_a_library_without_snapshots_says_how_to_take_one(
    tmp_path: Path, run: Run
) -> None:
    ended = run("--library", tmp_path, "backup", "list")

    assert ended.returncode == 1
    assert ended.stderr.strip()
