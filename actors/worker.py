"""The actor of one worker process."""

import contextlib
import itertools
import signal
import time
from collections import Counter
from collections.abc import Iterator
from types import TracebackType
from typing import Any

import msgspec
from pykka import ActorDeadError

from orquestrador.actors.worker_process import WorkerProcess
from orquestrador.errors import OrquestradorError
from orquestrador.messages import Decoder
from orquestrador.messages.catalog import ClassifiedContent
from orquestrador.messages.monitor import ContentsTimed
from orquestrador.messages.work import (
    BatchClassified,
    CheckProcess,
    ClassifyBatch,
    ContentAnswered,
    ContentToClassify,
    FailedContent,
    OwnRulesGiven,
    PrepareWorker,
    ProcessEnded,
    ProcessFrame,
    UrgentBegun,
    WorkerCannotStart,
    WorkerIdle,
    WorkerMessage,
    WorkerReady,
)
from orquestrador.supervisor import ActorRef, ProtocolActor, UnknownActorError, handles

_CHECK_INTERVAL_S = 0.25
_START_LIMIT_S = 60.0
_process_numbers = itertools.count(1)
"""Over all actors and incarnations: a late frame never meets another's process."""

_ATTEMPTS = 2
"""A process may also be ended from outside; twice on one content, or before its first
answer, is no accident."""


class WorkerStartError(OrquestradorError):
    """A worker process ended before its first answer."""


class WorkerLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker process runs, and how much it may take."""

    function: str
    """`module:function` of the classifier."""

    memory_mb: int
    """Resident memory of the process."""

    content_limit_s: float
    """Seconds that one content may take."""

    profile: str = ""
    """The prop firm's that judges, encoded; empty for the default."""

    own: str = ""
    """The user's rules, encoded; empty for none."""

    def arguments(self) -> list[str]:
        """Return the command line of the process."""
        limits = [str(self.memory_mb), str(self.content_limit_s)]
        return [self.function, *limits, self.profile, "own" if self.own else ""]


class _Work:
    """A batch in hand and what has been answered of it, in its order."""

    def __init__(self, batch: ClassifyBatch) -> None:
        self.batch = batch
        self.sent: list[int] = list(range(len(batch.contents)))
        self.classified: list[ClassifiedContent] = []
        self.failed: list[FailedContent] = []
        self.deaths: Counter[int] = Counter()
        self.seconds: list[float] = []

    def frames(self) -> Iterator[ClassifyBatch]:
        """Yield what is still to be done, content by content.

        One frame with all of it would hold up an urgent one for as long as the pipe
        takes to carry it.
        """
        for index in self.sent:
            yield self.batch.replace(contents=(self.batch.contents[index],))

    def current(self) -> ContentToClassify:
        """Return the first content that is not answered."""
        return self.batch.contents[self.sent[0]]

    def settle(self, answer: ClassifiedContent | FailedContent) -> None:
        """Take the answer about the first content that was not answered."""
        del self.sent[0]
        if isinstance(answer, ClassifiedContent):
            self.classified.append(answer)
        else:
            self.failed.append(answer)


class WorkerActor(ProtocolActor[WorkerMessage | ProcessFrame | ProcessEnded]):
    """Hands `ClassifyBatch` to a process; tells the classifier `BatchClassified`.

    An urgent batch overtakes all that the process has not begun. The process starts
    with the first batch and serves until the actor ends. One that dies on a content is
    replaced: the content gets one more try, then it is named as failed, and the rest
    of the batch goes on. One that exceeds its time or memory is ended and its content
    named at once.

    Private state: the process and the batches it was given. A new incarnation
    begins without either and says so with `WorkerIdle`.
    """

    def __init__(self, name: str, limits: WorkerLimits) -> None:
        super().__init__()
        self._name = name
        self._limits = limits
        self._process: WorkerProcess | None = None
        self._number = 0
        self._ready = False
        self._failed_starts = 0
        self._since = time.monotonic()
        self._verdict: str | None = None
        self._work: dict[int, _Work] = {}
        self._begun: _Work | None = None
        self._frames: Decoder[WorkerReady | UrgentBegun | ContentAnswered] = Decoder(
            WorkerReady, UrgentBegun, ContentAnswered
        )

    def on_start(self) -> None:
        """Say that nothing is in hand."""
        self._tell_classifier(WorkerIdle(worker=self._name))

    def on_stop(self) -> None:
        """End the process."""
        self._kill()

    def on_failure(
        self,
        exception_type: type[BaseException] | None,
        exception_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the process: the next incarnation starts its own."""
        self._kill()

    @handles(PrepareWorker)
    def _prepare(self, _message: PrepareWorker) -> None:
        if self._process is None:
            self._start_process()

    @handles(ClassifyBatch)
    def _take(self, batch: ClassifyBatch) -> None:
        work = self._work[batch.batch] = _Work(batch)
        if self._process is None:
            self._start_process()
        else:
            if len(self._work) == 1:
                self._since = time.monotonic()
            self._give(self._process, work)
        self.timers.start_periodic("check", _CHECK_INTERVAL_S, CheckProcess())

    def _start_process(self) -> None:
        self._number = next(_process_numbers)
        self._ready = False
        self._begun = None
        self._verdict = None
        self._since = time.monotonic()
        number, ref = self._number, self.actor_ref
        self._process = WorkerProcess(
            self._limits.arguments(),
            on_frame=lambda data: _tell(ref, ProcessFrame(process=number, data=data)),
            on_end=lambda code, words: _tell(
                ref, ProcessEnded(process=number, exit_code=code, words=words)
            ),
        )
        if self._limits.own:
            # In front of every batch, also of an urgent one that comes later.
            self._process.send(OwnRulesGiven(rules=self._limits.own), urgent=True)
        for work in self._work.values():
            self._give(self._process, work)

    def _give(self, process: WorkerProcess, work: _Work) -> None:
        for each in work.frames():
            process.send(each, urgent=each.urgent)

    @handles(ProcessFrame)
    def _frame_arrived(self, frame: ProcessFrame) -> None:
        if frame.process != self._number:
            return
        answer = self._frames.decode(frame.data)
        began, self._since = self._since, time.monotonic()
        # It answered before it was ended: the next content is not to blame.
        self._verdict = None
        if isinstance(answer, WorkerReady):
            self._ready = True
            self._failed_starts = 0
        elif isinstance(answer, UrgentBegun):
            self._begun = self._work[answer.batch]
        else:
            self._begun = None
            work = self._work[answer.batch]
            work.seconds.append(self._since - began)
            self._take_answer(work, answer)

    def _take_answer(self, work: _Work, answer: ContentAnswered) -> None:
        if answer.record is None:
            self._fail(work, answer.reason or "", again=False)
            return
        suffix = work.current().key.suffix
        self._settle(
            work,
            ClassifiedContent(
                suffix=suffix, record=answer.record, sketch=answer.sketch
            ),
        )

    def _fail(self, work: _Work, reason: str, *, again: bool) -> None:
        key = work.current().key
        self._settle(work, FailedContent(key=key, reason=reason, again=again))

    def _settle(self, work: _Work, answer: ClassifiedContent | FailedContent) -> None:
        work.settle(answer)
        if not work.sent:
            self._finish(work)

    def _finish(self, work: _Work) -> None:
        del self._work[work.batch.batch]
        self.publish(ContentsTimed(seconds=tuple(work.seconds)))
        self._tell_classifier(
            BatchClassified(
                worker=self._name,
                batch=work.batch.batch,
                classified=tuple(work.classified),
                failed=tuple(work.failed),
            )
        )
        if not self._work:
            self.timers.cancel("check")

    @handles(ProcessEnded)
    def _process_ended(self, end: ProcessEnded) -> None:
        if end.process != self._number:
            return
        self._process = None
        if not self._ready:
            self._failed_starts += 1
            if self._failed_starts < _ATTEMPTS:
                # It may have been ended from outside.
                self._start_process()
                return
            reason = self._start_problem(end)
            self._tell_classifier(WorkerCannotStart(worker=self._name, reason=reason))
            raise WorkerStartError(reason)
        if not self._work:
            return
        self._blame(end)
        if self._work:
            self._start_process()

    def _blame(self, end: ProcessEnded) -> None:
        """Decide about the content on which the process ended."""
        work = self._current()
        if self._verdict is not None:
            self._fail(work, self._verdict, again=False)
            return
        index = work.sent[0]
        work.deaths[index] += 1
        if work.deaths[index] >= _ATTEMPTS:
            reason = f"classification ended the worker process: {_ending(end)}"
            self._fail(work, reason, again=True)

    def _current(self) -> _Work:
        """Return what the process works on, or would take next."""
        if self._begun is not None:
            return self._begun
        works = self._work.values()
        return next(
            (each for each in works if not each.batch.urgent), next(iter(works))
        )

    @handles(CheckProcess)
    def _check(self, _message: CheckProcess) -> None:
        process, elapsed = self._process, time.monotonic() - self._since
        if process is None or not self._work or self._verdict is not None:
            return
        if not self._ready:
            if elapsed > _START_LIMIT_S:
                self._verdict = f"did not answer within {_START_LIMIT_S:.0f} s"
                process.kill()
        elif elapsed > self._limits.content_limit_s:
            self._verdict = (
                "classification took longer than "
                f"{self._limits.content_limit_s:g} s and was stopped"
            )
            process.kill()
        elif process.resident_mb() > self._limits.memory_mb:
            self._verdict = (
                f"classification needed more than {self._limits.memory_mb} MB of "
                "memory and was stopped"
            )
            process.kill()

    def _start_problem(self, end: ProcessEnded) -> str:
        cause = self._verdict or _ending(end)
        return f"a worker process cannot start: {cause}" + (
            f"; its last words: {end.words}" if end.words else ""
        )

    def _tell_classifier(
        self, message: WorkerIdle | WorkerCannotStart | BatchClassified
    ) -> None:
        # It starts after its workers, knowing that it has given them nothing, and
        # stops before them, when nobody waits for an answer any more.
        with contextlib.suppress(UnknownActorError, ActorDeadError):
            self.system.ref("classifier").tell(message)

    def _kill(self) -> None:
        if self._process is not None:
            self._process.abandon()


def _tell(ref: ActorRef[Any], message: ProcessFrame | ProcessEnded) -> None:
    # The process outlives its actor for a moment; what it says then is void.
    with contextlib.suppress(ActorDeadError):
        ref.tell(message)


def _ending(end: ProcessEnded) -> str:
    if end.exit_code < 0:
        try:
            return f"signal {signal.Signals(-end.exit_code).name}"
        except ValueError:
            return f"signal {-end.exit_code}"
    return f"exit status {end.exit_code}"
