"""The library of a system in this process, for the threads of the page."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import pykka

from orquestrador.actors import DashboardPlace
from orquestrador.config.sections import OrchestratorSettings, OrganizeSettings
from orquestrador.errors import LibraryError, RunFailedError, UnknownActorError
from orquestrador.interface.web.api.log_tails import LogTails
from orquestrador.interface.web.figures import Figures
from orquestrador.interface.web.page import CLASSIFIER
from orquestrador.library_system import LibrarySystem
from orquestrador.messages import Message, Question
from orquestrador.messages.control import GetStatus, RunDefaults
from orquestrador.messages.monitor import MetricsSampled
from orquestrador.messages.run import RunProgressed
from orquestrador.messages.sameness import CopyGroup
from orquestrador.messages.watching import WatcherState
from orquestrador.run_handle import Listener
from orquestrador.supervisor import ActorSystem

M = TypeVar("M", bound=Message)
R = TypeVar("R")

ANSWER_S = 5.0
"""An actor that takes longer is said not to answer."""


class PageLibrary(LibrarySystem):
    """The library that a page shows; used from any thread but an actor's."""

    def __init__(self, place: DashboardPlace, system: ActorSystem) -> None:
        """Reach the actors of `system`."""
        self.place = place
        self.figures = Figures(system)
        self.log = LogTails(place.state / "log")
        self._system = system
        self._open = True
        self._copies: tuple[int | None, tuple[CopyGroup, ...]] | None = None

    @property
    def library(self) -> Path:  # type: ignore[override] # read alone
        """Its folder, absolute."""
        return self.place.folder

    @property
    def state(self) -> Path:  # type: ignore[override] # read alone
        """The state folder, absolute."""
        return self.place.state

    @property
    def defaults(self) -> RunDefaults:
        """What a run does where its order says nothing."""
        return self.place.defaults

    @property
    def settings(self) -> OrchestratorSettings:
        """The system's settings."""
        return self.place.settings

    @property
    def _organizing(self) -> OrganizeSettings:
        return self.place.settings.organize

    def close(self) -> None:
        """Let nobody wait any longer."""
        self._open = False

    def subscribe(self, event: type[M], callback: Callable[[M], object]) -> Listener:
        """Call `callback` with every event of this type, on the events' own thread."""
        return self._system.events.subscribe(event, callback)

    def check(self) -> None:
        """Raise when the page is being closed.

        Raises:
            LibraryError: says so.

        """
        if not self._open:
            raise LibraryError("the page is being closed; the system may go on")

    def tell(self, actor: str, message: Message) -> None:
        """Send one of the actors a message.

        Raises:
            LibraryError: if this system has no such actor.

        """
        try:
            self._system.ref(actor).tell(message)
        except (UnknownActorError, pykka.ActorDeadError) as error:
            raise LibraryError(f"this system has no {actor} just now") from error

    def ask(self, actor: str, request: Question[Any, R]) -> R:
        """Ask one of the actors, and wait for the answer.

        Raises:
            LibraryError: if this system has no such actor.
            RunFailedError: if it does not answer in time.

        """
        try:
            return cast("R", self._system.ref(actor).ask(request, timeout=ANSWER_S))
        except (UnknownActorError, pykka.ActorDeadError) as error:
            raise LibraryError(f"this system has no {actor} just now") from error
        except pykka.Timeout as error:
            raise RunFailedError(
                f"{actor} has not answered within {ANSWER_S:g} s"
            ) from error

    def metrics(self, *, timeout: float = ANSWER_S) -> MetricsSampled:  # noqa: ARG002 -- one limit for all
        """Return a fresh sample of the machine, the process and every actor."""
        return self.figures.sample()

    def copies_of(self, path: str) -> CopyGroup | None:
        """Return the group of near copies that a file is in.

        The groups of a large library take a second: they are kept until something
        is stored.
        """
        with self.catalog() as catalog:
            saved = catalog.about().saved_at_ns
            known = self._copies
            if known is None or known[0] != saved:
                known = self._copies = saved, catalog.copies()
        return next(
            (
                group
                for group in known[1]
                if any(copy.path == path for copy in group.copies)
            ),
            None,
        )

    def run(self) -> RunProgressed | None:
        """Return how far the run under way is; None where that is not known."""
        try:
            return self.ask("control", GetStatus()).run
        except (LibraryError, RunFailedError):
            return None

    def pause(self, *, paused: bool) -> None:
        """Let the classifier's work wait, or go on; what it has in hand is ended.

        Raises:
            LibraryError: if this system has no classifier just now.

        """
        act = self._system.suspend if paused else self._system.resume
        try:
            act(CLASSIFIER)
        except UnknownActorError as error:
            raise LibraryError(f"this system has no {CLASSIFIER} just now") from error

    def ask_watcher(
        self,
        request: Question[Any, WatcherState],
        timeout: float,  # noqa: ARG002 -- one limit for all
    ) -> WatcherState | None:
        """Ask the watcher; None when it does not answer in time."""
        try:
            return self.ask("watcher", request)
        except RunFailedError:
            return None
