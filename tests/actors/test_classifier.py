"""The classifier between a real catalog and workers that the test plays."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orquestrador.actors import CatalogActor, ClassifierActor, RunSettings
from orquestrador.catalog import Catalog
from orquestrador.classification import classify
from orquestrador.classification.version import classifier_version
from orquestrador.library import Selection
from orquestrador.messages.catalog import ClassifiedContent
from orquestrador.messages.run import ClassifyLibrary, RunFinished, RunOrder
from orquestrador.messages.work import (
    BatchClassified,
    ClassifyBatch,
    PrepareWorker,
    WorkerCannotStart,
    WorkerIdle,
)
from orquestrador.supervisor import ChildSpec

RUN = "a"
EXPERT = b"void OnTick() { OrderSend(); }\n"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    (tmp_path / "state").mkdir()
    with Catalog(tmp_path / "state" / "catalog.sqlite3"):
        return tmp_path / "state"


@pytest.fixture
def tree(
    plant: Callable[..., Any],
    puppet: Callable[[str], ChildSpec],
    state: Path,
    tmp_path: Path,
) -> Any:
    library = tmp_path / "library"
    library.mkdir()
    (library / "one.mq4").write_bytes(EXPERT)
    settings = RunSettings(
        library=library,
        state=state,
        selection=Selection(
            sources=frozenset({".mq4"}),
            sniffed=frozenset(),
            counted=frozenset(),
            excluded_folders=frozenset(),
        ),
        max_bytes=1_000_000,
        batch_bytes=1_000_000,
    )
    workers = ("worker-1", "worker-2")
    return plant(
        ChildSpec(id="catalog", actor=CatalogActor, args=(state / "catalog.sqlite3",)),
        *map(puppet, workers),
        ChildSpec(
            id="classifier",
            actor=ClassifierActor,
            args=(settings, workers, classifier_version()),
        ),
    )


def order(tree: Any, token: str) -> None:
    tree.tell("classifier", ClassifyLibrary(order=RunOrder(token=token)))


def answer(tree: Any, worker: str, batch: ClassifyBatch) -> None:
    records = (
        ClassifiedContent(
            suffix=each.key.suffix,
            record=classify(each.data, "x.mq4").replace(path=""),
        )
        for each in batch.contents
    )
    told = BatchClassified(
        worker=worker, batch=batch.batch, classified=tuple(records), failed=()
    )
    tree.tell("classifier", told)


def batches(tree: Any, worker: str, count: int) -> list[ClassifyBatch]:
    """Return the batches a worker was given, after the word that work is to come."""
    prepare, *given = tree.received(worker, count + 1)
    assert isinstance(prepare, PrepareWorker)
    return given


def known(state: Path) -> int:
    with Catalog(state / "catalog.sqlite3", read_only=True) as catalog:
        return catalog.summary().files


def test_an_answer_to_a_batch_that_was_taken_back_is_void(
    tree: Any, state: Path
) -> None:
    order(tree, RUN)
    (first,) = batches(tree, "worker-1", 1)
    tree.tell("classifier", WorkerCannotStart(worker="worker-1", reason="no"))
    (second,) = batches(tree, "worker-2", 1)
    assert second.contents == first.contents
    assert second.batch != first.batch

    answer(tree, "worker-1", first)
    # The mailbox is a queue: what is told next finds the stale answer handled.
    tree.tell("classifier", WorkerIdle(worker="worker-2"))
    _second, third = batches(tree, "worker-2", 2)
    assert known(state) == 0
    answer(tree, "worker-2", third)

    finished = tree.events.wait_for(RunFinished, token=RUN)
    assert finished.problem is None
    assert (finished.files, finished.classified) == (1, 1)
    assert known(state) == 1


def test_a_run_whose_workers_all_cannot_start_fails_and_blames_no_file(
    tree: Any, state: Path
) -> None:
    order(tree, RUN)
    batches(tree, "worker-1", 1)
    for worker in ("worker-1", "worker-2"):
        broken = WorkerCannotStart(worker=worker, reason=f"{worker} is broken")
        tree.tell("classifier", broken)

    finished = tree.events.wait_for(RunFinished, token=RUN)

    assert finished.problem == "worker-2 is broken"
    assert known(state) == 0
    with Catalog(state / "catalog.sqlite3", read_only=True) as catalog:
        run = catalog.last_run()
    assert run is not None
    assert (run.state, run.reason) == ("failed", "worker-2 is broken")


def test_runs_wait_for_each_other_and_each_tells_its_end_once(tree: Any) -> None:
    for token in ("a", "b", "c"):
        order(tree, token)
    (batch,) = batches(tree, "worker-1", 1)
    answer(tree, "worker-1", batch)

    tree.events.wait_for(RunFinished, count=3)

    told = tree.events.of(RunFinished)
    assert [each.token for each in told] == ["a", "b", "c"]
    assert [each.classified for each in told] == [1, 0, 0]
