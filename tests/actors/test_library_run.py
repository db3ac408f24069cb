"""The bookkeeping of a run, without any actor: what is given out, what comes back."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orquestrador.actors.library_run import LibraryRun, RunSettings
from orquestrador.catalog import Catalog
from orquestrador.classification import classify
from orquestrador.classification.version import classifier_version
from orquestrador.library import Selection
from orquestrador.messages.catalog import Batch, ClassifiedContent
from orquestrador.messages.run import RunOrder
from orquestrador.messages.work import (
    BatchClassified,
    ContentToClassify,
    FailedContent,
)

EXPERT = b"void OnTick() { OrderSend(); }\n"
TWO = EXPERT + b"// two\n"
Begin = Callable[..., LibraryRun]


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    (folder / "EAs").mkdir(parents=True)
    (folder / "EAs" / "one.mq4").write_bytes(EXPERT)
    (folder / "EAs" / "copy of one.mq4").write_bytes(EXPERT)
    (folder / "two.mq5").write_bytes(TWO)
    (folder / "notes.pdf").write_bytes(b"%PDF")
    return folder


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    (tmp_path / "state").mkdir()
    with Catalog(tmp_path / "state" / "catalog.sqlite3") as catalog:
        yield catalog


@pytest.fixture
def begin(library: Path, catalog: Catalog) -> Begin:
    def make(*paths: str, batch_bytes: int = 1 << 20) -> LibraryRun:
        order = RunOrder(token=f"{time.monotonic_ns()}", paths=paths)
        settings = RunSettings(
            library=library,
            state=library.parent / "state",
            selection=Selection(
                sources=frozenset({".mq4", ".mq5"}),
                sniffed=frozenset(),
                counted=frozenset(),
                excluded_folders=frozenset(),
            ),
            max_bytes=1_000_000,
            batch_bytes=batch_bytes,
        )
        return LibraryRun(
            catalog.begin_run(order, classifier_version()), settings, catalog
        )

    return make


def advance(run: LibraryRun) -> list[tuple[ContentToClassify, ...]]:
    """Look at everything; returns the batches."""
    batches: list[tuple[ContentToClassify, ...]] = []
    while not run.exhausted:
        run.advance(time.monotonic() + 10)
        while (contents := run.next_batch()) is not None:
            batches.append(contents)
    return batches


def answer(contents: tuple[ContentToClassify, ...]) -> BatchClassified:
    return BatchClassified(
        worker="worker-1",
        batch=1,
        classified=tuple(
            ClassifiedContent(
                suffix=each.key.suffix,
                record=classify(each.data, "x" + each.key.suffix).replace(path=""),
            )
            for each in contents
        ),
        failed=(),
    )


def failure(content: ContentToClassify, *, again: bool) -> BatchClassified:
    failed = FailedContent(key=content.key, reason="it broke", again=again)
    return BatchClassified(worker="worker-1", batch=1, classified=(), failed=(failed,))


def raws(batch: Batch) -> set[bytes]:
    return {state.raw for state in batch.files}


def test_a_content_is_given_out_once_and_settles_every_file_that_holds_it(
    begin: Begin,
) -> None:
    run = begin()

    (contents,) = advance(run)

    assert [each.data for each in contents] == [TWO, EXPERT]
    batch = run.answered(answer(contents))
    assert raws(batch) == {b"EAs/one.mq4", b"EAs/copy of one.mq4", b"two.mq5"}
    assert len(batch.records) == 2
    assert run.files == run.looked_at == 3
    assert run.counts().classified == 2
    assert run.removed() is None


def test_batches_are_closed_before_they_hold_too_many_bytes(begin: Begin) -> None:
    assert [len(each) for each in advance(begin(batch_bytes=len(EXPERT)))] == [1, 1]


def test_a_failure_of_the_content_is_its_record_and_one_from_outside_a_problem(
    begin: Begin,
) -> None:
    run = begin()
    two, expert = advance(run)[0]

    lasting = run.answered(failure(expert, again=False))
    passing = run.answered(failure(two, again=True))

    assert [each.record.reason for each in lasting.records] == ["it broke"]
    assert [state.problem for state in lasting.files] == [None, None]
    assert passing.records == ()
    assert [state.problem for state in passing.files] == ["it broke"]
    assert run.problems == 3


def test_what_is_stored_is_not_given_out_again(begin: Begin, catalog: Catalog) -> None:
    run = begin(batch_bytes=len(EXPERT))
    two, _expert = advance(run)
    catalog.store(run.answered(answer(two)))

    (contents,) = advance(begin())

    assert [each.data for each in contents] == [EXPERT]


def test_a_file_that_is_gone_is_removed_once_and_only_within_the_paths_asked_for(
    begin: Begin, catalog: Catalog, library: Path
) -> None:
    run = begin()
    for contents in advance(run):
        catalog.store(run.answered(answer(contents)))
    (library / "EAs" / "one.mq4").unlink()
    (library / "two.mq5").unlink()

    partial = begin("EAs")
    advance(partial)

    assert partial.files == 1
    gone = partial.removed()
    assert gone is not None
    assert gone.removed == (b"EAs/one.mq4",)
    assert len(gone.removed_at_ns) == 1
    assert partial.removed() is None


def test_the_end_that_is_told_carries_what_the_run_did(begin: Begin) -> None:
    run = begin()
    (contents,) = advance(run)
    run.stored(run.answered(answer(contents)))

    finished = run.finished("the reason")

    assert finished.token == run.run.order.token
    assert (finished.files, finished.classified, finished.problems) == (3, 2, 0)
    assert finished.changed
    assert finished.problem == "the reason"
