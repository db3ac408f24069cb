"""`orquestrador backup restore --in-place`, alone and beside a running system."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orquestrador import Orchestrator
from orquestrador.user_data import UserData

Run = Callable[..., Any]


def contents(library: Path) -> dict[str, bytes]:
    return {
        each.relative_to(library).as_posix(): each.read_bytes()
        for each in library.rglob("*")
        if each.is_file() and ".orquestrador" not in each.parts
    }


@pytest.fixture
def changed(library: Path, run: Run) -> tuple[Path, str]:
    """A library that was spoilt after its snapshot, and a file of it."""
    run("--library", library, "backup", "create")
    first = min(contents(library))
    (library / first).write_bytes(b"spoilt")
    (library / "mine.mq4").write_bytes(b"new")
    return library, first


def test_where_to_has_to_be_said(library: Path, run: Run) -> None:
    for words in ([], ["--in-place", "--to", "x"], ["--in-place", "--undo"]):
        ended = run("--library", library, "backup", "restore", *words)
        assert ended.returncode == 2
        assert "--to" in ended.stderr
        assert "--in-place" in ended.stderr


def test_a_restore_into_the_library_says_what_was_there_and_how_to_go_back(
    changed: tuple[Path, str], run: Run
) -> None:
    library, first = changed
    spoilt = contents(library)
    here = ["--library", library, "backup", "restore"]

    gently = run(*here, "--in-place")
    assert gently.returncode == 1
    assert first in gently.stderr
    assert contents(library) == spoilt

    done = run(*here, library / first, "--in-place", "--force")
    assert done.returncode == 0, done.stderr
    assert "backup restore --undo" in done.stderr
    again = run(*here, "--in-place", "--force")
    assert again.returncode == 0, "the newest but what was kept for the undoing"
    restored = contents(library)
    assert restored.pop(first) != b"spoilt"
    assert restored.pop("mine.mq4") == b"new"

    undone = run(*here, "--undo")
    assert undone.returncode == 0, undone.stderr
    assert contents(library) == spoilt
    assert run(*here, "--undo").returncode == 1


def test_beside_a_running_system_the_restore_is_its_own_work(
    changed: tuple[Path, str], run: Run
) -> None:
    library, first = changed
    settings = {
        "classification": {"engine": "inline"},
        "report": {"automatic": False},
    }
    with Orchestrator(library, settings=settings, monitor=False, control=True):
        ended = run(
            *("--library", library, "--json", "backup", "restore", first),
            *("--in-place", "--force"),
        )
        assert ended.returncode == 0, ended.stderr
        assert json.loads(ended.stdout)["written"] == 1
        assert (library / first).read_bytes() != b"spoilt"
        undone = run("--library", library, "--json", "backup", "restore", "--undo")
        assert json.loads(undone.stdout)["written"] == 1
        assert (library / first).read_bytes() == b"spoilt"


def test_corrections_and_notes_come_back(
    library: Path, tmp_path: Path, run: Run
) -> None:
    here = ["--library", library, "backup"]
    run(*here, "create")
    target = tmp_path / "own"
    none = run(*here, "restore", "--user-data", "--to", target)
    assert none.returncode == 0
    assert list(target.iterdir()) == []

    UserData(library / ".orquestrador").update({"x.mq4": {"note": "mine"}})
    kept = (library / ".orquestrador" / "user-data.jsonl").read_bytes()
    run(*here, "create")
    done = run(*here, "restore", "--user-data", "--to", target)
    assert done.returncode == 0, done.stderr
    assert (target / "user-data.jsonl").read_bytes() == kept
    (target / "user-data.jsonl").write_bytes(b"other")
    assert run(*here, "restore", "--user-data", "--to", target).returncode == 1
    assert (target / "user-data.jsonl").read_bytes() == b"other"
