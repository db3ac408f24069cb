"""The backup's actor: what it keeps beside the files, and what it restores."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from orquestrador import Orchestrator
from orquestrador.errors import RunFailedError
from orquestrador.snapshots import SnapshotRepository
from orquestrador.snapshots.labels import CATALOG, decode_labels
from orquestrador.user_data import UserData

SOURCE = "//+--+\n#property strict\nint OnInit() { return 0; }\nvoid OnTick() {}\n"
SETTINGS = {
    "classification": {"engine": "inline"},
    "report": {"automatic": False},
}


@pytest.fixture
def library(tmp_path: Path) -> Path:
    root = tmp_path / "library"
    root.mkdir()
    (root / "grid.mq5").write_text(SOURCE, encoding="utf-8")
    return root


@pytest.fixture
def system(library: Path) -> Iterator[Orchestrator]:
    with Orchestrator(library, settings=SETTINGS, monitor=False) as system:
        yield system


def repository(system: Orchestrator) -> SnapshotRepository:
    return SnapshotRepository(system.state / "snapshots", read_only=True)


def test_a_snapshot_holds_the_users_own_data_and_the_labels(
    system: Orchestrator,
) -> None:
    UserData(system.state).update({"grid.mq5": {"note": "mine"}})
    corrections = b'[contents."00"]\nprimary = "grid"\n'
    (system.state / "corrections.toml").write_bytes(corrections)
    system.classify(backup=True).result(timeout=60)

    with repository(system) as kept:
        beside = kept.beside()
        assert beside["corrections.toml"] == corrections
        own = (system.state / "user-data.jsonl").read_bytes()
        assert beside["user-data.jsonl"] == own
        ((sha256, suffix), labels), *more = decode_labels(beside[CATALOG]).items()
        assert kept.manifest().contents[0].sha256.startswith(sha256)
    assert not more
    assert (suffix, labels.language, labels.kind) == (".mq5", "mql5", "expert")


def test_a_new_note_is_a_change_and_nothing_new_is_none(system: Orchestrator) -> None:
    system.classify(backup=True).result(timeout=60)
    assert system.backup(timeout=60) is None
    UserData(system.state).update({"grid.mq5": {"note": "mine"}})
    assert system.backup(timeout=60) is not None
    assert system.backup(timeout=60) is None


def test_a_damaged_catalog_costs_the_labels_and_not_the_snapshot(
    library: Path, tmp_path: Path
) -> None:
    system = Orchestrator(library, settings=SETTINGS, monitor=False)
    with system:
        (system.state / "catalog.sqlite3").write_bytes(b"no database" * 1000)
        for each in ("-wal", "-shm"):
            (system.state / f"catalog.sqlite3{each}").unlink(missing_ok=True)
        assert system.backup(timeout=60) is not None
        with repository(system) as kept:
            assert CATALOG not in kept.beside()


def test_a_restore_into_the_library_and_its_undoing(
    system: Orchestrator, library: Path
) -> None:
    first = system.backup(timeout=60)
    assert first is not None
    (library / "grid.mq5").write_text("broken", encoding="utf-8")

    refused = system.restore(first.id, timeout=60)
    assert [each.path for each in refused.refused] == ["grid.mq5"]
    done = system.restore(first.id, "grid.mq5", force=True, timeout=60)
    assert (library / "grid.mq5").read_text(encoding="utf-8") == SOURCE
    assert done.written == 1
    undone = system.undo_restore(timeout=60)
    assert (library / "grid.mq5").read_text(encoding="utf-8") == "broken"
    assert undone.written == 1
    with pytest.raises(RunFailedError, match="no restore to be undone"):
        system.undo_restore(timeout=60)


def test_the_state_folder_is_no_place_to_restore_to(
    system: Orchestrator, library: Path, tmp_path: Path
) -> None:
    """A repository that somebody has changed must not reach the catalog."""
    other = tmp_path / "other"
    (other / ".orquestrador").mkdir(parents=True)
    (other / ".orquestrador" / "corrections.toml").write_bytes(b"evil")
    with SnapshotRepository(system.state / "snapshots") as forged:
        taken = forged.create(other, reason="x", now=dt.datetime.now(dt.UTC))
        assert taken is not None
    result = system.restore(taken.id, force=True, timeout=60)
    assert [each.path for each in result.refused] == [".orquestrador/corrections.toml"]
    assert not (system.state / "corrections.toml").exists()
