# The tests damage the store from inside.
# pyright: reportPrivateUsage=false
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orquestrador.errors import SnapshotError
from orquestrador.library import shown_name
from orquestrador.snapshots import KnownContent, SnapshotRepository

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="POSIX file kinds")
Put = Callable[[Path, dict[bytes, bytes]], None]
At = Callable[[int], datetime]

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


def test_a_snapshot_says_what_it_holds(
    repository: SnapshotRepository, library: Path
) -> None:
    snapshot = repository.create(library, reason="by hand", run=7, now=NOW)
    assert snapshot is not None

    rows = list(repository.manifest().rows())
    assert snapshot.files == len(rows) > 20
    assert snapshot.bytes == sum(row.size for row in rows)
    assert snapshot.contents == snapshot.files - 1  # one file is a copy
    assert (snapshot.reason, snapshot.run, snapshot.time) == ("by hand", 7, NOW)
    assert snapshot.id.startswith("20260301T120000Z-")
    assert repository.list() == (snapshot,)


def test_nothing_changed_means_no_snapshot(
    repository: SnapshotRepository, library: Path
) -> None:
    assert repository.create(library, reason="first", now=NOW) is not None
    assert repository.create(library, reason="second", now=NOW) is None
    assert len(repository.list()) == 1


@pytest.mark.parametrize("change", ["bytes", "time", "name", "gone", "folder", "new"])
def test_each_kind_of_change_makes_a_snapshot(
    repository: SnapshotRepository, library: Path, at: At, change: str
) -> None:
    repository.create(library, reason="first", now=at(0))
    file = library / "EAs" / "lf.mq5"
    match change:
        case "bytes":
            found = file.stat()
            file.write_bytes(b"VOID ontick() {}\n")
            os.utime(file, ns=(found.st_atime_ns, found.st_mtime_ns))
        case "time":
            os.utime(file, ns=(1, 1_000_000_000))
        case "name":
            file.rename(file.with_name("other.mq5"))
        case "gone":
            file.unlink()
        case "folder":
            (library / "another empty folder").mkdir()
        case _:
            (library / "new.mq4").write_bytes(b"new")

    assert repository.create(library, reason="second", now=at(1)) is not None
    newest, oldest = repository.list()
    assert (newest.reason, oldest.reason) == ("second", "first")


def test_states_of_the_same_moment_are_all_kept(
    repository: SnapshotRepository, library: Path
) -> None:
    file = library / "empty.mq4"
    for content in (b"a", b"b", b"a", b"b"):
        file.write_bytes(content)
        os.utime(file, ns=(10**18, 10**18))
        assert repository.create(library, reason="again", now=NOW) is not None
    assert len({snapshot.id for snapshot in repository.list()}) == 4


def test_a_second_snapshot_stores_only_what_is_new(
    repository: SnapshotRepository, library: Path, at: At
) -> None:
    repository.create(library, reason="first", now=at(0))
    (library / "new.mq4").write_bytes(os.urandom(1000))
    before = set((repository.path / "objects" / "pack").glob("*.pack"))
    repository.create(library, reason="second", now=at(1))

    (new,) = set((repository.path / "objects" / "pack").glob("*.pack")) - before
    # The new content, the manifest, two trees and the commit.
    assert int.from_bytes(new.read_bytes()[8:12], "big") == 5


def test_what_is_no_regular_file_is_named_and_not_read(
    repository: SnapshotRepository, library: Path, tmp_path: Path
) -> None:
    if sys.platform == "win32":
        pytest.skip("POSIX file kinds")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.mq4").write_bytes(b"secret")
    (library / "link.mq4").symlink_to(tmp_path / "outside" / "secret.mq4")
    (library / "loop").symlink_to(library)
    (library / "out").symlink_to(tmp_path / "outside")
    (library / "dangling").symlink_to("nowhere")
    os.mkfifo(library / "pipe.mq4")
    short = socket.socket(socket.AF_UNIX)
    here = Path.cwd()
    os.chdir(library)
    try:
        short.bind("socket.mq4")
    finally:
        os.chdir(here)
        short.close()
    (library / "large.mq4").write_bytes(bytes(2 * 1024 * 1024))

    snapshot = repository.create(library, reason="x", now=NOW, max_file_mb=1)
    assert snapshot is not None

    skipped = dict(repository.manifest().skipped)
    assert snapshot.skipped == len(skipped) == 7
    assert skipped[b"link.mq4"] == skipped[b"loop"] == skipped[b"out"]
    assert skipped[b"dangling"] == "symbolic link, not followed"
    assert "pipe" in skipped[b"pipe.mq4"]
    assert "socket" in skipped[b"socket.mq4"]
    assert "limit of 1 MB" in skipped[b"large.mq4"]
    assert repository.create(library, reason="x", now=NOW, max_file_mb=1) is None


@POSIX
def test_a_file_without_permission_is_named(
    repository: SnapshotRepository, library: Path
) -> None:
    (library / "EAs" / "lf.mq5").chmod(0)
    if os.access(library / "EAs" / "lf.mq5", os.R_OK):
        pytest.skip("this user may read everything")
    (library / "sorted").chmod(0)
    repository.create(library, reason="x", now=NOW)
    (library / "sorted").chmod(0o700)
    skipped = dict(repository.manifest().skipped)
    assert "permission" in skipped[b"EAs/lf.mq5"]
    assert "folder cannot be listed" in skipped[b"sorted"]
    assert repository.verify().problems == ()


def test_a_file_that_vanishes_after_the_listing_is_named(
    repository: SnapshotRepository, library: Path
) -> None:
    steps = repository.create_steps(library, reason="x", now=NOW)
    progress = next(steps)
    while progress.total_files is None:
        progress = next(steps)
    (library / "EAs" / "lf.mq5").unlink()
    for _ in steps:
        pass
    assert dict(repository.manifest().skipped) == {
        b"EAs/lf.mq5": "vanished before it could be read"
    }


def test_what_is_excluded_is_not_in_it(
    repository: SnapshotRepository, library: Path, put: Put
) -> None:
    put(
        library,
        {
            b"MQL4/Logs/20260101.LOG": b"x",
            b"history/server/EURUSD60.hst": b"x",
            b"bases/keep.mq4": b"x",
            b"bases/x/ticks.mq4": b"x",
            b".git/config": b"x",
            b"state/catalog.sqlite3": b"x",
        },
    )
    repository.create(
        library,
        reason="x",
        now=NOW,
        exclude=["*.log", "*.hst", ".git", "bases/x"],
        exclude_folders=[library / "state"],
    )
    names = {row.raw for row in repository.manifest().rows()}
    assert b"bases/keep.mq4" in names
    left_out = (b"MQL4/", b"history/", b".git/", b"state/", b"bases/x/")
    assert not [name for name in names if name.startswith(left_out)]
    assert b"history/server" in repository.manifest().folders


def test_a_repository_inside_the_library_is_not_in_it(library: Path) -> None:
    with SnapshotRepository(library / "kept" / "snapshots") as inside:
        inside.create(library, reason="x", now=NOW)
        assert inside.create(library, reason="x", now=NOW) is None
        names = {row.raw for row in inside.manifest().rows()}
    assert not [name for name in names if name.startswith(b"kept")]


def test_what_is_kept_beside_the_library_counts_as_a_change(
    repository: SnapshotRepository, library: Path
) -> None:
    first = repository.create(library, reason="x", now=NOW, beside={"c.toml": b"1"})
    same = repository.create(library, reason="x", now=NOW, beside={"c.toml": b"1"})
    other = repository.create(library, reason="x", now=NOW, beside={"c.toml": b"2"})
    assert first is not None
    assert same is None
    assert other is not None
    assert repository.verify().problems == ()


def test_a_missing_library_is_an_error_and_no_snapshot(
    repository: SnapshotRepository, tmp_path: Path
) -> None:
    with pytest.raises(SnapshotError, match="is its drive there"):
        repository.create(tmp_path / "nowhere", reason="x", now=NOW)
    assert repository.list() == ()


def test_contents_known_to_the_caller_are_not_read(
    repository: SnapshotRepository, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.create(library, reason="first", now=NOW)
    known = {
        row.raw: KnownContent(row.size, row.mtime_ns, row.sha256)
        for row in repository.manifest().rows()
    }
    (repository.path / "orquestrador" / "cache").unlink()
    _forbid_reading(monkeypatch)
    assert repository.create(library, reason="x", now=NOW, known=known) is None


def test_a_snapshot_comes_in_slices_and_can_be_left(
    repository: SnapshotRepository, library: Path, put: Put
) -> None:
    put(library, {b"big/%d" % number: os.urandom(400_000) for number in range(20)})
    steps = repository.create_steps(library, reason="x", now=NOW)
    seen = [next(steps) for _ in range(4)]
    assert seen[-1].total_files is not None
    steps.close()

    assert repository.list() == ()
    assert list((repository.path / "orquestrador" / "drafts").iterdir()) == []
    assert repository.create(library, reason="x", now=NOW) is not None


def test_undecodable_names_are_shown_reversibly(
    repository: SnapshotRepository, library: Path
) -> None:
    repository.create(library, reason="x", now=NOW)
    shown = {
        path for content in repository.manifest().contents for path, _ in content.files
    }
    assert "100%25.mq4" in shown
    if sys.platform == "linux":
        assert shown_name(b"caf\xe9.mq4") == "caf%E9.mq4"
        assert "caf%E9.mq4" in shown


def test_importing_the_room_does_not_load_dulwich() -> None:
    code = "import sys, orquestrador.snapshots; print('dulwich' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "False"


def test_what_is_taken_in_one_moment_keeps_its_order(
    repository: SnapshotRepository, library: Path
) -> None:
    for number in range(4):
        (library / "number").write_bytes(b"%d" % number)
        repository.create(library, reason=f"{number}", now=NOW)
    assert [each.reason for each in repository.list()] == ["3", "2", "1", "0"]
    assert repository.find().reason == "3"


def test_the_newest_is_what_was_written_last_though_the_clock_went_back(
    repository: SnapshotRepository, library: Path, at: At
) -> None:
    repository.create(library, reason="in the future", now=at(10**8))
    (library / "new").write_bytes(b"new")
    repository.create(library, reason="now", now=at(0))
    assert repository.create(library, reason="again", now=at(1)) is None
    assert repository.find("latest").reason == "now"
    assert repository.list()[0].reason == "in the future"


@pytest.mark.usefixtures("settled")
def test_what_has_not_changed_is_not_read_again(
    repository: SnapshotRepository,
    library: Path,
    monkeypatch: pytest.MonkeyPatch,
    at: At,
) -> None:
    repository.create(library, reason="x", now=at(0))
    (library / "empty folder").rename(library / "renamed folder")
    _forbid_reading(monkeypatch)
    assert repository.create(library, reason="y", now=at(1)) is not None
    assert repository.create(library, reason="y", now=at(2)) is None


def _forbid_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(path: Path, _limit: int) -> None:
        pytest.fail(f"{path} was read")

    monkeypatch.setattr("orquestrador.snapshots.building.read_content", read)
