"""A worker without a process: it classifies in its own thread."""

import contextlib
import time

from pykka import ActorDeadError

from orquestrador.messages.catalog import ClassifiedContent
from orquestrador.messages.monitor import ContentsTimed
from orquestrador.messages.record import Level
from orquestrador.messages.work import (
    BatchClassified,
    ClassifyBatch,
    ContentToClassify,
    FailedContent,
    PrepareWorker,
    WorkerIdle,
    WorkerMessage,
)
from orquestrador.supervisor import ProtocolActor, UnknownActorError, handles
from orquestrador.worker import answer, load


class InlineWorkerActor(ProtocolActor[WorkerMessage]):
    """Answers `ClassifyBatch` as `WorkerActor` does, for engine `inline`.

    A content that never ends cannot be stopped here: only a process can.
    """

    def __init__(self, name: str, function: str) -> None:
        """`function` is `module:function` of the classifier."""
        super().__init__()
        self._name = name
        self._classify = load(function)

    def on_start(self) -> None:
        """Say that nothing is in hand."""
        self._tell_classifier(WorkerIdle(worker=self._name))

    @handles(PrepareWorker)
    def _prepare(self, _message: PrepareWorker) -> None:
        """There is no process to start."""

    @handles(ClassifyBatch)
    def _classify_batch(self, message: ClassifyBatch) -> None:
        classified: list[ClassifiedContent] = []
        failed: list[FailedContent] = []
        seconds: list[float] = []
        for content in message.contents:
            if self.abandoned:
                return
            began = time.monotonic()
            answer = self._answer(content, message.level)
            seconds.append(time.monotonic() - began)
            if isinstance(answer, FailedContent):
                failed.append(answer)
            else:
                classified.append(answer)
        self.publish(ContentsTimed(seconds=tuple(seconds)))
        self._tell_classifier(
            BatchClassified(
                worker=self._name,
                batch=message.batch,
                classified=tuple(classified),
                failed=tuple(failed),
            )
        )

    def _answer(
        self, content: ContentToClassify, level: Level
    ) -> ClassifiedContent | FailedContent:
        record, reason = answer(content, level, self._classify)
        if record is None:
            return FailedContent(key=content.key, reason=reason or "", again=False)
        return ClassifiedContent(suffix=content.key.suffix, record=record)

    def _tell_classifier(self, message: WorkerIdle | BatchClassified) -> None:
        # It starts after its workers, knowing that it has given them nothing, and
        # stops before them, when nobody waits for an answer any more.
        with contextlib.suppress(UnknownActorError, ActorDeadError):
            self.system.ref("classifier").tell(message)
