"""A plan is carried out, or a file stays with the reason; nothing is ever replaced."""

import os
import stat
import sys
from pathlib import Path
from typing import BinaryIO

import pytest

from orquestrador.errors import OrganizeError
from orquestrador.organizing import history
from orquestrador.organizing.disk import Disk
from tests.organizing.libraries import Library

FILES = {
    "old/Gold.mq4": "gold",
    "old/deep/Silver.mq4": "silver",
    "kept/notes.txt": "notes",
    "empty": None,
}
MOVES = {"old/Gold.mq4": "EAs/Grid/EA_Gold.mq4", "old/deep/Silver.mq4": "EAs/S.mq4"}


def test_files_go_where_the_plan_says_with_their_bytes_and_times(
    library: Library,
) -> None:
    library.fill(FILES)
    before = library.tree()

    outcome = library.apply(library.plan(MOVES))

    after = library.tree()
    assert (outcome.moved, outcome.refused) == (2, ())
    assert after["EAs/Grid/EA_Gold.mq4"] == before["old/Gold.mq4"]
    assert after["EAs/S.mq4"] == before["old/deep/Silver.mq4"]


def test_folders_that_were_emptied_go_and_others_stay(library: Library) -> None:
    library.fill(FILES)

    outcome = library.apply(library.plan(MOVES))

    assert outcome.folders_removed == 2
    assert sorted(each for each, found in library.tree().items() if found is None) == [
        "EAs",
        "EAs/Grid",
        "empty",
        "kept",
    ]


def test_undo_brings_back_names_bytes_times_and_folders(library: Library) -> None:
    library.fill(FILES)
    before = library.tree()
    times = {path: path.stat().st_mtime_ns for path in library.root.rglob("*")}
    library.apply(library.plan(MOVES))

    outcome = library.undo()

    assert (outcome.moved, outcome.refused, outcome.undone) == (2, (), True)
    assert library.tree() == before
    assert times == {path: path.stat().st_mtime_ns for path in library.root.rglob("*")}


def test_a_second_undo_changes_nothing(library: Library) -> None:
    library.fill(FILES)
    library.apply(library.plan({"old/Gold.mq4": "a.mq4"}))
    library.apply(library.plan({"a.mq4": "b.mq4"}))
    library.undo()
    once = library.tree()

    outcome = library.undo()

    assert (outcome.moved, outcome.refused) == (0, ())
    assert library.tree() == once
    assert "a.mq4" in once


def test_an_older_apply_is_undone_by_its_name(library: Library) -> None:
    library.fill(FILES)
    before = library.tree()
    first = library.apply(library.plan({"old/Gold.mq4": "a.mq4"})).journal
    second = library.apply(library.plan({"old/deep/Silver.mq4": "b.mq4"})).journal

    library.undo(first)
    library.undo(second)

    assert library.tree() == before
    assert [each.state for each in history.applies(library.state)] == ["undone"] * 2


@pytest.mark.parametrize(
    "moves",
    [
        {"a": "b", "b": "a"},
        {"a": "b", "b": "c", "c": "a"},
        {"a": "b", "b": "c"},
        {"b": "c", "a": "b"},
        {"a": "A"},
        {"a": "x/a", "b": "a"},
        {"a": "B", "A": "c", "b": "a"},
    ],
    ids=[
        *("swap", "ring", "chain", "chain backwards", "case", "into a new folder"),
        "cases in a ring",
    ],
)
@pytest.mark.parametrize("alike", ["same", ""], ids=["same bytes", "other bytes"])
def test_names_that_wait_for_each_other(
    library: Library, moves: dict[str, str], alike: str
) -> None:
    library.fill({name: alike or name for name in moves})
    before = library.tree()
    if len(before) < len(moves):
        pytest.skip("two of these names are one here")

    outcome = library.apply(library.plan(moves))

    assert outcome.refused == ()
    after = library.tree()
    assert {target: after[target] for target in moves.values()} == {
        target: before[source] for source, target in moves.items()
    }
    assert not [name for name in after if "orquestrador-restore" in name]
    library.undo()
    assert library.tree() == before


def test_a_file_that_changed_since_the_plan_stays(library: Library) -> None:
    library.fill(FILES)
    plan = library.plan(MOVES)
    gold = library.root / "old" / "Gold.mq4"
    found = gold.stat()
    gold.write_bytes(b"cold")
    os.utime(gold, ns=(found.st_mtime_ns, found.st_mtime_ns))

    outcome = library.apply(plan)

    assert outcome.moved == 1
    assert outcome.refused == ((b"old/Gold.mq4", "it changed since the plan was made"),)
    assert gold.read_bytes() == b"cold"


def test_a_file_that_vanished_since_the_plan_is_told(library: Library) -> None:
    library.fill(FILES)
    plan = library.plan(MOVES)
    (library.root / "old" / "Gold.mq4").unlink()

    assert library.apply(plan).refused == ((b"old/Gold.mq4", "it is no longer there"),)


@pytest.mark.parametrize("there", ["EAs/Grid/EA_Gold.mq4", "eas/grid/ea_gold.MQ4"])
def test_a_name_that_is_taken_is_never_given_away(library: Library, there: str) -> None:
    library.fill({**FILES, there: "precious"})

    outcome = library.apply(library.plan(MOVES))

    assert [raw for raw, _ in outcome.refused] == [b"old/Gold.mq4"]
    assert "stands there already" in outcome.refused[0][1]
    assert (library.root / there).read_bytes() == b"precious"


def test_who_waits_for_a_file_that_stays_stays_too(library: Library) -> None:
    library.fill({"a": "a", "b": "b", "c": "c", "taken": "t"})

    outcome = library.apply(library.plan({"a": "b", "b": "c", "c": "taken"}))

    assert outcome.moved == 0
    assert [raw for raw, _ in outcome.refused] == [b"a", b"b", b"c"]


class Meddling(Disk):
    """Somebody takes a name between the look and the rename."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def rename(self, source: Path, target: Path) -> None:
        if target == self._path and not target.exists():
            target.write_bytes(b"came meanwhile")
        super().rename(source, target)


def test_a_name_that_is_taken_in_the_last_moment_is_not_overwritten(
    library: Library,
) -> None:
    library.fill({"a": "a", "b": "b"})
    target = library.root.resolve() / "c"

    outcome = library.apply(library.plan({"a": "c", "b": "d"}), Meddling(target))

    assert [raw for raw, _ in outcome.refused] == [b"a"]
    assert target.read_bytes() == b"came meanwhile"
    assert sorted(library.tree()) == ["a", "c", "d"]


def test_a_file_that_can_neither_go_on_nor_back_gets_a_free_name(
    library: Library,
) -> None:
    library.fill({"a": "a", "b": "b"})
    before = library.tree()
    target = library.root.resolve() / "b"

    class Late(Meddling):
        def rename(self, source: Path, target: Path) -> None:
            if "restore" in source.name:
                super().rename(source, target)
            else:
                Disk.rename(self, source, target)

    outcome = library.apply(library.plan({"a": "b", "b": "a"}), Late(target))

    assert [raw for raw, _ in outcome.refused] == [b"a"]
    after = library.tree()
    assert {name: found[0] for name, found in after.items() if found} == {
        "a": b"b",
        "b": b"came meanwhile",
        "b-2": b"a",
    }
    target.unlink()
    library.undo()
    assert library.tree() == before


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right on Windows")
def test_a_folder_that_is_a_link_is_never_followed(
    library: Library, tmp_path: Path
) -> None:
    library.fill(FILES)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x.mq4").write_bytes(b"x")
    (library.root / "EAs").symlink_to(outside)
    (library.root / "way").symlink_to(library.root / "old")
    plan = library.plan({**MOVES, "way/Gold.mq4": "w.mq4", "EAs/x.mq4": "y.mq4"})

    outcome = library.apply(plan)

    assert outcome.moved == 0
    assert len(outcome.refused) == 4
    assert sorted(each.name for each in outside.iterdir()) == ["x.mq4"]


@pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes")
@pytest.mark.timeout(30)
def test_pipes_and_devices_are_neither_read_nor_replaced(library: Library) -> None:
    library.fill({**FILES, "third": "third"})
    (library.root / "EAs").mkdir()
    # A reader of a pipe that nobody writes would wait for ever.
    os.mkfifo(library.root / "EAs" / "S.mq4")
    plan = library.plan({**MOVES, "third": "EAs/third"})
    (library.root / "third").unlink()
    os.mkfifo(library.root / "third")

    outcome = library.apply(plan)

    assert outcome.moved == 1
    assert len(outcome.refused) == 2
    for name in ("EAs/S.mq4", "third"):
        assert stat.S_ISFIFO((library.root / name).stat().st_mode)
    assert (library.root / "old" / "deep" / "Silver.mq4").read_bytes() == b"silver"
    assert library.undo().moved == 1


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right on Windows")
def test_a_folder_that_becomes_a_link_meanwhile_is_not_followed(
    library: Library, tmp_path: Path
) -> None:
    library.fill({"a": "a", "f/b": "b"})
    outside = tmp_path / "outside"
    outside.mkdir()

    class Swapping(Disk):
        def sync(self, file: BinaryIO) -> None:
            if not (library.root / "new").is_symlink():
                (library.root / "new").symlink_to(outside)
            super().sync(file)

    outcome = library.apply(library.plan({"a": "new/a"}), Swapping())

    assert "no folder of the library" in outcome.refused[0][1]
    assert list(outside.iterdir()) == []


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="root may do everything"
)
def test_no_permission_is_a_reason(library: Library) -> None:
    library.fill(FILES)
    (library.root / "old" / "deep").chmod(0o500)
    try:
        outcome = library.apply(library.plan(MOVES))
    finally:
        (library.root / "old" / "deep").chmod(0o700)

    assert outcome.moved == 1
    assert "no permission" in outcome.refused[0][1]


def test_a_full_drive_is_a_reason_for_each_file(library: Library) -> None:
    library.fill(FILES)
    before = library.tree()

    class Full(Disk):
        def make_folder(self, path: Path) -> None:
            raise OSError(28, "No space left on device")

    outcome = library.apply(library.plan(MOVES), Full())

    assert outcome.moved == 0
    assert all("drive is full" in reason for _, reason in outcome.refused)
    assert library.tree() == before


def test_a_journal_that_cannot_be_written_means_that_nothing_is_moved(
    library: Library,
) -> None:
    library.fill(FILES)
    before = library.tree()

    class Full(Disk):
        def append(self, file: BinaryIO, data: bytes) -> None:
            raise OSError(28, "No space left on device")

    with pytest.raises(OrganizeError, match="No space left"):
        library.apply(library.plan(MOVES), Full())

    assert library.tree() == before
    assert history.unfinished(library.state) is None


def test_a_plan_for_another_library_is_refused(library: Library) -> None:
    library.fill(FILES)
    plan = library.plan(MOVES)._replace(library="/somewhere/else")

    with pytest.raises(OrganizeError, match="made for /somewhere/else"):
        library.apply(plan)


def test_a_terminals_folder_is_refused_without_force(library: Library) -> None:
    library.fill({**FILES, "origin.txt": "C:\\Program Files\\MetaTrader"})

    with pytest.raises(OrganizeError, match="MetaTrader data folder"):
        library.apply(library.plan(MOVES))

    assert library.apply(library.plan(MOVES), force_terminal=True).moved == 2


def test_another_drive_gets_a_copy_that_is_compared_before_the_file_goes(
    library: Library,
) -> None:
    library.fill(FILES)
    before = library.tree()

    class Drives(Disk):
        def rename(self, source: Path, target: Path) -> None:
            if source.parent != target.parent:
                raise OSError(18, "Invalid cross-device link")
            super().rename(source, target)

    outcome = library.apply(library.plan(MOVES), Drives())

    assert outcome.moved == 2
    assert library.tree()["EAs/S.mq4"] == before["old/deep/Silver.mq4"]
    library.undo(disk=Drives())
    assert library.tree() == before


def test_a_file_that_cannot_leave_its_drive_is_not_there_twice(
    library: Library,
) -> None:
    library.fill(FILES)
    before = library.tree()

    class Drives(Disk):
        def rename(self, source: Path, target: Path) -> None:
            if source.parent != target.parent:
                raise OSError(18, "Invalid cross-device link")
            super().rename(source, target)

        def remove(self, path: Path) -> None:
            if path.name == "Gold.mq4":
                raise PermissionError(13, "Permission denied")
            super().remove(path)

    outcome = library.apply(library.plan(MOVES), Drives())

    assert [raw for raw, _ in outcome.refused] == [b"old/Gold.mq4"]
    tree = library.tree()
    assert tree["old/Gold.mq4"] == before["old/Gold.mq4"]
    assert "EAs/Grid/EA_Gold.mq4" not in tree


def test_what_the_user_changed_since_is_not_undone(library: Library) -> None:
    library.fill(FILES)
    library.apply(library.plan(MOVES))
    changed = library.root / "EAs" / "S.mq4"
    changed.write_bytes(b"better silver")

    outcome = library.undo()

    assert outcome.moved == 1
    assert outcome.refused == ((b"EAs/S.mq4", "it was changed since"),)
    assert changed.read_bytes() == b"better silver"
    assert (library.root / "old" / "Gold.mq4").exists()


def test_an_undo_does_not_overwrite_what_came_meanwhile(library: Library) -> None:
    library.fill(FILES)
    library.apply(library.plan(MOVES))
    library.fill({"old/Gold.mq4": "a new gold"})

    refused = library.undo()

    assert "stands there already" in refused.refused[0][1]
    assert (library.root / "old" / "Gold.mq4").read_bytes() == b"a new gold"
    (library.root / "old" / "Gold.mq4").unlink()
    again = library.undo()
    assert (again.moved, again.refused) == (1, ())
    assert (library.root / "old" / "Gold.mq4").read_bytes() == b"gold"


def test_nothing_to_undo_is_said(library: Library) -> None:
    with pytest.raises(OrganizeError, match="nothing to undo"):
        library.undo()
