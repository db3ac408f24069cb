"""The engines: where shards are classified, behind one small interface."""

import threading
from collections.abc import Callable
from typing import Protocol

from orquestrador.actors.worker_process import WorkerProcess
from orquestrador.messages import encode
from orquestrador.messages.shards import ClassifyShard
from orquestrador.ray_cluster import Lost, call, join, leave
from orquestrador.shards.classifying import classify_encoded

OnEnd = Callable[[bytes | Lost], None]
"""Called once with a `ShardClassified` in bytes, or with what ended the shard; from a
thread of the engine's, or before `submit` returns."""


class ShardEngine(Protocol):
    """Classifies shards, so many at a time, each at most once."""

    slots: int
    """Shards at a time; the caller submits no more."""

    fenced: bool
    """Whether a content that takes too long ends a process that is not ours."""

    def submit(self, task: ClassifyShard, on_end: OnEnd) -> None:
        """Begin a shard."""
        ...

    def close(self) -> None:
        """End what is under way; nobody hears of it any more."""
        ...


class InlineEngine:
    """Classifies in the caller's thread; a content that hangs cannot be stopped."""

    slots = 1
    fenced = False

    def submit(self, task: ClassifyShard, on_end: OnEnd) -> None:
        """See `ShardEngine`."""
        on_end(classify_encoded(encode(task)))

    def close(self) -> None:
        """There is nothing to end."""


class ProcessEngine:
    """Classifies in processes of this machine; one that dies is replaced."""

    fenced = True

    def __init__(self, slots: int, memory_mb: int) -> None:
        """`memory_mb` is what one of the processes may take."""
        self.slots = slots
        self._idle = [_Process(memory_mb, self._settle) for _ in range(slots)]
        self._all = tuple(self._idle)
        self._lock = threading.Lock()

    def submit(self, task: ClassifyShard, on_end: OnEnd) -> None:
        """See `ShardEngine`."""
        with self._lock:
            process = self._idle.pop()
        process.submit(task, on_end)

    def _settle(self, process: "_Process", found: bytes | Lost, on_end: OnEnd) -> None:
        with self._lock:
            self._idle.append(process)
        on_end(found)

    def close(self) -> None:
        """See `ShardEngine`."""
        for each in self._all:
            each.close()


class _Process:
    """A process and the shard that it has, if any."""

    def __init__(
        self,
        memory_mb: int,
        settle: Callable[["_Process", bytes | Lost, OnEnd], None],
    ) -> None:
        self._arguments = (str(memory_mb),)
        self._settle = settle
        # An idle process may end while it is given a shard.
        self._lock = threading.Lock()
        self._process: WorkerProcess | None = None
        self._ready = False
        self._on_end: OnEnd | None = None

    def submit(self, task: ClassifyShard, on_end: OnEnd) -> None:
        with self._lock:
            self._on_end = on_end
            if self._process is None:
                self._ready = False
                self._process = WorkerProcess(
                    self._arguments,
                    self._frame_arrived,
                    self._ended,
                    "orquestrador.shards.process",
                )
            self._process.send(task)

    def close(self) -> None:
        with self._lock:
            if self._process is not None:
                self._process.abandon()

    def _frame_arrived(self, data: bytes) -> None:
        with self._lock:
            # The first frame says that the process can work.
            on_end = self._taken() if self._ready else None
            self._ready = True
        if on_end is not None:
            self._settle(self, data, on_end)

    def _ended(self, exit_code: int, words: str) -> None:
        with self._lock:
            self._process = None
            on_end = self._taken()
        if on_end is not None:
            last = words.rpartition("\n")[2][-300:]
            said = f"a process ended with {exit_code}: {last}".rstrip(": ")
            # Before it could work no content was to blame.
            self._settle(self, Lost("worker" if self._ready else "node", said), on_end)

    def _taken(self) -> OnEnd | None:
        on_end, self._on_end = self._on_end, None
        return on_end


class RayEngine:
    """Classifies as tasks of a Ray cluster; every node sees input and output."""

    fenced = True

    def __init__(self, slots: int, address: str) -> None:
        """See `join`.

        Raises:
            RayMissingError: Ray is not installed.
            ConnectionError: nobody answers at the address.

        """
        self.slots = slots
        self._open = True
        join(address, slots)

    def submit(self, task: ClassifyShard, on_end: OnEnd) -> None:
        """See `ShardEngine`."""
        call("orquestrador.shards.classifying:classify_encoded", encode(task), on_end)

    def close(self) -> None:
        """Leave the cluster."""
        if self._open:
            self._open = False
            leave()
