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


# -- keeping snapshots ------------------------------------------------------------


@pytest.fixture
def grown(library: Path, run: Run) -> Path:
    """A library with three snapshots."""
    for number in range(3):
        (library / "new.mq4").write_text(f"int start{number};", encoding="utf-8")
        assert run("--library", library, "backup", "create").returncode == 0
    return library


def test_snapshots_are_pruned_with_their_reasons(grown: Path, run: Run) -> None:
    here = ["--library", grown, "backup", "prune", "--keep-last", "2"]
    tried = run(*here, "--dry-run")
    done = run(*here)
    listed = run("--library", grown, "backup", "list").stdout.splitlines()

    assert (tried.returncode, done.returncode) == (0, 0), done.stderr
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    assert [(line[0], line[-1]) for line in lines] == [
        ("keep", "newest, last"),
        ("keep", "last"),
        ("remove", "on demand"),
    ]
    assert tried.stdout == done.stdout
    assert [line.split("\t")[0] for line in listed] == [line[1] for line in lines[:2]]


def test_a_policy_of_nothing_is_wrong_usage(grown: Path, run: Run) -> None:
    ended = run("--library", grown, "backup", "prune")

    assert ended.returncode == 2
    assert "--keep-last" in ended.stderr


def test_the_policy_may_stand_in_the_settings(grown: Path, run: Run) -> None:
    (grown / "orquestrador.json").write_text(
        '{"backup": {"keep": {"last": 1}}}', encoding="utf-8"
    )

    told = json.loads(run("--library", grown, "--json", "backup", "prune").stdout)

    assert [len(told["kept"]), len(told["removed"])] == [1, 2]


def test_a_second_place_is_pushed_to_and_told_of(
    grown: Path, tmp_path: Path, run: Run
) -> None:
    place = tmp_path / "second place"
    ended = run("--library", grown, "backup", "push", place)
    again = json.loads(
        run("--library", grown, "--json", "backup", "push", place).stdout
    )

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.rstrip().split("\t") == [str(place), "3", "3"]
    assert '"backup": {"remote":' in ended.stderr
    assert (again["sent"], again["snapshots"]) == (0, 3)
    # It stands on the library's disk: that is still said.
    doctor = run("--library", grown, "doctor").stdout
    assert "only backup is on the same disk" in " ".join(doctor.split())


def test_without_a_second_place_a_push_says_how_to_name_one(
    grown: Path, run: Run
) -> None:
    ended = run("--library", grown, "backup", "push")

    assert ended.returncode == 2
    assert "backup.remote" in ended.stderr


def test_damage_is_mended_from_the_library(grown: Path, run: Run) -> None:
    here = ["--library", grown, "backup", "verify"]
    packs = (grown / ".orquestrador" / "snapshots").rglob("*.idx")
    index = max(packs, key=lambda each: each.stat().st_size)
    index.write_bytes(index.read_bytes()[:-1] + b"?")

    found, mended, after = run(*here), run(*here, "--repair"), run(*here)

    assert [found.returncode, mended.returncode, after.returncode] == [1, 0, 0]
    assert "--repair" in found.stderr
    assert mended.stdout.startswith("mended\t")


@pytest.mark.parametrize("depth", ["--structure", "--share"])
def test_less_than_everything_can_be_checked(depth: str, grown: Path, run: Run) -> None:
    told = json.loads(
        run("--library", grown, "--json", "backup", "verify", depth).stdout
    )

    assert told["depth"] == depth[2:]
    assert told["problems"] == []


def test_where_there_is_no_snapshot_the_commands_make_no_repository(
    library: Path, run: Run
) -> None:
    for words in (["prune", "--keep-last", "1"], ["verify", "--repair"], ["push", "x"]):
        ended = run("--library", library, "backup", *words)
        assert ended.returncode == 1
        assert "backup create" in ended.stderr
    assert not (library / ".orquestrador" / "snapshots").exists()
