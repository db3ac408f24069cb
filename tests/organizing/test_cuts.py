"""The power goes off at every change that an apply or an undo makes to the disk."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from orquestrador.errors import OrganizeError
from orquestrador.organizing import history
from orquestrador.organizing.plan_file import write_plan
from tests.organizing.libraries import Cut, CutDisk, Library

FILES = {
    "old/Gold.mq4": '#include "help.mqh"\nint start() { return 0; }',
    "old/help.mqh": "// help",
    "old/deep/Silver.mq4": "silver",
    "a": "same",
    "b": "same",
    "c": "other",
    "kept/d": "d",
    "kept/D2": "d2",
    "empty": None,
}
MOVES = {
    "old/Gold.mq4": "EAs/Grid/EA_Gold.mq4",
    "old/help.mqh": "Include/INC_help.mqh",
    "old/deep/Silver.mq4": "EAs/S.mq4",
    "a": "b",
    "b": "c",
    "c": "a",
    "kept/d": "kept/D",
}

Make = Callable[[], Library]


def _whole(make: Make) -> tuple[Library, object, object]:
    """Return trees before and after an apply that nothing disturbs."""
    library = make().fill(FILES)
    before = library.tree()
    outcome = library.apply(library.plan(MOVES), fix_includes=True)
    assert outcome.refused == ()
    assert outcome.edited == 1
    return library, before, library.tree(times=False)


def _changes(make: Make, *, undo: bool) -> int:
    library = make().fill(FILES)
    disk = CutDisk()
    library.apply(library.plan(MOVES), disk, fix_includes=True)
    if undo:
        disk = CutDisk()
        library.undo(disk=disk)
    return disk.changes


def test_an_apply_that_is_cut_at_any_change_goes_on(make_library: Make) -> None:
    _, _, whole = _whole(make_library)
    changes = _changes(make_library, undo=False)
    assert changes > 20
    for change in range(1, changes + 1):
        library = make_library().fill(FILES)
        before = library.tree()
        plan = library.plan(MOVES)
        with pytest.raises(Cut):
            library.apply(plan, CutDisk(change), fix_includes=True)
        if history.unfinished(library.state) is None:
            assert library.tree() == before or library.tree(times=False) == whole
        else:
            library.apply(None)
        if library.tree() == before:
            library.apply(library.plan(MOVES), fix_includes=True)
        assert library.tree(times=False) == whole, f"cut at change {change}"
        library.undo()
        assert library.tree() == before, f"cut at change {change}"


def test_an_apply_that_is_cut_at_any_change_is_undone(make_library: Make) -> None:
    for change in range(1, _changes(make_library, undo=False) + 1):
        library = make_library().fill(FILES)
        before = library.tree()
        with pytest.raises(Cut):
            library.apply(
                library.plan(MOVES),
                CutDisk(change),
                fix_includes=True,
            )
        try:
            outcome = library.undo()
        except OrganizeError:
            pass  # It had not begun.
        else:
            assert outcome.refused == ()
        assert library.tree() == before, f"cut at change {change}"
        assert history.unfinished(library.state) is None


@pytest.mark.parametrize("how", ["undo", "apply"])
def test_an_undo_that_is_cut_at_any_change_goes_on(
    make_library: Make, how: str
) -> None:
    for change in range(1, _changes(make_library, undo=True) + 1):
        library = make_library().fill(FILES)
        before = library.tree()
        library.apply(library.plan(MOVES), fix_includes=True)
        with pytest.raises(Cut):
            library.undo(disk=CutDisk(change))
        if how == "undo" or history.unfinished(library.state) is None:
            library.undo()
        elif not library.apply(None).undone:
            library.undo()  # The first had not begun yet.
        assert library.tree() == before, f"cut at change {change}"


@pytest.mark.parametrize("second", [1, 3, 7, 12, 20])
def test_an_apply_that_is_cut_again_and_again_goes_on(
    make_library: Make, second: int
) -> None:
    _, _, whole = _whole(make_library)
    library = make_library().fill(FILES)
    with pytest.raises(Cut):
        library.apply(library.plan(MOVES), CutDisk(15), fix_includes=True)
    for _ in range(100):
        if history.unfinished(library.state) is None:
            break
        try:
            library.apply(None, CutDisk(second))
        except Cut:
            second += 1
    assert library.tree(times=False) == whole


PROGRAM = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from tests.organizing.libraries import Library
from orquestrador.organizing.plan_file import read_plan
library = Library.__new__(Library)
library.root, library.state = Path(sys.argv[2]), Path(sys.argv[3])
print("begun", flush=True)
library.apply(read_plan(Path(sys.argv[4])), fix_includes=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")
@pytest.mark.parametrize("wait_ms", [2, 10, 25, 50, 90])
def test_a_process_that_is_killed_while_it_moves(
    library: Library, tmp_path: Path, wait_ms: int
) -> None:
    files = {f"f{n % 7}/{n}.mq4": f"file {n}" for n in range(600)}
    library.fill(files)
    before = library.tree()
    write_plan(
        library.plan({name: f"new{n % 5}/{n}.mq4" for n, name in enumerate(files)}),
        tmp_path / "plan",
    )
    here = [str(each) for each in (library.root, library.state, tmp_path / "plan")]
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(Path(__file__).parents[2]), *here],
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(wait_ms / 1000)
        os.kill(process.pid, signal.SIGKILL)
    if history.unfinished(library.state) is not None:
        library.apply(None)
    tree = library.tree()
    assert tree == before or all(
        tree[f"new{n % 5}/{n}.mq4"] == before[name] for n, name in enumerate(files)
    )
    if tree != before:
        assert library.undo().refused == ()
        assert library.tree() == before
