"""The classifier: divides a run into batches and sees each file through."""

import itertools
import logging
import time
from collections import Counter

from orquestrador.actors.catalog import CatalogActor
from orquestrador.actors.inline_worker import InlineWorkerActor
from orquestrador.actors.library_run import LibraryRun, RunSettings, never_begun
from orquestrador.catalog import Catalog
from orquestrador.errors import CatalogError, RunFailedError
from orquestrador.library import shown_name
from orquestrador.messages.catalog import Batch, Run
from orquestrador.messages.run import (
    ClassifyLibrary,
    ContinueRun,
    FilesClassified,
    RunFinished,
    RunHindered,
    RunStarted,
)
from orquestrador.messages.storing import (
    BatchStored,
    BeginRun,
    CatalogRequest,
    EndRun,
    GetOpenRun,
    OpenRun,
    RunBegun,
    RunEnded,
    StoreBatch,
)
from orquestrador.messages.work import (
    BatchClassified,
    ClassifyBatch,
    ContentToClassify,
    PrepareWorker,
    WorkerCannotStart,
    WorkerIdle,
    WorkerMessage,
)
from orquestrador.supervisor import ProtocolActor, ProtocolRef, RequestFailed, handles

logger = logging.getLogger(__name__)

_SLICE_S = 0.02
"""A handler works no longer at a time, so that other messages have their turn."""

_AHEAD = 2
"""Batches a worker holds: one in work, one that it finds when that is done."""

_STORES_IN_FLIGHT = 4
_PROGRESS_INTERVAL_S = 0.1

_numbers = itertools.count(1)
"""Of batches and stores; an answer to an earlier incarnation meets no other's."""

Contents = tuple[ContentToClassify, ...]


class ClassifierActor(
    ProtocolActor[
        ClassifyLibrary | BatchClassified | WorkerIdle | WorkerCannotStart | RunHindered
    ]
):
    """Takes `ClassifyLibrary`; tells the story of each run as events.

    A run is entered in the catalog before anything else: a new incarnation finds it
    there and goes on with what is not yet stored. One run is under way at a time;
    others wait in the catalog, in order.

    Private state: the run in hand, the batches that workers hold, the stores that
    the catalog has not confirmed.
    """

    def __init__(
        self, settings: RunSettings, workers: tuple[str, ...], classifier: str
    ) -> None:
        """See `RunSettings`; `workers` are names of actors, `classifier` a version."""
        super().__init__()
        self._settings = settings
        self._classifier = classifier
        self._workers = workers
        self._broken: dict[str, str] = {}
        self._loads: Counter[str] = Counter()
        self._batches: dict[int, tuple[str, Contents]] = {}
        self._unassigned: list[Contents] = []
        self._stores: dict[int, Batch] = {}
        self._run: LibraryRun | None = None
        self._recalled = False
        self._hindrance: str | None = None
        self._ending = False
        self._told_at = 0.0
        self._continuing = False

    def on_start(self) -> None:
        """Look for a run that an earlier incarnation left."""
        self.request(self._catalog(), GetOpenRun())

    # -- the life of a run -----------------------------------------------------------

    @handles(ClassifyLibrary)
    def _classify_library(self, message: ClassifyLibrary) -> None:
        begin = BeginRun(order=message.order, classifier=self._classifier)
        self.request(self._catalog(), begin)

    @handles(RunBegun)
    def _run_begun(self, message: RunBegun) -> None:
        self._begin(message.run)

    @handles(OpenRun)
    def _recall(self, message: OpenRun) -> None:
        self._recalled = True
        reason, self._hindrance = self._hindrance, None
        if message.run is not None:
            self._begin(message.run)
        if reason is not None:
            self._hinder(reason)

    def _begin(self, run: Run) -> None:
        if self._run is not None or run.state != "running":
            return
        with Catalog(self._settings.state / "catalog.sqlite3", read_only=True) as known:
            self._run = LibraryRun(run, self._settings, known)
        self._ending = False
        self._broken.clear()
        if self._run.is_first:
            # All of it is new: the processes start while the library is listed.
            for worker in self._workers:
                self._worker(worker).tell(PrepareWorker())
        self._continue()

    def _continue(self) -> None:
        # At most one is on its way, whatever the number of reasons to go on.
        if self._run is not None and not self._continuing:
            self._continuing = True
            self.tell_self(ContinueRun(run=self._run.run.id))

    @handles(ContinueRun)
    def _advance(self, _message: ContinueRun) -> None:
        self._continuing = False
        run = self._run
        if run is None or self._ending:
            return
        listed = run.listed
        if len(self._unassigned) == 0 and len(self._stores) < _STORES_IN_FLIGHT:
            run.advance(time.monotonic() + _SLICE_S)
        if run.listed and not listed:
            logger.info("Run %d began: %d files", run.run.id, run.files)
            self.publish(
                RunStarted(token=run.run.order.token, run=run.run.id, files=run.files)
            )
        while (contents := run.next_batch()) is not None:
            self._unassigned.append(contents)
        self._assign()
        if (store := run.next_store()) is not None:
            self._store(store)
        self._tell_progress(run)
        self._go_on_or_end(run)

    def _go_on_or_end(self, run: LibraryRun) -> None:
        if not run.exhausted:
            # Otherwise an answer of a worker or of the catalog continues the run.
            if not self._unassigned and len(self._stores) < _STORES_IN_FLIGHT:
                self._continue()
            return
        if self._unassigned or self._batches or self._stores:
            return
        if (store := run.next_store() or run.removed()) is not None:
            self._store(store)
            return
        self._end(run, None)

    def _assign(self) -> None:
        while self._unassigned:
            free = [
                each
                for each in self._workers
                if each not in self._broken and self._loads[each] < _AHEAD
            ]
            if not free:
                return
            worker = min(free, key=self._loads.__getitem__)
            self._send(worker, self._unassigned.pop(0))

    def _send(self, worker: str, contents: Contents) -> None:
        assert self._run is not None  # noqa: S101 -- batches exist within a run only
        number = next(_numbers)
        self._batches[number] = (worker, contents)
        self._loads[worker] += 1
        self._worker(worker).tell(
            ClassifyBatch(
                batch=number, level=self._run.run.order.level, contents=contents
            )
        )

    @handles(BatchClassified)
    def _take_answer(self, answer: BatchClassified) -> None:
        # A batch that was taken back, or given by an earlier incarnation, is void.
        if self._batches.pop(answer.batch, None) is None or self._run is None:
            return
        self._loads[answer.worker] -= 1
        self._store(self._run.answered(answer))
        self._assign()
        self._continue()

    def _store(self, batch: Batch) -> None:
        number = next(_numbers)
        self._stores[number] = batch
        self.request(self._catalog(), StoreBatch(number=number, batch=batch))

    @handles(BatchStored)
    def _take_stored(self, message: BatchStored) -> None:
        batch = self._stores.pop(message.number, None)
        if batch is None or self._run is None:
            return
        self._run.stored(batch)
        self.publish(
            FilesClassified(
                token=self._run.run.order.token,
                paths=tuple(shown_name(state.raw) for state in batch.files),
                stored_at=time.time(),
                changed_at=tuple(state.mtime_ns / 1e9 for state in batch.files),
            )
        )
        self._continue()

    @handles(WorkerIdle)
    def _worker_idle(self, message: WorkerIdle) -> None:
        self._take_back(message.worker)

    def _take_back(self, worker: str) -> None:
        """Give what a worker held, and lost with its incarnation, to any other."""
        held = [number for number, batch in self._batches.items() if batch[0] == worker]
        self._unassigned += [self._batches.pop(number)[1] for number in held]
        self._loads[worker] = 0
        self._assign()

    @handles(WorkerCannotStart)
    def _take_broken(self, message: WorkerCannotStart) -> None:
        self._broken[message.worker] = message.reason
        self._take_back(message.worker)
        if len(self._broken) == len(self._workers):
            self._hinder(message.reason)

    def _end(self, run: LibraryRun, problem: str | None) -> None:
        self._ending = True
        self._forget_work()
        self.request(
            self._catalog(),
            EndRun(
                run=run.run.id,
                state="done" if problem is None else "failed",
                reason=problem,
                counts=run.counts(),
                finished=run.finished(problem),
            ),
        )

    @handles(RequestFailed)
    def _request_failed(self, failure: RequestFailed) -> None:
        problem = _problem(failure)
        match failure.request:
            case GetOpenRun():
                # Without the answer a run might wait for ever: try anew.
                raise RunFailedError(problem) from failure.reason
            case BeginRun(order=order):
                self.publish(never_begun(order, problem))
            case EndRun(finished=finished):
                # Still open in the catalog, but not to be begun again and again.
                self._finish(finished.replace(problem=problem))
            case _:
                self._hinder(problem)

    @handles(RunHindered)
    def _run_hindered(self, message: RunHindered) -> None:
        self._hinder(message.reason)

    def _hinder(self, reason: str) -> None:
        if self._run is not None and not self._ending:
            self._end(self._run, reason)
        elif not self._recalled:
            # It is about the run of an earlier incarnation: begun again as if
            # nothing had been, that would only fail again.
            self._hindrance = reason

    @handles(RunEnded)
    def _run_ended(self, message: RunEnded) -> None:
        self._finish(message.finished)

    def _finish(self, finished: RunFinished) -> None:
        """Tell the end of a run, also of one that an earlier incarnation ended."""
        _log(finished)
        if self._run is not None and self._run.run.id == finished.run:
            self._run = None
            self._stores.clear()
            self._forget_work()
        self.publish(finished)
        self.request(self._catalog(), GetOpenRun(after=finished.run))

    def _forget_work(self) -> None:
        # What workers still hold of it is void: their answers meet no batch.
        self._batches.clear()
        self._unassigned.clear()
        self._loads.clear()

    def _tell_progress(self, run: LibraryRun) -> None:
        now = time.monotonic()
        if run.listed and now - self._told_at >= _PROGRESS_INTERVAL_S:
            self._told_at = now
            self.publish(run.progress())

    def _catalog(self) -> ProtocolRef[CatalogRequest]:
        return self.system.ref("catalog", CatalogActor)

    def _worker(self, name: str) -> ProtocolRef[WorkerMessage]:
        # Every kind of worker takes what the simplest does.
        return self.system.ref(name, InlineWorkerActor)


def _log(run: RunFinished) -> None:
    if run.problem is not None:
        logger.error("Run %d failed: %s", run.run, run.problem)
        return
    text = "Run %d ended: %d files, %d contents classified, %d problems, %.1f s"
    counts = (run.run, run.files, run.classified, run.problems, run.duration_s)
    logger.info(text, *counts)


def _problem(failure: RequestFailed) -> str:
    error = failure.reason
    if isinstance(error, CatalogError):
        return str(error)
    return (
        f"actor 'catalog' failed on {type(failure.request).__name__}: "
        f"{type(error).__name__}: {error}"
    )
