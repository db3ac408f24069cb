# The tests interrupt the writing of files from inside.
# pyright: reportPrivateUsage=false
"""A restore into the library: kept first, whole or not at all, and taken back."""

import errno
import os
import sys
from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from orquestrador.errors import SnapshotError
from orquestrador.messages import RestoreResult
from orquestrador.snapshots import Keep, SnapshotRepository, target
from orquestrador.snapshots.in_place import InPlace
from orquestrador.snapshots.opening import finish
from orquestrador.snapshots.restore_journal import RestoreJournal, needed_snapshots

Files = Callable[[Path], dict[bytes, tuple[bytes, int]]]
Put = Callable[[Path, dict[bytes, bytes]], None]

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)

OLD: dict[bytes, bytes] = {
    b"EAs/grid.mq4": b"old grid\n",
    b"EAs/same.mq4": b"same\n",
    b"deep/er/lost.mq5": b"lost\n",
    b"other.mq4": b"old other\n",
    b"empty.mq4": b"",
}
NEW: dict[bytes, bytes] = {
    b"EAs/grid.mq4": b"new grid\n",
    b"EAs/same.mq4": b"same\n",
    b"EAs/fresh.mq4": b"fresh\n",
    b"other.mq4": b"new other\n",
}


class Library:
    """A library that has changed since its snapshot, and restores into it."""

    def __init__(self, root: Path, repository: SnapshotRepository) -> None:
        self.root = root
        self.repository = repository
        self.state = root / ".orquestrador"
        self.journal = self.state / "journal" / "restore"
        self._seconds = count()

    def snapshot(self) -> str:
        taken = self.repository.create(self.root, **self._options())
        return (taken or self.repository.find()).id

    def restore(self, *arguments: str, force: bool = False) -> RestoreResult:
        return finish(self.restoring(*arguments, force=force))

    def restoring(
        self, *arguments: str, force: bool = False
    ) -> Generator[Any, None, RestoreResult]:
        return self.in_place().restore(*arguments, force=force)

    def undo(self, *, force: bool = False) -> RestoreResult:
        return finish(self.in_place().undo(force=force))

    def in_place(self) -> InPlace:
        return InPlace(self.repository, self.root, self.journal, **self._options())

    def _options(self) -> Any:
        return {
            "reason": "x",
            "now": NOW + timedelta(minutes=next(self._seconds)),
            "exclude": (".git", "*.log"),
            "exclude_folders": (self.state,),
        }


@pytest.fixture
def kept(tmp_path: Path, repository: SnapshotRepository, put: Put) -> Library:
    found = Library(tmp_path / "library", repository)
    put(found.root, OLD)
    (found.root / "hollow" / "folder").mkdir(parents=True)
    found.snapshot()
    for raw in OLD.keys() - NEW.keys():
        (found.root / os.fsdecode(raw)).unlink()
    (found.root / "deep" / "er").rmdir()
    (found.root / "deep").rmdir()
    (found.root / "hollow" / "folder").rmdir()
    (found.root / "hollow").rmdir()
    put(found.root, NEW)
    os.utime(found.root / "other.mq4", ns=(1, 1_700_000_000_000_000_000))
    return found


def oldest(library: Library) -> str:
    return library.repository.list()[-1].id


def picture(root: Path, files: Files) -> dict[bytes, tuple[bytes, int]]:
    found = files(root)
    return {raw: each for raw, each in found.items() if b".orquestrador" not in raw}


def folders(root: Path) -> set[str]:
    return {
        each.relative_to(root).as_posix()
        for each in root.rglob("*")
        if each.is_dir() and ".orquestrador" not in each.parts
    }


def contents(root: Path, files: Files) -> dict[bytes, bytes]:
    return {raw: data for raw, (data, _) in picture(root, files).items()}


def test_everything_comes_back_into_the_library_and_what_is_newer_stays(
    kept: Library, files: Files
) -> None:
    result = kept.restore(oldest(kept), force=True)

    assert contents(kept.root, files) == OLD | {b"EAs/fresh.mq4": b"fresh\n"}
    assert (kept.root / "hollow" / "folder").is_dir()
    assert result.refused == ()
    assert (result.written, result.unchanged, result.left_alone) == (4, 1, 1)
    assert result.before == kept.repository.list()[0].id
    modified = (kept.root / "EAs" / "grid.mq4").stat().st_mtime_ns
    assert modified == 1_600_000_000_123_456_700


def test_the_present_is_kept_first_and_undo_brings_back_every_byte_and_name(
    kept: Library, files: Files, tmp_path: Path
) -> None:
    before, before_folders = picture(kept.root, files), folders(kept.root)
    result = kept.restore(oldest(kept), force=True)
    assert result.before is not None
    kept.repository.restore(result.before, to=tmp_path / "out")
    assert files(tmp_path / "out") == before

    undone = kept.undo()

    assert picture(kept.root, files) == before
    assert folders(kept.root) == before_folders
    assert (undone.written, undone.removed, undone.refused) == (2, 2, ())
    with pytest.raises(SnapshotError, match="no restore to be undone"):
        kept.undo()


def test_a_different_file_needs_force_and_a_missing_one_does_not(
    kept: Library, files: Files
) -> None:
    result = kept.restore(oldest(kept))
    assert {each.path for each in result.refused} == {"EAs/grid.mq4", "other.mq4"}
    assert all("--force" in each.reason for each in result.refused)
    assert contents(kept.root, files) == OLD | NEW


def test_where_nothing_is_to_be_written_no_snapshot_is_taken(kept: Library) -> None:
    result = kept.restore(oldest(kept), "EAs")
    assert [each.path for each in result.refused] == ["EAs/grid.mq4"]
    assert result.before is None
    assert (result.unchanged, result.left_alone) == (1, 1)
    assert len(kept.repository.list()) == 1
    assert not kept.journal.exists()


def test_one_path_comes_back_alone(kept: Library, files: Files) -> None:
    kept.restore(oldest(kept), "EAs", force=True)
    assert contents(kept.root, files) == NEW | {b"EAs/grid.mq4": b"old grid\n"}
    with pytest.raises(SnapshotError, match="is not in snapshot"):
        kept.restore(oldest(kept), "nothing")


def test_a_file_that_no_snapshot_holds_is_never_replaced(
    tmp_path: Path, repository: SnapshotRepository, put: Put, files: Files
) -> None:
    """Too large by now, or excluded by now: undo could not bring it back."""
    library = Library(tmp_path / "library", repository)
    put(library.root, {b"a.mq4": b"small", b"b.txt": b"b"})
    library.snapshot()
    put(library.root, {b"a.mq4": b"x" * (51 << 20)})

    result = library.restore(oldest(library), force=True)

    assert [each.path for each in result.refused] == ["a.mq4"]
    assert "in no snapshot" in result.refused[0].reason
    assert (library.root / "a.mq4").stat().st_size == 51 << 20


def test_a_file_that_changes_in_the_last_moment_stays(
    kept: Library, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = target._write_checked

    def save_meanwhile(file: Any, data: bytes, *, durable: bool) -> None:
        real(file, data, durable=durable)
        (kept.root / "other.mq4").write_bytes(b"just saved")

    monkeypatch.setattr(target, "_write_checked", save_meanwhile)
    result = kept.restore(oldest(kept), "other.mq4", force=True)

    assert (kept.root / "other.mq4").read_bytes() == b"just saved"
    assert [each.path for each in result.refused] == ["other.mq4"]


def test_undo_leaves_what_the_user_changed_since_unless_forced(
    kept: Library, files: Files
) -> None:
    kept.restore(oldest(kept), force=True)
    (kept.root / "EAs" / "grid.mq4").write_bytes(b"my work since")
    (kept.root / "deep" / "er" / "lost.mq5").write_bytes(b"my work too")

    first = kept.undo()
    assert {each.path for each in first.refused} == {
        "EAs/grid.mq4",
        "deep/er/lost.mq5",
    }
    assert (kept.root / "EAs" / "grid.mq4").read_bytes() == b"my work since"
    assert (kept.root / "other.mq4").read_bytes() == b"new other\n"

    second = kept.undo(force=True)
    assert second.refused == ()
    assert contents(kept.root, files) == NEW
    assert second.before is not None
    manifest = kept.repository.manifest(second.before)
    assert {row.size for row in manifest.rows() if row.raw == b"EAs/grid.mq4"} == {13}


@pytest.mark.parametrize("cut_after", range(9))
def test_a_restore_that_was_cut_short_is_finished_by_the_same_command(
    kept: Library, files: Files, cut_after: int
) -> None:
    before, before_folders = picture(kept.root, files), folders(kept.root)
    steps = kept.restoring(oldest(kept), force=True)
    # A closed generator goes no step further, as a killed program does.
    for _ in zip(range(cut_after), steps, strict=False):
        pass
    steps.close()
    for raw, data in contents(kept.root, files).items():
        assert data in {OLD.get(raw), NEW.get(raw)}

    result = kept.restore(oldest(kept), force=True)

    assert contents(kept.root, files) == OLD | {b"EAs/fresh.mq4": b"fresh\n"}
    assert result.refused == ()
    kept.undo()
    assert picture(kept.root, files) == before
    assert folders(kept.root) == before_folders


def test_an_undo_that_was_cut_short_is_finished_by_another(
    kept: Library, files: Files
) -> None:
    before = picture(kept.root, files)
    kept.restore(oldest(kept), force=True)
    steps = kept.in_place().undo()
    while (kept_plan := RestoreJournal(kept.journal).read()) is None or (
        kept_plan[1] != "undoing"
    ):
        next(steps)
    steps.close()
    with pytest.raises(SnapshotError, match="being undone"):
        kept.restore(oldest(kept), force=True)

    kept.undo()

    assert picture(kept.root, files) == before


def test_another_restore_waits_until_the_one_that_was_cut_short_is_dealt_with(
    kept: Library,
) -> None:
    steps = kept.restoring(oldest(kept), force=True)
    while not kept.journal.exists():
        next(steps)
    steps.close()
    with pytest.raises(SnapshotError, match="--undo"):
        kept.restore(oldest(kept), "EAs", force=True)
    kept.undo()
    kept.restore(oldest(kept), "EAs", force=True)


def test_what_a_killed_restore_left_beside_a_file_is_removed(
    kept: Library, files: Files
) -> None:
    steps = kept.restoring(oldest(kept), force=True)
    while not kept.journal.exists():
        next(steps)
    steps.close()
    draft = kept.root / "EAs" / ".orquestrador-restore-0123456789ab.part"
    draft.write_bytes(b"half")
    kept.restore(oldest(kept), force=True)
    assert not draft.exists()


def test_a_full_disk_stops_the_restore_which_can_be_finished_later(
    kept: Library, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = target._write_checked

    def no_room(file: Any, data: bytes, *, durable: bool) -> None:
        if data == b"old grid\n":
            raise OSError(errno.ENOSPC, "No space left on device")
        real(file, data, durable=durable)

    monkeypatch.setattr(target, "_write_checked", no_room)
    with pytest.raises(SnapshotError, match="full"):
        kept.restore(oldest(kept), force=True)
    assert (kept.root / "EAs" / "grid.mq4").read_bytes() == b"new grid\n"
    assert not list(kept.root.rglob("*.part"))
    monkeypatch.undo()
    kept.restore(oldest(kept), force=True)
    assert contents(kept.root, files) == OLD | {b"EAs/fresh.mq4": b"fresh\n"}


def test_a_damaged_journal_is_named_and_nothing_is_done(
    kept: Library, files: Files
) -> None:
    kept.restore(oldest(kept), force=True)
    before = picture(kept.root, files)
    data = bytearray(kept.journal.read_bytes())
    data[20] ^= 1
    kept.journal.write_bytes(data)
    with pytest.raises(SnapshotError, match="journal"):
        kept.undo()
    assert picture(kept.root, files) == before


def test_a_mark_that_was_cut_off_counts_as_not_written(kept: Library) -> None:
    kept.restore(oldest(kept), force=True)
    journal = RestoreJournal(kept.journal)
    kept.journal.write_bytes(kept.journal.read_bytes()[:-3])
    found = journal.read()
    assert found is not None
    assert found[1] == "planned"
    journal.mark("finished")
    found = journal.read()
    assert found is not None
    assert found[1] == "finished"


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX")
def test_a_replaced_file_keeps_its_permissions(kept: Library) -> None:
    path = kept.root / "EAs" / "grid.mq4"
    path.chmod(0o600)
    kept.restore(oldest(kept), force=True)
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_undo_needs_is_not_pruned(kept: Library, files: Files, put: Put) -> None:
    before = picture(kept.root, files)
    restored = kept.restore(oldest(kept), force=True)
    for number in range(3):
        put(kept.root, {b"later.mq4": b"%d" % number})
        kept.snapshot()
    (kept.root / "later.mq4").unlink()
    now = NOW + timedelta(days=1)
    needed = needed_snapshots(kept.journal)
    kept.repository.prune(Keep(last=1), now=now, needed=needed)

    left = {each.id for each in kept.repository.list()}
    assert len(left) == 2
    assert restored.before in left
    kept.undo()
    assert picture(kept.root, files) == before
    assert needed_snapshots(kept.journal) == frozenset()


def test_a_restore_that_was_cut_short_needs_what_it_restores_too(
    kept: Library,
) -> None:
    wanted = oldest(kept)
    steps = kept.restoring(wanted, force=True)
    while not kept.journal.exists():
        next(steps)
    steps.close()
    listed = {each.id for each in kept.repository.list()}
    assert needed_snapshots(kept.journal) == listed
    kept.journal.write_bytes(b"damaged")
    assert needed_snapshots(kept.journal) == frozenset()
