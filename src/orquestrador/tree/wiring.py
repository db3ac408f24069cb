"""Who hears of what: the events that start the services' work."""

import contextlib
from functools import partial
from typing import Any

from pykka import ActorDeadError

from orquestrador.messages.backup import SaveClassified, SnapshotFinished
from orquestrador.messages.run import (
    ClassifyLibrary,
    FilesClassified,
    RunFinished,
    RunHindered,
    RunLost,
)
from orquestrador.messages.storing import BeginRun, EndRun, RunEnded
from orquestrador.messages.watching import OpenWatch
from orquestrador.supervisor import ActorRef, ActorSystem, DeadLetter, RequestFailed


def connect(system: ActorSystem) -> None:
    """Let the services hear the events that start their work."""
    tell_backup, tell_report, tell_classifier = (
        partial(_tell, system.ref(name)) for name in ("backup", "report", "classifier")
    )
    system.events.subscribe(RunFinished, tell_backup)
    system.events.subscribe(RunFinished, tell_report)
    system.events.subscribe(SnapshotFinished, tell_report)
    tell_keeper = partial(_tell, system.ref("keeper"))
    system.events.subscribe(SnapshotFinished, tell_keeper)
    system.events.subscribe(SnapshotFinished, partial(_tell, system.ref("organizer")))

    def tell_save(event: FilesClassified) -> None:
        # A run, which has a token, ends with a snapshot of its own.
        if not event.token:
            tell_keeper(SaveClassified())

    def hinder(letter: DeadLetter) -> None:
        name = getattr(letter.receiver, "name", "")
        if letter.error is not None and _works_on_runs(name):
            tell_classifier(RunHindered(reason=lost_work(letter)))

    def tell_loss(letter: DeadLetter) -> None:
        token = token_of(letter.message)
        if letter.error is not None and token is not None:
            system.events.publish(RunLost(token=token, reason=lost_work(letter)))

    system.events.subscribe(FilesClassified, tell_save)
    system.events.subscribe(DeadLetter, hinder)
    system.events.subscribe(DeadLetter, tell_loss)


def watch(system: ActorSystem) -> None:
    """Let the watcher begin: everybody is there who hears of its first run."""
    _tell(system.ref("watcher"), OpenWatch())


def _tell(ref: ActorRef[Any], message: object) -> None:
    # One that has stopped by now has made a dead letter of it.
    with contextlib.suppress(ActorDeadError):
        ref.tell(message)


def lost_work(letter: DeadLetter) -> str:
    """Return in one line which actor could not handle what, and why."""
    actor = getattr(letter.receiver, "name", "")
    message = type(letter.message).__name__
    error = letter.error
    return f"actor {actor!r} failed on {message}: {type(error).__name__}: {error}"


def token_of(message: object) -> str | None:
    """Return the token of the run that a message is about; None if of none."""
    match message:
        case ClassifyLibrary(order=order) | BeginRun(order=order):
            return order.token
        case EndRun(finished=finished) | RunEnded(finished=finished):
            return finished.token
        case RequestFailed(request=request):
            return token_of(request)
        case _:
            token: str | None = getattr(message, "token", None)
            return token


def _works_on_runs(name: str) -> bool:
    return name in {"catalog", "classifier"} or name.startswith("worker-")
