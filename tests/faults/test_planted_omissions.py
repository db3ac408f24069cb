"""The tests of every step find what they are for: omissions planted in real code."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO
from unittest import mock

import pytest

from orquestrador.organizing.journal import Journal
from orquestrador.snapshots import pack, store
from orquestrador.snapshots.store import GitStore
from tests.faults.filesystem.organizing import Apply, UndoApply
from tests.faults.filesystem.snapshots import FirstCreate, SecondCreate
from tests.faults.filesystem.trials import TRIALS, DoesNotHoldError, Dose, Ground, World

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="folders cannot be synced there: another model"
)

Plant = Callable[[pytest.MonkeyPatch], None]


def no_sync_of_files(patch: pytest.MonkeyPatch) -> None:
    def flush(file: IO[bytes]) -> None:
        file.flush()

    patch.setattr(pack, "sync", flush)


def no_sync_of_references(patch: pytest.MonkeyPatch) -> None:
    def flush(file: IO[bytes]) -> None:
        file.flush()

    patch.setattr(store, "sync", flush)


def no_sync_of_folders(patch: pytest.MonkeyPatch) -> None:
    for module in (pack, store):
        patch.setattr(module, "sync_folder", mock.Mock())


def no_sync_of_new_folders(patch: pytest.MonkeyPatch) -> None:
    def make(path: Path) -> None:
        path.mkdir(parents=True, exist_ok=True)

    patch.setattr(pack, "make_folder", make)


def references_before_the_pack(patch: pytest.MonkeyPatch) -> None:
    real = pack.PackWriter.commit
    late: list[pack.PackWriter] = []

    def remember(self: pack.PackWriter) -> None:
        late.append(self)

    patch.setattr(pack.PackWriter, "commit", remember)
    publish = GitStore.publish

    def publish_early(self: GitStore, snapshot_id: str, commit: str) -> None:
        publish(self, snapshot_id, commit)
        real(late.pop())

    patch.setattr(GitStore, "publish", publish_early)


def no_cleaning(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(store, "clean_leftovers", mock.Mock())


def no_sync_of_intentions(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Journal, "sync", Journal.write)


# Files of a program that was killed are closed by the collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    ("world", "how", "plant"),
    [
        (FirstCreate, "power cut", no_sync_of_files),
        (SecondCreate, "power cut", no_sync_of_files),
        (SecondCreate, "power cut", no_sync_of_references),
        (FirstCreate, "power cut", no_sync_of_folders),
        (SecondCreate, "power cut", no_sync_of_folders),
        (FirstCreate, "power cut", no_sync_of_new_folders),
        (SecondCreate, "kill", references_before_the_pack),
        (SecondCreate, "kill", no_cleaning),
        (SecondCreate, "disk full", references_before_the_pack),
        (Apply, "power cut", no_sync_of_intentions),
        (UndoApply, "power cut", no_sync_of_intentions),
    ],
)
def test_an_omission_is_found(
    world: type[World],
    how: str,
    plant: Plant,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "world").mkdir()
    plant(monkeypatch)
    ground = Ground(world(tmp_path / "world"))
    with pytest.raises(DoesNotHoldError):
        TRIALS[how](ground, Dose(cuts=8))
