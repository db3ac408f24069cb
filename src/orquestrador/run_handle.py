"""A run as its caller holds it: events while it goes on, a result at its end."""

import queue
import time
from collections.abc import Callable, Iterator
from typing import Any, Protocol, TypeVar

from orquestrador.errors import OperationTimeoutError, RunFailedError
from orquestrador.messages import Message
from orquestrador.messages.backup import Snapshot, SnapshotFinished
from orquestrador.messages.catalog import Summary
from orquestrador.messages.report import ReportFinished
from orquestrador.messages.run import (
    FilesClassified,
    RunFinished,
    RunLost,
    RunOrder,
    RunProgressed,
    RunStarted,
)

E = TypeVar("E")
M = TypeVar("M", bound=Message)

SLICE_S = 0.1
"""A wait on the caller's thread is cut into these: Ctrl-C must be heard on Windows."""

_TOLD = (
    RunStarted,
    RunProgressed,
    FilesClassified,
    RunFinished,
    RunLost,
    SnapshotFinished,
    ReportFinished,
)


class Listener(Protocol):
    """A callback's place in a stream of events."""

    def cancel(self) -> None:
        """Hear nothing more; harmless when done twice."""
        ...


class TellingSystem(Protocol):
    """What it takes to follow a run."""

    def subscribe(self, event: type[M], callback: Callable[[M], object]) -> Listener:
        """Call `callback` with every event of this type."""
        ...

    def check(self) -> None:
        """Raise what ended the system, if it has ended."""
        ...


class RunningSystem(TellingSystem, Protocol):
    """What a run's handle needs of the orchestrator."""

    def summary(self) -> Summary:
        """Return the library in figures."""
        ...


class RunResult(Message):
    """How a run ended."""

    summary: Summary
    """The library after the run."""

    files: int
    """Files the run looked at."""

    classified: int
    """Contents it classified."""

    problems: int
    """Files it could not read or classify."""

    changed: bool
    duration_s: float
    snapshot: Snapshot | None
    """None when none was asked for, or nothing changed since the newest."""

    snapshot_problem: str | None
    reports: tuple[str, ...]
    """Absolute paths."""

    report_problem: str | None


class FollowedRun:
    """A run under way, by what is told about it."""

    def __init__(self, system: TellingSystem, order: RunOrder) -> None:
        """Listen for what is told about the run of `order`."""
        self.order = order
        self._system = system
        self._told: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._events: list[Message] = []
        self._subscriptions = [system.subscribe(kind, self._hear) for kind in _TOLD]
        self._lost: RunLost | None = None
        self._progress: RunProgressed | None = None

    @property
    def progress(self) -> RunProgressed | None:
        """How far the run is, by what `events` or `result` have heard."""
        return self._progress

    @property
    def pending(self) -> tuple[str, ...]:
        """What has not ended: `classification`, `snapshot`, `report`, in this order.

        By what `events` or `result` have heard. A run that failed has no snapshot
        and no report.
        """
        finished = self._found(RunFinished)
        if finished is not None and finished.problem is not None:
            return ()
        wanted = (
            ("classification", RunFinished, True),
            ("snapshot", SnapshotFinished, self.order.backup),
            ("report", ReportFinished, self.order.report),
        )
        return tuple(
            part
            for part, kind, is_wanted in wanted
            if is_wanted and self._found(kind) is None
        )

    def events(self, *, until: Callable[[], bool] | None = None) -> Iterator[Message]:
        """Yield the run's events until it, its snapshot and its reports have ended.

        Args:
            until: asked before each event and several times a second; once it says
                True no more are yielded, whether or not the run has ended.

        Raises:
            RunFailedError: if the system ends before the run.

        """
        while not (self._is_over() or (until is not None and until())):
            event = self._next(None)
            if event is not None:
                yield event

    def wait(self, timeout: float | None = None) -> RunFinished:
        """Wait for the end of the run, its snapshot and its reports.

        Args:
            timeout: seconds; None waits for as long as it takes.

        Returns:
            How it ended, also if that was before every file had its turn.

        Raises:
            RunFailedError: if the system ends before the run.
            OperationTimeoutError: if it has not ended; it goes on.

        """
        until = None if timeout is None else time.monotonic() + timeout
        while not self._is_over():
            self._next(until)
            if until is not None and time.monotonic() >= until and not self._is_over():
                parts = self.pending
                raise OperationTimeoutError(
                    f"{', '.join(parts)}: not ended within {timeout:g} s", *parts
                )
        finished = self._found(RunFinished)
        assert finished is not None  # noqa: S101 -- _is_over says so
        return finished

    def _hear(self, event: Any) -> None:  # noqa: ANN401 -- one of _TOLD
        if event.token == self.order.token:
            self._told.put(event)

    def _next(self, until: float | None) -> Message | None:
        wait_s = SLICE_S if until is None else min(SLICE_S, until - time.monotonic())
        try:
            event = self._told.get(timeout=max(0.0, wait_s))
        except queue.Empty:
            self._system.check()
            if self._lost is not None:
                # Nobody will ever tell the end of this run.
                raise RunFailedError(self._lost.reason) from None
            return None
        if isinstance(event, RunLost):
            self._lost = event
            return None
        if isinstance(event, RunProgressed):
            self._progress = event
        if isinstance(event, RunFinished | SnapshotFinished | ReportFinished):
            self._events.append(event)
        if self._is_over():
            for subscription in self._subscriptions:
                subscription.cancel()
        return event

    def _found(self, kind: type[E]) -> E | None:
        return next((each for each in self._events if isinstance(each, kind)), None)

    def _is_over(self) -> bool:
        return not self.pending


class RunHandle(FollowedRun):
    """A run under way; made by `Orchestrator.classify`."""

    def __init__(self, orchestrator: RunningSystem, order: RunOrder) -> None:
        """Listen for what is told about the run of `order`."""
        super().__init__(orchestrator, order)
        self._orchestrator = orchestrator

    def result(self, timeout: float | None = None) -> RunResult:
        """Wait for the end of the run, its snapshot and its reports.

        Args:
            timeout: seconds; None waits for as long as it takes.

        Raises:
            RunFailedError: if it ended before every file had its turn; what was
                classified until then is kept.
            OperationTimeoutError: if it has not ended; it goes on.

        """
        finished = self.wait(timeout)
        if finished.problem is not None:
            raise RunFailedError(finished.problem)
        snapshot, report = self._found(SnapshotFinished), self._found(ReportFinished)
        return RunResult(
            summary=self._orchestrator.summary(),
            files=finished.files,
            classified=finished.classified,
            problems=finished.problems,
            changed=finished.changed,
            duration_s=finished.duration_s,
            snapshot=snapshot.snapshot if snapshot else None,
            snapshot_problem=snapshot.problem if snapshot else None,
            reports=report.paths if report else (),
            report_problem=report.problem if report else None,
        )
