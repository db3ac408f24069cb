"""A worker without a process: it classifies in its own thread."""

import contextlib
import time
from collections import deque
from typing import TYPE_CHECKING

from pykka import ActorDeadError

from orquestrador.messages.monitor import ContentsTimed
from orquestrador.messages.work import (
    BatchClassified,
    ClassifyBatch,
    ClassifyNext,
    FailedContent,
    PrepareWorker,
    WorkerIdle,
    WorkerMessage,
)
from orquestrador.supervisor import ProtocolActor, UnknownActorError, handles
from orquestrador.worker import load, settled

if TYPE_CHECKING:
    from orquestrador.messages.catalog import ClassifiedContent


class _Work:
    """A batch in hand: what is still to do, the next last, and what is done."""

    def __init__(self, batch: ClassifyBatch) -> None:
        self.batch = batch
        self.contents = list(reversed(batch.contents))
        self.classified: list[ClassifiedContent] = []
        self.failed: list[FailedContent] = []
        self.seconds: list[float] = []


class InlineWorkerActor(ProtocolActor[WorkerMessage]):
    """Answers `ClassifyBatch` as `WorkerActor` does, for engine `inline`.

    A content that never ends cannot be stopped here: only a process can.

    Private state: the batches it was given. A new incarnation begins without any and
    says so with `WorkerIdle`.
    """

    def __init__(
        self, name: str, function: str, profile: str = "", own: str = ""
    ) -> None:
        """See `load` of the worker process for all but the name."""
        super().__init__()
        self._name = name
        self._classify = load(function, profile, own)
        self._urgent: deque[_Work] = deque()
        self._bulk: deque[_Work] = deque()

    def on_start(self) -> None:
        """Say that nothing is in hand."""
        self._tell_classifier(WorkerIdle(worker=self._name))

    @handles(PrepareWorker)
    def _prepare(self, _message: PrepareWorker) -> None:
        """There is no process to start."""

    @handles(ClassifyBatch)
    def _take(self, message: ClassifyBatch) -> None:
        work = _Work(message)
        (self._urgent if message.urgent else self._bulk).append(work)
        self.tell_self(ClassifyNext())

    @handles(ClassifyNext)
    def _classify_next(self, _message: ClassifyNext) -> None:
        # One content, so that an urgent batch waits for no more than that.
        works = self._urgent or self._bulk
        if not works:
            return
        work = works[0]
        if work.contents:
            content = work.contents.pop()
            began = time.monotonic()
            answer = settled(content, work.batch.level, self._classify)
            work.seconds.append(time.monotonic() - began)
            if isinstance(answer, FailedContent):
                work.failed.append(answer)
            else:
                work.classified.append(answer)
        if not work.contents:
            works.popleft()
            self._finish(work)
        if self._urgent or self._bulk:
            self.tell_self(ClassifyNext())

    def _finish(self, work: _Work) -> None:
        self.publish(ContentsTimed(seconds=tuple(work.seconds)))
        self._tell_classifier(
            BatchClassified(
                worker=self._name,
                batch=work.batch.batch,
                classified=tuple(work.classified),
                failed=tuple(work.failed),
            )
        )

    def _tell_classifier(self, message: WorkerIdle | BatchClassified) -> None:
        # It starts after its workers, knowing that it has given them nothing, and
        # stops before them, when nobody waits for an answer any more.
        with contextlib.suppress(UnknownActorError, ActorDeadError):
            self.system.ref("classifier").tell(message)
