"""The classifier: divides a run into batches and sees each file through.

Saves go before the run that is under way: here, in each worker and in the catalog's
mailbox, where few of the run's batches are at a time.
"""

import logging
import time
from types import TracebackType

from orquestrador.actors.catalog import CatalogActor
from orquestrador.actors.dispatch import Dispatch, Held, next_number
from orquestrador.actors.inline_worker import InlineWorkerActor
from orquestrador.actors.library_run import LibraryRun, RunSettings, never_begun
from orquestrador.actors.saves import Saves
from orquestrador.catalog import Catalog
from orquestrador.errors import CatalogError, LibraryAwayError, RunFailedError
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
from orquestrador.messages.saves import LookAtSaves, PathsSettled
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
    PrepareWorker,
    WorkerCannotStart,
    WorkerIdle,
    WorkerMessage,
)
from orquestrador.supervisor import ProtocolActor, ProtocolRef, RequestFailed, handles

logger = logging.getLogger(__name__)

_SLICE_S = 0.005
"""A handler works no longer at a time, so that other messages have their turn: what
becomes of a save is two of them."""

_STORES_IN_FLIGHT = 2
"""Of a kind. A run that is further ahead than that waits: its stores are what a save's
finds before it in the catalog's mailbox."""

_PROGRESS_INTERVAL_S = 0.1


class ClassifierActor(
    ProtocolActor[
        ClassifyLibrary
        | PathsSettled
        | BatchClassified
        | WorkerIdle
        | WorkerCannotStart
        | RunHindered
    ]
):
    """Takes `ClassifyLibrary` and `PathsSettled`; tells the story as events.

    A run is entered in the catalog before anything else: a new incarnation finds it
    there and goes on with what is not yet stored. One run is under way at a time;
    others wait in the catalog, in order. Saves are looked at at once, beside it;
    those of an earlier incarnation are the watcher's to find again.

    Private state: the run and the saves in hand, the batches that workers hold, the
    stores that the catalog has not confirmed.
    """

    def __init__(
        self, settings: RunSettings, workers: tuple[str, ...], classifier: str
    ) -> None:
        """See `RunSettings`; `workers` are names of actors, `classifier` a version."""
        super().__init__()
        self._settings = settings
        self._classifier = classifier
        self._workers = workers
        self._dispatch = Dispatch(workers)
        self._stores: dict[int, Batch] = {}
        self._save_stores: dict[int, Batch] = {}
        self._known: Catalog | None = None
        self._saves: Saves | None = None
        self._looking = False
        self._run: LibraryRun | None = None
        self._recalled = False
        self._hindrance: str | None = None
        self._ending = False
        self._told_at = 0.0
        self._continuing = False

    def on_start(self) -> None:
        """Look for a run that an earlier incarnation left."""
        self.request(self._catalog(), GetOpenRun())

    def on_stop(self) -> None:
        """Close what is open."""
        self._close()

    def on_failure(
        self,
        exception_type: type[BaseException] | None,
        exception_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close what is open: the next incarnation opens its own."""
        self._close()

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
        with self._open_catalog() as known:
            self._run = LibraryRun(run, self._settings, known)
        self._ending = False
        self._dispatch.broken.clear()
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
        try:
            self._advance_run(run)
        except LibraryAwayError as error:
            # Everything looks gone, and is not.
            self._end(run, str(error))

    def _advance_run(self, run: LibraryRun) -> None:
        listed = run.listed
        if self._has_room():
            run.advance(time.monotonic() + _SLICE_S)
        if run.listed and not listed:
            logger.info("Run %d began: %d files", run.run.id, run.files)
            self.publish(
                RunStarted(token=run.run.order.token, run=run.run.id, files=run.files)
            )
        while (contents := run.next_batch()) is not None:
            self._dispatch.add(contents, urgent=False)
        self._assign()
        if (store := run.next_store()) is not None:
            self._store(store)
        self._tell_progress(run)
        self._go_on_or_end(run)

    def _has_room(self) -> bool:
        waiting = self._dispatch.is_waiting(urgent=False)
        return not waiting and len(self._stores) < _STORES_IN_FLIGHT

    def _go_on_or_end(self, run: LibraryRun) -> None:
        if not run.exhausted:
            # Otherwise an answer of a worker or of the catalog continues the run.
            if self._has_room():
                self._continue()
            return
        if self._dispatch.is_busy(urgent=False) or self._stores:
            return
        if (store := run.next_store() or run.removed()) is not None:
            self._store(store)
            return
        self._end(run, None)

    # -- saves -----------------------------------------------------------------------

    @handles(PathsSettled)
    def _paths_settled(self, message: PathsSettled) -> None:
        if self._saves is None:
            self._known = self._known or self._open_catalog()
            self._saves = Saves(self._settings, self._classifier, self._known)
        self._saves.add(message)
        if self._dispatch.all_broken:
            # Until a run has tried to start them again.
            self._give_up_saves(next(iter(self._dispatch.broken.values())))
        if not self._looking:
            self._advance_saves()

    def _look_at_saves(self) -> None:
        if self._saves is not None and self._saves.has_work and not self._looking:
            self._looking = True
            self.tell_self(LookAtSaves())

    @handles(LookAtSaves)
    def _look_at_more_saves(self, _message: LookAtSaves) -> None:
        self._looking = False
        self._advance_saves()

    def _advance_saves(self) -> None:
        saves = self._saves
        if (
            saves is None
            or self._dispatch.is_waiting(urgent=True)
            or len(self._save_stores) >= _STORES_IN_FLIGHT
        ):
            # An answer of a worker or of the catalog continues.
            return
        saves.advance(time.monotonic() + _SLICE_S)
        while (contents := saves.next_batch()) is not None:
            self._dispatch.add(contents, urgent=True)
        self._assign()
        if (store := saves.next_store()) is not None:
            self._store(store, save=True)
        self._tell_saves(saves)
        self._look_at_saves()

    def _tell_saves(self, saves: Saves) -> None:
        for each in saves.looked_at():
            self.publish(each)
        if saves.is_idle and self._run is None:
            # No look is on its way that could be older than another one.
            saves.superseded.forget()

    def _give_up_saves(self, problem: str) -> None:
        if self._saves is not None:
            for each in self._saves.give_up(problem):
                self.publish(each)
            self._saves = None
            self._save_stores.clear()
            self._dispatch.forget(urgent=True)

    # -- workers ---------------------------------------------------------------------

    def _assign(self) -> None:
        while (assigned := self._dispatch.assign()) is not None:
            self._send(*assigned)

    def _send(self, number: int, held: Held) -> None:
        level = self._settings.level
        if not held.urgent and self._run is not None:
            level = self._run.run.order.level
        self._worker(held.worker).tell(
            ClassifyBatch(
                batch=number, level=level, contents=held.contents, urgent=held.urgent
            )
        )

    @handles(BatchClassified)
    def _take_answer(self, answer: BatchClassified) -> None:
        held = self._dispatch.answered(answer.batch)
        # A batch that was taken back, or given by an earlier incarnation, is void.
        if held is None:
            return
        if held.urgent:
            assert self._saves is not None  # noqa: S101 -- they are forgotten together
            self._store(self._saves.answered(answer), save=True)
            self._look_at_saves()
        elif self._run is not None:
            self._store(self._run.answered(answer))
            self._continue()
        self._assign()

    @handles(WorkerIdle)
    def _worker_idle(self, message: WorkerIdle) -> None:
        self._dispatch.take_back(message.worker)
        self._assign()

    @handles(WorkerCannotStart)
    def _take_broken(self, message: WorkerCannotStart) -> None:
        self._dispatch.broken[message.worker] = message.reason
        self._dispatch.take_back(message.worker)
        self._assign()
        if self._dispatch.all_broken:
            self._give_up_saves(message.reason)
            self._hinder(message.reason)

    # -- the catalog -----------------------------------------------------------------

    def _store(self, batch: Batch, *, save: bool = False) -> None:
        number = next_number()
        (self._save_stores if save else self._stores)[number] = batch
        if self._saves is not None:
            batch = self._saves.superseded.without(batch)
        self.request(self._catalog(), StoreBatch(number=number, batch=batch))

    @handles(BatchStored)
    def _take_stored(self, message: BatchStored) -> None:
        save = self._save_stores.pop(message.number, None)
        if save is not None and self._saves is not None:
            self._publish_classified(save, self._saves.stored(save), token="")
            self._tell_saves(self._saves)
            self._look_at_saves()
        batch = self._stores.pop(message.number, None)
        if batch is not None and self._run is not None:
            self._run.stored(batch)
            changed_at = tuple(state.mtime_ns / 1e9 for state in batch.files)
            token = self._run.run.order.token
            self._publish_classified(batch, changed_at, token)
            self._continue()

    def _publish_classified(
        self, batch: Batch, changed_at: tuple[float, ...], token: str
    ) -> None:
        self.publish(
            FilesClassified(
                token=token,
                paths=tuple(shown_name(state.raw) for state in batch.files),
                stored_at=time.time(),
                changed_at=changed_at,
            )
        )

    # -- the end of a run ------------------------------------------------------------

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
            case StoreBatch(number=number) if number in self._save_stores:
                self._save_lost(number, problem)
            case EndRun(finished=finished):
                # Still open in the catalog, but not to be begun again and again.
                self._finish(finished.replace(problem=problem))
            case _:
                self._hinder(problem)

    def _save_lost(self, number: int, problem: str) -> None:
        batch = self._save_stores.pop(number)
        if self._saves is not None:
            self._saves.stored(batch, problem)
            self._tell_saves(self._saves)
            self._look_at_saves()

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
        self._dispatch.forget(urgent=False)

    def _tell_progress(self, run: LibraryRun) -> None:
        now = time.monotonic()
        if run.listed and now - self._told_at >= _PROGRESS_INTERVAL_S:
            self._told_at = now
            self.publish(run.progress())

    def _open_catalog(self) -> Catalog:
        return Catalog(self._settings.state / "catalog.sqlite3", read_only=True)

    def _close(self) -> None:
        if self._known is not None:
            self._known.close()
            self._known = None

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
