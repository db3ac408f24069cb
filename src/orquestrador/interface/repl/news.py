"""Events of the running system, printed while one types."""

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from orquestrador.interface.session import Session
from orquestrador.interface.translation import _, ngettext, using
from orquestrador.library_system import LibrarySystem
from orquestrador.messages.backup import SnapshotFinished
from orquestrador.messages.run import RunFinished, RunStarted
from orquestrador.supervisor import (
    ChildFailed,
    ChildStarted,
    ChildStuck,
    SupervisorGaveUp,
)

if TYPE_CHECKING:
    from orquestrador.run_handle import Listener


class News:
    """Prints what happens, from a thread of the subscription's own."""

    def __init__(self, session: Session, system: LibrarySystem) -> None:
        """Be silent until `turn_on`."""
        self._session = session
        self._system = system
        self._subscriptions: list[Listener] = []

    @property
    def on(self) -> bool:
        """Whether events are printed."""
        return bool(self._subscriptions)

    def turn_on(self) -> None:
        """Print events from now on."""
        if self.on:
            return
        for kind, words in _WORDS.items():
            callback = self._teller(words)
            self._subscriptions.append(self._system.subscribe(kind, callback))

    def turn_off(self) -> None:
        """Print no more."""
        while self._subscriptions:
            self._subscriptions.pop().cancel()

    def tell_missed(self, count: int) -> None:
        """Say that events were left out, because this program stood still."""
        if count and self.on:
            words = ngettext(
                "{count} event was missed", "{count} events were missed", count
            )
            click.echo(
                click.style(f"· {words.format(count=count)}", dim=True), err=True
            )

    def _teller(self, words: Callable[[Any], str | None]) -> Callable[[Any], None]:
        translation = self._session.translation

        def tell(event: object) -> None:
            # The language is of the thread that typed, this is another one.
            with using(translation):
                line = words(event)
            # A terminal that is being closed takes no more words.
            with contextlib.suppress(OSError, ValueError):
                if line is not None:
                    # Words for people: a script's records stay by themselves.
                    click.echo(click.style(f"· {line}", dim=True), err=True)

        return tell


def _failed(event: ChildFailed) -> str:
    words = _("{name} failed ({reason}); its supervisor decides")
    return words.format(name=event.name, reason=event.reason.removeprefix("failed: "))


def _started(event: ChildStarted) -> str | None:
    if event.incarnation == 1:
        return None
    words = _("{name} is back, incarnation {number}")
    return words.format(name=event.name, number=event.incarnation)


def _stuck(event: ChildStuck) -> str:
    return _("{name} is stuck in {message} for {seconds} s").format(
        name=event.name, message=event.message_type, seconds=round(event.busy_s)
    )


def _gave_up(event: SupervisorGaveUp) -> str:
    return _("supervisor {name} gave up: {reason}").format(
        name=event.supervisor, reason=event.reason
    )


def _run_started(_event: RunStarted) -> str:
    return _("a classification has begun")


def _run_finished(event: RunFinished) -> str:
    if event.problem is not None:
        return _("a classification ended: {problem}").format(problem=event.problem)
    return _("a classification has ended: {files} files, {count} new contents").format(
        files=event.files, count=event.classified
    )


def _snapshot(event: SnapshotFinished) -> str | None:
    if event.problem is not None:
        return _("a snapshot failed: {problem}").format(problem=event.problem)
    if event.snapshot is None:
        return None
    return _("snapshot {id} was taken").format(id=event.snapshot.id)


_WORDS: dict[type, Callable[[Any], str | None]] = {
    ChildFailed: _failed,
    ChildStarted: _started,
    ChildStuck: _stuck,
    SupervisorGaveUp: _gave_up,
    RunStarted: _run_started,
    RunFinished: _run_finished,
    SnapshotFinished: _snapshot,
}
