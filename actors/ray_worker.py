"""A worker whose work is done by a Ray cluster."""

import contextlib
import itertools
import time
from collections import Counter, deque
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn

from pykka import ActorDeadError

from orquestrador.actors.worker import WorkerStartError
from orquestrador.errors import OrquestradorError
from orquestrador.messages.monitor import ContentsTimed
from orquestrador.messages.work import (
    BatchClassified,
    ClassifyBatch,
    ContentKey,
    FailedContent,
    PieceClassified,
    PrepareWorker,
    TaskEnded,
    WorkerCannotStart,
    WorkerIdle,
    WorkerMessage,
)
from orquestrador.ray_cluster import Lost, Task, join, leave, outcome, submit
from orquestrador.supervisor import ActorRef, ProtocolActor, UnknownActorError, handles

if TYPE_CHECKING:
    from orquestrador.messages.catalog import ClassifiedContent

_task_numbers = itertools.count(1)
"""Over all actors and incarnations: a late answer never meets another's task."""

_ATTEMPTS = 2
"""A worker of the cluster may also be ended from outside; twice on one content is no
accident."""

_NODES_LOST = 5
"""Nodes that may be lost under one content before the cluster is given up."""


@dataclass(frozen=True)
class RayPlace:
    """Which cluster."""

    address: str
    """As Ray writes it; "" is one on this machine."""

    cpus: int
    """Tasks at a time of one on this machine."""


class _Work:
    """A batch in hand: the pieces that wait, and what has been answered."""

    def __init__(self, batch: ClassifyBatch) -> None:
        self.batch = batch
        self.pieces: deque[ClassifyBatch] = deque([batch])
        self.classified: list[ClassifiedContent] = []
        self.failed: list[FailedContent] = []
        self.lost: Counter[tuple[str, ContentKey]] = Counter()
        self.seconds: list[float] = []

    def take(self, answer: PieceClassified, seconds: float) -> None:
        """Take an answer; its time is shared among its contents."""
        self.classified += answer.classified
        self.failed += answer.failed
        count = len(answer.classified) + len(answer.failed)
        self.seconds += [seconds / count] * count

    def again(self, piece: ClassifyBatch, lost: Lost) -> str | None:
        """Have a lost piece done once more, content by content.

        Returns:
            Why the cluster is given up; None: it is not.

        """
        first, *others = piece.contents
        if others:
            alone = (piece.replace(contents=(each,)) for each in piece.contents)
            self.pieces.extend(alone)
            return None
        key = first.key
        self.lost[lost.cause, key] += 1
        if self.lost["node", key] >= _NODES_LOST:
            return lost.reason
        if self.lost["worker", key] < _ATTEMPTS:
            self.pieces.append(piece)
            return None
        reason = (
            "classification ended a worker of the cluster, or took too long: "
            f"{lost.reason}"
        )
        self.failed.append(FailedContent(key=key, reason=reason, again=True))
        return None


@dataclass(frozen=True)
class _Submitted:
    work: _Work
    piece: ClassifyBatch
    future: Future[bytes]
    since: float


class RayWorkerActor(ProtocolActor[WorkerMessage | TaskEnded]):
    """Answers `ClassifyBatch` as `WorkerActor` does, for engine `ray`.

    A batch is a task; an urgent one does not wait for what is under way. A task whose
    worker dies is repeated content by content, so that the guilty one is named.

    Private state: the batches it was given and the tasks under way. A new incarnation
    begins without either and says so with `WorkerIdle`.
    """

    def __init__(self, name: str, task: Task, place: RayPlace) -> None:
        super().__init__()
        self._name = name
        self._task = task
        self._place = place
        self._joined = False
        self._tasks: dict[int, _Submitted] = {}

    def on_start(self) -> None:
        """Say that nothing is in hand."""
        self._tell_classifier(WorkerIdle(worker=self._name))

    def on_stop(self) -> None:
        """Leave the cluster."""
        self._leave()

    def on_failure(
        self,
        exception_type: type[BaseException] | None,
        exception_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leave the cluster: the next incarnation joins it anew."""
        self._leave()

    @handles(PrepareWorker)
    def _prepare(self, _message: PrepareWorker) -> None:
        self._join()

    @handles(ClassifyBatch)
    def _take(self, batch: ClassifyBatch) -> None:
        self._join()
        self._advance(_Work(batch))

    @handles(TaskEnded)
    def _task_ended(self, message: TaskEnded) -> None:
        ended = self._tasks.pop(message.task, None)
        if ended is None:
            return
        work, found = ended.work, outcome(ended.future)
        if isinstance(found, PieceClassified):
            work.take(found, time.monotonic() - ended.since)
        else:
            given_up = (
                found.reason
                if found.cause == "system"
                else work.again(ended.piece, found)
            )
            if given_up is not None:
                self._give_up(f"the Ray cluster does not work: {given_up}")
        self._advance(work)

    def _advance(self, work: _Work) -> None:
        if not work.pieces:
            self._finish(work)
            return
        piece, number = work.pieces.popleft(), next(_task_numbers)
        ended = partial(_tell, self.actor_ref, TaskEnded(task=number))
        try:
            future = submit(piece, self._task, ended)
        except Exception as error:  # noqa: BLE001 -- Ray's own kinds, and Ray may be missing
            self._give_up(f"the Ray cluster takes no work: {error}")
        self._tasks[number] = _Submitted(work, piece, future, time.monotonic())

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

    def _join(self) -> None:
        if self._joined:
            return
        try:
            join(self._place.address, self._place.cpus)
        except (OrquestradorError, OSError) as error:
            self._give_up(f"engine ray cannot work: {error}")
        self._joined = True

    def _leave(self) -> None:
        self._tasks.clear()
        if self._joined:
            self._joined = False
            leave()

    def _give_up(self, reason: str) -> NoReturn:
        self._tell_classifier(WorkerCannotStart(worker=self._name, reason=reason))
        raise WorkerStartError(reason)

    def _tell_classifier(
        self, message: WorkerIdle | WorkerCannotStart | BatchClassified
    ) -> None:
        # It starts after its workers, knowing that it has given them nothing, and
        # stops before them, when nobody waits for an answer any more.
        with contextlib.suppress(UnknownActorError, ActorDeadError):
            self.system.ref("classifier").tell(message)


def _tell(ref: ActorRef[Any], message: TaskEnded) -> None:
    # The task outlives its actor for a moment; what it says then is void.
    with contextlib.suppress(ActorDeadError):
        ref.tell(message)
