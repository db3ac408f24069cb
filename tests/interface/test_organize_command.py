"""`orquestrador organize`: proposed, applied, undone; alone and in a running system."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from orquestrador import Orchestrator
from orquestrador.errors import RunFailedError
from orquestrador.interface.cli import main
from orquestrador.library.rearranging import rearranging
from orquestrador.organizing.disk import Disk
from orquestrador.running import find

Run = Callable[..., Any]


class Ended(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


Files = dict[str, tuple[bytes, int]]
INLINE = {"classification": {"engine": "inline"}}


def files(library: Path) -> Files:
    return {
        path.relative_to(library).as_posix(): (
            path.read_bytes(),
            path.stat().st_mtime_ns,
        )
        for path in library.rglob("*")
        if path.is_file() and ".orquestrador" not in path.parts
    }


@pytest.fixture
def known(library: Path) -> Path:
    """A library whose catalog knows every file."""
    with Orchestrator(library, settings=INLINE, backup=False) as orq:
        orq.classify(report=False).result(timeout=60)
    return library


@pytest.fixture
def here(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ended]:
    """Return `orquestrador` as a function, in this process."""
    monkeypatch.setenv("ORQUESTRADOR_CLASSIFICATION__ENGINE", "inline")
    monkeypatch.setenv("LANG", "C.UTF-8")

    def call(*arguments: str | Path) -> Ended:
        capsys.readouterr()
        status = main([str(each) for each in arguments])
        told = capsys.readouterr()
        return Ended(status, told.out, told.err)

    return call


def test_a_library_is_organized_and_comes_back(known: Path, here: Run) -> None:
    there = ["--library", known, "organize"]
    before = files(known)

    planned = here(*there, "plan", "--json")
    unchanged = files(known)
    applied = here(*there, "apply", "--yes", "--fix-includes", "--json")
    again = json.loads(here(*there, "plan", "--json").stdout)
    listed = here(*there, "undo", "--list")
    undone = here(*there, "undo", "--yes")

    moves = json.loads(planned.stdout)["moves"]
    assert unchanged == before
    assert len(moves) > 20
    assert applied.returncode == 0, applied.stderr
    assert json.loads(applied.stdout)["moved"] == len(moves)
    assert json.loads(applied.stdout)["snapshot"]
    assert again["moves"] == []
    assert "applied" in listed.stdout
    assert undone.returncode == 0, undone.stderr
    assert files(known) == before


def test_the_catalog_knows_the_new_names_and_classifies_nothing_again(
    known: Path,
) -> None:
    with Orchestrator(known, settings=INLINE, backup=False) as orq:
        plan = orq.plan()
        result = orq.apply(plan, timeout=100)

        records = {record.path: record.sha256 for record in orq.search(limit=None)}
        run = orq.classify(report=False).result(timeout=60)

    for move in plan.moves:
        assert records[move.target.decode()] == move.sha256
    assert (result.refused_count, run.classified, run.changed) == (0, 0, False)


def test_a_running_system_does_it(known: Path, run: Run) -> None:
    before = files(known)
    with Orchestrator(known, settings=INLINE, backup=False, control=True) as orq:
        system = find(known, orq.state)
        assert system is not None
        with system:
            moved = system.apply(orq.plan(duplicates=True), timeout=100).moved
        ended = run("--library", known, "organize", "undo", "--yes")

    assert moved > 0
    assert ended.returncode == 0, ended.stderr
    assert files(known) == before


def test_without_consent_nothing_is_moved(known: Path, here: Run) -> None:
    here("--library", known, "organize", "plan")
    before = files(known)

    ended = here("--library", known, "organize", "apply")

    assert ended.returncode == 2
    assert "--yes" in ended.stderr
    assert files(known) == before


def test_while_files_are_restored_none_are_moved_and_the_other_way_round(
    known: Path, here: Run
) -> None:
    here("--library", known, "organize", "plan")
    here("--library", known, "backup", "create")
    before = files(known)

    with rearranging(known / ".orquestrador"):
        moved = here("--library", known, "organize", "apply", "--yes")
        restored = here(
            *("--library", known, "backup", "restore"), "--in-place", "--force"
        )

    for ended in (moved, restored):
        assert ended.returncode == 1
        assert "being restored or moved" in ended.stderr
    assert files(known) == before


def test_a_plan_with_a_mistake_moves_nothing(known: Path, here: Run) -> None:
    plan = known.parent / "plan.jsonl"
    here("--library", known, "organize", "plan", "--out", plan)
    text = plan.read_text(encoding="utf-8")
    plan.write_text(text.replace('{"to":"', '{"to":"../', 1), encoding="utf-8")
    before = files(known)

    ended = here("--library", known, "organize", "apply", plan, "--yes")

    assert ended.returncode == 1
    assert "leads out of the folder" in ended.stderr
    assert files(known) == before


def test_copies_are_built_elsewhere(known: Path, tmp_path: Path, here: Run) -> None:
    here("--library", known, "organize", "plan")
    before = files(known)

    ended = here("--library", known, "organize", "apply", "--copy-to", tmp_path / "new")

    assert ended.returncode == 0, ended.stderr
    assert files(known) == before
    assert sorted(data for data, _ in files(tmp_path / "new").values()) == sorted(
        data for data, _ in before.values()
    )


def test_an_apply_that_was_cut_short_is_told_and_goes_on(
    known: Path, here: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Orchestrator(known, settings=INLINE, backup=False) as orq:
        plan = orq.plan()
        renames = 0
        rename = Disk.rename

        def failing(disk: Disk, source: Path, target: Path) -> None:
            nonlocal renames
            renames += 1
            if renames == 10:
                raise MemoryError("cut short")
            rename(disk, source, target)

        monkeypatch.setattr(Disk, "rename", failing)
        with pytest.raises(RunFailedError):
            orq.apply(plan, timeout=60)
        monkeypatch.undo()
    told = here("--library", known, "status")
    refused = here("--library", known, "organize", "plan")

    ended = here("--library", known, "organize", "apply", "--yes")

    assert "were cut short" in told.stderr
    assert refused.returncode == 1
    assert ended.returncode == 0, ended.stderr
    assert all((known / move.target.decode()).exists() for move in plan.moves)
    assert "cut short" not in here("--library", known, "status").stderr


def test_the_guides_name_and_portuguese_work(known: Path, here: Run) -> None:
    ended = here("--library", known, "--lang", "pt_BR", "organizar", "plan")

    assert ended.returncode == 0
    assert "arquivos a mover" in ended.stderr


def test_nothing_known_and_nothing_moved_are_told(tmp_path: Path, here: Run) -> None:
    planned = here("--library", tmp_path, "organize", "plan")
    applied = here("--library", tmp_path, "organize", "apply", "--yes")
    undone = here("--library", tmp_path, "organize", "undo", "--yes")

    assert "classify" in planned.stderr
    assert "organize plan" in applied.stderr
    assert "nothing to undo" in undone.stderr
    assert {planned.returncode, applied.returncode, undone.returncode} == {1}


@pytest.mark.parametrize(
    ("words", "moved"),
    [
        ([], ["Experts/backup 2021/MACD", "Robôs baixados/MACD"]),
        (["exact"], ["Experts/backup 2021/MACD", "Robôs baixados/MACD"]),
        (
            ["same-code"],
            ["Experts/backup 2021/MACD", "Robôs baixados/MACD", "RSI Bollinger"],
        ),
    ],
)
def test_surplus_copies_are_those_that_are_asked_for(
    known: Path, here: Run, words: list[str], moved: list[str]
) -> None:
    ended = here("--library", known, "organize", "plan", "--duplicates", *words)

    lines = ended.stdout.splitlines()
    assert len(lines) == len(moved)
    assert all(any(name in line for line in lines) for name in moved)
    assert all("\t_copias/" in line for line in lines)
