"""Each actor fails once on each type of message: nothing is lost by it.

The cases are read from the actors themselves, so that a new message has its test at
once, or fails the test that asks how it can be made to come.
"""

import contextlib
import threading
import time
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orquestrador import Orchestrator
from orquestrador.actors import (
    BackupActor,
    CatalogActor,
    ClassifierActor,
    MonitorActor,
    NotifierActor,
    ReportActor,
    WorkerActor,
)
from orquestrador.errors import CatalogError, RunFailedError
from orquestrador.messages.backup import RestoreInPlace, UndoRestore
from orquestrador.messages.correcting import CorrectLabels
from orquestrador.messages.monitor import (
    AcknowledgeAlert,
    GetExposition,
    GetHistory,
    SetSampling,
    SilenceAlert,
    TellAlert,
)
from orquestrador.messages.run import RunHindered
from orquestrador.messages.saves import LookAtSaves, PathsSettled
from orquestrador.messages.storing import StoreBatch
from orquestrador.messages.watching import WatcherState
from orquestrador.messages.work import (
    CheckProcess,
    ClassifyBatch,
    ProcessEnded,
    UrgentBegun,
    WorkerCannotStart,
    WorkerIdle,
)
from orquestrador.supervisor import Actor, ProtocolActor, RequestFailed

Export = Callable[[Path], bytes]
Inject = Callable[..., "Fault"]

ACTORS: tuple[type[Actor], ...] = (
    BackupActor,
    CatalogActor,
    ClassifierActor,
    MonitorActor,
    ReportActor,
    WorkerActor,
)


def handled(actor: type[Actor]) -> tuple[type, ...]:
    """The types of message that an actor says it takes."""
    if issubclass(actor, ProtocolActor):
        return tuple(actor._handlers)  # pyright: ignore[reportPrivateUsage]
    annotation = typing.get_type_hints(actor.on_receive)["message"]
    return typing.get_args(annotation) or (annotation,)


CASES = [(actor, message) for actor in ACTORS for message in handled(actor)]


ENDS_A_RUN = {(ClassifierActor, RequestFailed), (ClassifierActor, RunHindered)}
"""Handled to their end, these are the end of the run, with its reason."""

OF_SAVES = {PathsSettled, LookAtSaves, UrgentBegun}
"""Come with saves; here the whole library is one that was saved."""

ALWAYS = {
    "name": "always",
    "metric": "orquestrador_processes",
    "raise_at": 1,
    "clear_at": 0,
    "for_s": 0,
}
"""An alert that fires at once."""


class Fault:
    """Fails the first deliveries of one message type, before or after its handler."""

    def __init__(
        self, message_type: type, *, after: bool, times: int, error: type[Exception]
    ) -> None:
        self.message_type = message_type
        self.after = after
        self.error = error
        self.struck = 0
        self._times = times
        self._lock = threading.Lock()

    def strikes(self, message: object) -> bool:
        with self._lock:
            strikes = isinstance(message, self.message_type) and (
                self.struck < self._times
            )
            self.struck += strikes
            return strikes


@pytest.fixture
def inject(monkeypatch: pytest.MonkeyPatch) -> Inject:
    def patch(
        actor: type[Actor],
        message_type: type,
        *,
        after: bool = False,
        times: int = 1,
        error: type[Exception] = ZeroDivisionError,
    ) -> Fault:
        original: Any = actor.on_receive
        fault = Fault(message_type, after=after, times=times, error=error)

        def on_receive(self: Actor, message: Any) -> object:
            strikes = fault.strikes(message)
            if strikes and not fault.after:
                raise fault.error("injected")
            reply = original(self, message)
            if strikes:
                raise fault.error("injected")
            return reply

        monkeypatch.setattr(actor, "on_receive", on_receive)
        return fault

    return patch


def add_provocation(message: type, library: Path) -> None:
    """Add a file without which a message would not come."""
    if message is ProcessEnded:
        (library / "deadly.mq4").write_bytes(b"//FAULT segfault-once\n")
    elif message is CheckProcess:
        (library / "slow.mq4").write_bytes(b"//FAULT pause\n")


def provoke(actor: type[Actor], message: type, inject: Inject) -> str:
    """Make a message come that an undisturbed run has not; returns the classifier."""
    if actor is MonitorActor:
        if message is RequestFailed:
            inject(NotifierActor, TellAlert, times=2)
    elif message is WorkerIdle:
        inject(WorkerActor, ClassifyBatch)
    elif message is RunHindered:
        inject(WorkerActor, ClassifyBatch, times=2)
    elif message is RequestFailed:
        inject(CatalogActor, StoreBatch, error=CatalogError)
    elif message is WorkerCannotStart:
        return "faulty_classifiers:broken_at_first"
    return "faulty_classifiers:faulty"


def settings(actor: type[Actor], message: type) -> dict[str, Any]:
    """Worker processes only where it is about them; they take time to start."""
    about_workers = {*handled(WorkerActor), WorkerIdle, WorkerCannotStart, RunHindered}
    processes = actor is WorkerActor or message in about_workers
    return {
        "classification": {
            "engine": "processes" if processes else "inline",
            "workers": 2 if message is WorkerCannotStart else 1,
        },
        "monitor": {"interval_s": 0.1},
        "alerts": {"own": [ALWAYS]},
        "report": {"interval_s": 1.0, "schedule": "every 1h"},
    }


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("actor", "message"), CASES, ids=lambda each: each.__name__)
def test_a_failure_on_the_first_delivery_costs_nothing(
    actor: type[Actor],
    message: type,
    when: str,
    library: Path,
    tmp_path: Path,
    inject: Inject,
    export: Export,
    undisturbed: Export,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("orquestrador.actors.report.LOOK_S", 0.1)
    add_provocation(message, library)
    expected = undisturbed(library)
    after = when == "after"
    function = provoke(actor, message, inject)
    fault = inject(actor, message, after=after)
    with Orchestrator(
        library,
        state=tmp_path / "state",
        settings=settings(actor, message),
        classify=function,
        # The monitor asks a watcher how it is as soon as both are there.
        watch=message is WatcherState,
    ) as orq:
        if message in OF_SAVES:
            orq.tell("classifier", PathsSettled(paths=(b"",)))
            while not fault.struck:
                time.sleep(0.01)
        if (actor, message) in ENDS_A_RUN:
            with pytest.raises(RunFailedError, match="injected"):
                orq.classify().result(timeout=60)
        if message is CorrectLabels:
            correct_and_clear(orq, library)
        result = orq.classify().result(timeout=60)
        orq.backup(timeout=60)
        orq.report(timeout=60)
        if actor is MonitorActor:
            disturb_monitor(orq, fault)
        if message in {RestoreInPlace, UndoRestore}:
            assert result.snapshot is not None
            restore_and_undo(orq, library, result.snapshot.id)
        # What failed after its handler may have answered before its restart.
        while not has_restarted(orq, actor):
            time.sleep(0.01)
    assert fault.struck == 1
    files = [path for path in library.rglob("*") if path.is_file()]
    assert result.files == result.summary.files == len(files)
    assert result.summary.pending == 0
    assert export(tmp_path / "state") == expected
    assert result.snapshot_problem is None
    assert result.snapshot is not None
    assert result.snapshot.files == len(files)
    assert len(result.reports) == 2
    assert all(Path(path).stat().st_size for path in result.reports)


def has_restarted(orq: Orchestrator, actor: type[Actor]) -> bool:
    name = actor.__name__.removesuffix("Actor").lower()
    return any(
        each.restarts and each.name.startswith(name) for each in orq.system.snapshot()
    )


def correct_and_clear(orq: Orchestrator, library: Path) -> None:
    """Correct the labels of a content, and take that back."""
    path = min(path for path in library.rglob("*") if path.is_file())
    # One that is lost is told; the user says it again.
    with contextlib.suppress(RunFailedError):
        orq.label(path, note="read once", timeout=60)
    assert orq.label(path, note="read twice", timeout=60).note == "read twice"
    orq.unlabel(path, timeout=60)


def restore_and_undo(orq: Orchestrator, library: Path, snapshot: str) -> None:
    """Restore one file that was changed meanwhile, and take that back."""
    path = min(path for path in library.rglob("*") if path.is_file())
    kept = path.read_bytes()
    path.write_bytes(b"// changed")
    orq.restore(snapshot, force=True, timeout=60)
    assert path.read_bytes() == kept
    orq.undo_restore(timeout=60)
    assert path.read_bytes() == b"// changed"
    path.write_bytes(kept)


def disturb_monitor(orq: Orchestrator, fault: Fault) -> None:
    """Nothing of a run is the monitor's: wait until its fault has struck."""
    while not fault.struck:
        orq.tell("monitor", SetSampling(enabled=True))
        for question in (
            GetHistory(metric="orquestrador_processes"),
            GetExposition(),
            AcknowledgeAlert(rule="always"),
            SilenceAlert(rule="always", seconds=0),
        ):
            with contextlib.suppress(ZeroDivisionError):
                orq.system.ref("monitor").ask(question, timeout=30)
        with contextlib.suppress(ZeroDivisionError):
            orq.metrics(timeout=30)
    assert {each.name for each in orq.metrics(timeout=30).actors} >= {"catalog"}
