"""Settled paths beside runs: what the catalog holds of them in the end."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orquestrador.actors import (
    CatalogActor,
    ClassifierActor,
    InlineWorkerActor,
    RunSettings,
)
from orquestrador.catalog import Catalog
from orquestrador.classification import classify
from orquestrador.classification.version import classifier_version
from orquestrador.errors import CatalogError
from orquestrador.library import Selection
from orquestrador.messages.catalog import Batch, ClassifiedContent
from orquestrador.messages.run import (
    ClassifyLibrary,
    FilesClassified,
    RunFinished,
    RunOrder,
)
from orquestrador.messages.saves import PathsLookedAt, PathsSettled
from orquestrador.messages.work import BatchClassified, ClassifyBatch, PrepareWorker
from orquestrador.supervisor import ChildSpec
from orquestrador.supervisor.testkit import received

EXPERT = b"void OnTick() { OrderSend(); }\n"
WORKERS = ("worker-1", "worker-2")


class World:
    """A library, its catalog and the actors between them."""

    def __init__(self, folder: Path, plant: Callable[..., Any]) -> None:
        self.library = folder / "library"
        self.state = folder / "library" / ".state"
        self.state.mkdir(parents=True)
        with Catalog(self.state / "catalog.sqlite3"):
            pass
        self._plant = plant
        self._asked = 0

    def start(self, *workers: ChildSpec) -> None:
        settings = RunSettings(
            library=self.library,
            state=self.state,
            selection=Selection(
                sources=frozenset({".mq4"}),
                sniffed=frozenset(),
                counted=frozenset(),
                excluded_folders=frozenset({".git"}),
            ),
            max_bytes=1_000_000,
            batch_bytes=1_000_000,
        )
        names = tuple(spec.id for spec in workers)
        path = self.state / "catalog.sqlite3"
        self.tree = self._plant(
            ChildSpec(id="catalog", actor=CatalogActor, args=(path,)),
            *workers,
            ChildSpec(
                id="classifier",
                actor=ClassifierActor,
                args=(settings, names, classifier_version()),
            ),
        )

    def write(self, name: str, text: bytes = EXPERT) -> None:
        path = self.library / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)

    def settle(self, *paths: bytes) -> None:
        """Tell the classifier of paths; `looked_at` waits for all told so far."""
        self._asked += 1
        self.tree.tell("classifier", PathsSettled(paths=paths))

    def looked_at(self) -> PathsLookedAt:
        found: PathsLookedAt = self.tree.events.wait_for(
            PathsLookedAt, count=self._asked
        )
        return found

    def save(self, *paths: bytes) -> PathsLookedAt:
        self.settle(*paths)
        return self.looked_at()

    def run(self, token: str = "run") -> None:  # noqa: S107 -- a run's name
        self.tree.tell("classifier", ClassifyLibrary(order=RunOrder(token=token)))

    def catalog(self) -> Catalog:
        return Catalog(self.state / "catalog.sqlite3", read_only=True)

    def known(self) -> set[bytes]:
        with self.catalog() as catalog:
            return set(catalog.known_files())

    def changes(self) -> list[tuple[str, str]]:
        with self.catalog() as catalog:
            return [(each.what, each.path) for each in catalog.changes(0)]

    def given(self, count: int) -> list[ClassifyBatch]:
        """Return the batches that both puppets were given, when there are so many."""
        until = time.monotonic() + 30
        while True:
            found = [
                each
                for worker in WORKERS
                for each in self.tree.system.ref(worker).ask(received, timeout=30)
                if not isinstance(each, PrepareWorker)
            ]
            if len(found) >= count:
                return sorted(found, key=lambda batch: batch.batch)
            assert time.monotonic() < until, f"only {found} came"
            time.sleep(0.01)

    def answer(self, batch: ClassifyBatch) -> None:
        records = (
            ClassifiedContent(
                suffix=each.key.suffix,
                record=classify(each.data, "x.mq4").replace(path=""),
            )
            for each in batch.contents
        )
        told = BatchClassified(
            worker="worker-1",
            batch=batch.batch,
            classified=tuple(records),
            failed=(),
        )
        self.tree.tell("classifier", told)


@pytest.fixture
def world(plant: Callable[..., Any], tmp_path: Path) -> World:
    return World(tmp_path, plant)


@pytest.fixture
def inline(world: World) -> World:
    """A world whose worker classifies."""
    function = "orquestrador.classification:classify"
    world.start(
        ChildSpec(id="worker-1", actor=InlineWorkerActor, args=("worker-1", function))
    )
    return world


@pytest.fixture
def played(world: World, puppet: Callable[[str], ChildSpec]) -> World:
    """A world whose workers the test plays."""
    world.start(*map(puppet, WORKERS))
    return world


def test_a_save_is_readable_when_it_is_told(inline: World) -> None:
    inline.write("a.mq4")

    told = inline.save(b"a.mq4")

    assert told.problem is None
    assert told.paths == (b"a.mq4",)
    with inline.catalog() as catalog:
        (record,) = catalog.records()
        assert record.kind == "expert"
        assert catalog.last_run() is None


def test_the_time_of_a_save_is_the_watcher_s_word(inline: World) -> None:
    inline.write("a.mq4")
    os.utime(inline.library / "a.mq4", (1_000_000, 1_000_000))

    paths, saved_at = (b"a.mq4",), (1_700_000_000.5,)
    inline.tree.tell("classifier", PathsSettled(paths=paths, saved_at=saved_at))

    told = inline.tree.events.wait_for(FilesClassified)
    assert (told.token, told.paths, told.changed_at) == ("", ("a.mq4",), saved_at)


def test_a_settled_folder_means_all_below_it(inline: World) -> None:
    for name in ("in/a.mq4", "in/deep/b.mq4", "in/.git/c.mq4", "in/d.txt", "out.mq4"):
        inline.write(name)

    inline.save(b"in")
    assert inline.known() == {b"in/a.mq4", b"in/deep/b.mq4"}

    (inline.library / "in" / "a.mq4").unlink()
    inline.save(b"in/")
    assert inline.known() == {b"in/deep/b.mq4"}


def test_a_missing_folder_means_that_all_below_it_is_gone(inline: World) -> None:
    for name in ("in/a.mq4", "in/deep/b.mq4", "in2.mq4"):
        inline.write(name)
    inline.save(b"")
    (inline.library / "in").rename(inline.library.parent / "elsewhere")

    inline.save(b"in")

    assert inline.known() == {b"in2.mq4"}


def test_a_moved_folder_is_renamed_files_and_no_work(played: World) -> None:
    for number in range(20):
        played.write(f"old/{number}.mq4", EXPERT + b"// %d" % number)
    played.settle(b"old")
    answered: set[int] = set()
    while len(played.known()) < 20:
        for batch in played.given(1):
            if batch.batch not in answered:
                answered.add(batch.batch)
                played.answer(batch)
    played.looked_at()
    (played.library / "old").rename(played.library / "new")

    told = played.save(b"old", b"new")

    assert told.problem is None
    assert len(played.known()) == 20
    assert {each.batch for each in played.given(1)} == answered
    with played.catalog() as catalog:
        history = catalog.history(b"new/7.mq4")
    assert [(each.what, each.renamed_from) for each in history] == [
        ("added", None),
        ("renamed", "old/7.mq4"),
    ]


@pytest.mark.parametrize("name", [".git/a.mq4", ".state/a.mq4", "link/a.mq4"])
def test_what_a_run_would_not_list_is_not_looked_at(inline: World, name: str) -> None:
    if name.startswith("link"):
        if sys.platform == "win32":
            pytest.skip("links take a privilege there")
        inline.write("real/a.mq4")
        (inline.library / "link").symlink_to("real", target_is_directory=True)
    else:
        inline.write(name)

    told = inline.save(name.encode())

    assert told.problem is None
    assert inline.known() == set()


def test_a_save_goes_to_a_worker_that_has_its_fill_of_a_run(played: World) -> None:
    for number in range(400):
        played.write(f"{number}.mq4", EXPERT + b"// %d" % number)
    played.run()
    bulk = played.given(4)
    played.write("save.mq4", EXPERT + b"// save")

    played.settle(b"save.mq4")
    (save,) = [each for each in played.given(5) if each.urgent]
    played.answer(save)
    played.looked_at()

    assert not any(each.urgent for each in bulk)
    assert [each.data for each in save.contents] == [EXPERT + b"// save"]
    assert played.known() == {b"save.mq4"}


def test_a_run_s_older_look_does_not_replace_a_save_s(played: World) -> None:
    played.write("a.mq4", EXPERT)
    played.run()
    (bulk,) = played.given(1)
    played.write("a.mq4", EXPERT + b"// newer")
    played.settle(b"a.mq4")
    (save,) = [each for each in played.given(2) if each.urgent]
    played.answer(save)
    played.looked_at()
    played.answer(bulk)
    played.tree.events.wait_for(RunFinished)

    with played.catalog() as catalog:
        (record,) = catalog.records()
    assert record.sha256 == save.contents[0].key.sha256


def test_a_run_s_look_does_not_bring_back_what_is_gone(played: World) -> None:
    played.write("in/a.mq4", EXPERT)
    played.run()
    (bulk,) = played.given(1)
    (played.library / "in" / "a.mq4").unlink()
    (played.library / "in").rmdir()
    played.save(b"in")
    played.answer(bulk)
    played.tree.events.wait_for(RunFinished)

    assert played.known() == set()


def test_a_save_s_older_look_does_not_bring_back_what_is_gone(played: World) -> None:
    played.write("a.mq4", EXPERT)
    played.settle(b"a.mq4")
    (save,) = played.given(1)
    (played.library / "a.mq4").unlink()
    played.settle(b"a.mq4")
    played.answer(save)
    played.looked_at()

    assert played.known() == set()


def test_a_run_does_not_remove_what_a_save_has_brought_since(played: World) -> None:
    played.write("a.mq4", EXPERT)
    played.write("b.mq4", EXPERT)
    played.settle(b"")
    (save,) = played.given(1)
    played.answer(save)
    played.looked_at()
    (played.library / "b.mq4").unlink()
    played.write("a.mq4", EXPERT + b"// to be classified")
    played.run()
    bulk = played.given(2)[-1]
    # The run has listed the library without it by now.
    played.write("b.mq4", EXPERT)
    played.save(b"b.mq4")
    played.answer(bulk)
    played.tree.events.wait_for(RunFinished)

    assert played.known() == {b"a.mq4", b"b.mq4"}


def test_a_save_that_cannot_be_stored_is_told_with_the_reason(
    inline: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_catalog: Catalog, _batch: Batch) -> None:
        raise CatalogError("the disk is full")

    inline.write("a.mq4")
    with monkeypatch.context() as patched:
        patched.setattr(Catalog, "store", full)
        told = inline.save(b"a.mq4")
    assert told.problem == "the disk is full"

    assert inline.save(b"a.mq4").problem is None
    assert inline.known() == {b"a.mq4"}


def test_a_library_that_is_away_loses_no_file(inline: World) -> None:
    inline.write("in/a.mq4")
    inline.save(b"in")
    # The state stays where it is: it may stand elsewhere.
    away = inline.library.with_name("away")
    inline.library.rename(away)

    told = inline.save(b"in")

    assert told.problem is not None
    assert "is not there" in told.problem
    away.rename(inline.library)
    assert inline.known() == {b"in/a.mq4"}


def test_a_burst_is_stored_and_told_once_a_message(inline: World) -> None:
    for number in range(300):
        inline.write(f"{number % 7}/{number}.mq4", EXPERT + b"// %d" % (number % 90))
        inline.settle(b"%d/%d.mq4" % (number % 7, number))
        if number % 3 == 0:
            (inline.library / f"{number % 7}" / f"{number}.mq4").unlink()
            inline.settle(b"%d/%d.mq4" % (number % 7, number))
    inline.looked_at()

    expected = {
        os.fsencode(path.relative_to(inline.library).as_posix())
        for path in inline.library.rglob("*.mq4")
    }
    assert inline.known() == expected
    told = inline.tree.events.of(PathsLookedAt)
    assert len(told) == 400
    assert {each.problem for each in told} == {None}
