"""The classifier of a large input: sees each of its shards through."""

import contextlib
import itertools
import time
from collections import Counter, deque
from dataclasses import dataclass
from functools import cached_property, partial
from types import TracebackType
from typing import Any, Literal

from pykka import ActorDeadError

from orquestrador.actors.shard_engines import (
    InlineEngine,
    ProcessEngine,
    RayEngine,
    ShardEngine,
)
from orquestrador.errors import DatasetError, OrquestradorError
from orquestrador.messages import Decoder
from orquestrador.messages.run import RunFinished, RunProgressed, RunStarted
from orquestrador.messages.shards import (
    BeginShards,
    ClassifyShard,
    Shard,
    ShardClassified,
    ShardEnded,
    ShardProgram,
)
from orquestrador.ray_cluster import Lost
from orquestrador.shards.classifying import BEGUN
from orquestrador.shards.manifest import Manifest, read_manifest
from orquestrador.shards.places import folder_at
from orquestrador.supervisor import ActorRef, ProtocolActor, handles

_task_numbers = itertools.count(1)
"""Over all incarnations: a late answer never meets another's task."""

_ATTEMPTS = 2
"""A worker may also be ended from outside; twice on one content is no accident."""

_MOST_LOST = 5
"""Workers without a content to blame, or nodes, that may be lost under one shard."""


@dataclass(frozen=True, kw_only=True)
class ShardsPlace:
    """Where the shards are, and what classifies them."""

    to: str
    """Absolute folder, or URI, with the manifest."""

    token: str
    """Carried by every event."""

    program: ShardProgram
    engine: Literal["processes", "inline", "ray"]
    workers: int
    memory_mb: int
    ray_address: str


class _Care:
    """What was lost under a shard, and what is known to be harmful in it."""

    def __init__(self) -> None:
        self.careful = False
        self.lost: Counter[str] = Counter()
        self.harmful: list[int] = []


class ShardsActor(ProtocolActor[BeginShards | ShardEnded]):
    """Has every shard of a manifest classified that has no part yet.

    Tells the story of a run as events: `RunStarted`, `RunProgressed`, `RunFinished`.
    A shard is tried again when its worker dies: then with word left of each content, so
    that one which ends two workers is named in its record and left alone.

    Private state: the shards that wait, and those that the engine has. What is done is
    in the output folder, where a new incarnation finds it.
    """

    def __init__(self, place: ShardsPlace) -> None:
        super().__init__()
        self._place = place
        self._folder = folder_at(place.to)
        self._engine: ShardEngine | None = None
        self._began = time.monotonic()
        self._waiting: deque[Shard] = deque()
        self._under_way: dict[int, Shard] = {}
        self._care: dict[str, _Care] = {}
        self._failures: list[str] = []
        self._files = self._settled = self._classified = self._problems = 0
        self._answers = Decoder(ShardClassified)

    def on_start(self) -> None:
        """Begin, once all is in place."""
        self.tell_self(BeginShards())

    def on_stop(self) -> None:
        """End what is under way."""
        self._close()

    def on_failure(
        self,
        exception_type: type[BaseException] | None,
        exception_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End what is under way: the next incarnation has its own engine."""
        self._close()

    @handles(BeginShards)
    def _begin(self, _message: BeginShards) -> None:
        manifest = self._manifest
        self._clear()
        self._waiting.extend(manifest.missing(self._folder))
        self._files = sum(each.count for each in manifest.shards)
        self._settled = self._files - sum(each.count for each in self._waiting)
        self.publish(RunStarted(token=self._place.token, run=0, files=self._files))
        self._tell_progress(None)
        try:
            self._engine = new_engine(self._place)
        except (OrquestradorError, OSError) as error:
            self._end(f"engine {self._place.engine} cannot work: {error}")
            return
        self._go_on(self._engine)

    @cached_property
    def _manifest(self) -> Manifest:
        manifest = read_manifest(self._folder)
        if manifest is None:
            raise DatasetError(f"the manifest of {self._place.to} is gone")
        return manifest

    def _go_on(self, engine: ShardEngine) -> None:
        while self._waiting and len(self._under_way) < engine.slots:
            shard, number = self._waiting.popleft(), next(_task_numbers)
            self._under_way[number] = shard
            ended = partial(_tell, self.actor_ref, number)
            try:
                engine.submit(self._task(shard, engine), ended)
            except Exception as error:  # noqa: BLE001 -- Ray's own kinds, or no process
                self._end(f"engine {self._place.engine} takes no work: {error}")
                return
        if not self._under_way:
            self._finish()

    def _task(self, shard: Shard, engine: ShardEngine) -> ClassifyShard:
        care = self._care.get(shard.name, _Care())
        return ClassifyShard(
            job=self._manifest.job,
            shard=shard,
            to=self._place.to,
            program=self._place.program,
            fenced=engine.fenced,
            careful=care.careful,
            harmful=tuple(care.harmful),
        )

    @handles(ShardEnded)
    def _shard_ended(self, message: ShardEnded) -> None:
        shard = self._under_way.pop(message.task, None)
        if shard is None or self._engine is None:
            return
        if message.answer is not None:
            self._take(shard, self._answers.decode(message.answer))
        elif message.cause == "system":
            self._end(f"engine {self._place.engine} does not work: {message.reason}")
            return
        else:
            problem = self._lost(shard, message)
            if problem is not None:
                self._end(problem)
                return
        self._go_on(self._engine)

    def _take(self, shard: Shard, answer: ShardClassified) -> None:
        self._care.pop(shard.name, None)
        self._classified += answer.classified
        self._problems += answer.problems
        if answer.problem is None:
            self._settled += shard.count
        else:
            self._failures.append(answer.problem)
        self._tell_progress(shard)

    def _lost(self, shard: Shard, message: ShardEnded) -> str | None:
        """Have a lost shard done again; returns why the run is given up, if it is."""
        care = self._care.setdefault(shard.name, _Care())
        is_known = care.careful and message.cause == "worker"
        begun = self._begun(shard) if is_known else None
        care.careful = care.careful or message.cause == "worker"
        key = "unknown" if begun is None else str(begun)
        care.lost[key] += 1
        if begun is not None and care.lost[key] >= _ATTEMPTS:
            care.harmful.append(begun)
        elif care.lost["unknown"] >= _MOST_LOST:
            return f"{shard.name} ends whatever works on it: {message.reason}"
        self._waiting.appendleft(shard)
        return None

    def _begun(self, shard: Shard) -> int | None:
        """Return the content at which a shard's last worker ended, if it left word."""
        name = f"{BEGUN}{shard.name}"
        if name not in self._folder.names():
            return None
        begun = int(self._folder.read(name))
        self._folder.remove(name)
        return begun

    def _clear(self) -> None:
        """Remove what workers left that were ended in the middle."""
        for name in self._folder.names():
            is_draft = name.startswith(".part-") and name.endswith(".tmp")
            if is_draft or name.startswith(BEGUN):
                self._folder.remove(name)

    def _finish(self) -> None:
        self._clear()
        failed = len(self._failures)
        self._end(
            f"{failed} of {len(self._manifest.shards)} shards have no part; the first: "
            f"{self._failures[0]}"
            if failed
            else None
        )

    def _end(self, problem: str | None) -> None:
        self._waiting.clear()
        self._under_way.clear()
        self._close()
        self.publish(
            RunFinished(
                token=self._place.token,
                run=0,
                problem=problem,
                files=self._files,
                classified=self._classified,
                problems=self._problems,
                changed=self._classified > 0,
                duration_s=time.monotonic() - self._began,
                backup=False,
                report=False,
            )
        )

    def _tell_progress(self, shard: Shard | None) -> None:
        self.publish(
            RunProgressed(
                token=self._place.token,
                run=0,
                files=self._files,
                looked_at=self._settled,
                settled=self._settled,
                classified=self._classified,
                problems=self._problems,
                current=None if shard is None else shard.files[-1],
            )
        )

    def _close(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()


def new_engine(place: ShardsPlace) -> ShardEngine:
    """Return the engine that is asked for.

    Raises:
        OrquestradorError: if it is not installed.
        OSError: if nobody answers at its address.

    """
    match place.engine:
        case "inline":
            return InlineEngine()
        case "processes":
            return ProcessEngine(place.workers, place.memory_mb)
        case "ray":
            return RayEngine(place.workers, place.ray_address)


def _tell(ref: ActorRef[Any], task: int, found: bytes | Lost) -> None:
    message = (
        ShardEnded(task=task, answer=None, cause=found.cause, reason=found.reason)
        if isinstance(found, Lost)
        else ShardEnded(task=task, answer=found)
    )
    # A task outlives its actor for a moment; what is said of it then is void.
    with contextlib.suppress(ActorDeadError):
        ref.tell(message)
