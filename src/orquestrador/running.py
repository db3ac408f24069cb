"""A system that runs in another process, found by the library's state folder."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, overload

import pykka

from orquestrador.errors import (
    LibraryError,
    NobodyListensError,
    OperationTimeoutError,
    RemoteActorError,
    RunFailedError,
)
from orquestrador.library import os_name, raw_of_shown, shown_name
from orquestrador.library_system import LibrarySystem
from orquestrador.messages import Message, Question
from orquestrador.messages.control import (
    GetStatus,
    RunDefaults,
    StopSystem,
    SystemStatus,
)
from orquestrador.messages.monitor import GetMetrics, MetricsSampled
from orquestrador.messages.watching import WatcherState
from orquestrador.messages.web import GetPageLink, PageLink
from orquestrador.service import SERVICE
from orquestrador.state import is_held, read_owner
from orquestrador.supervisor import ActorInfo
from orquestrador.supervisor.remote import (
    Address,
    GetTree,
    RemoteRef,
    RemoteSubscription,
    connect,
)

M = TypeVar("M", bound=Message)
R = TypeVar("R")

_ANSWER_S = 5.0
_PAUSE_S = 0.02


class RunningLibrary(LibrarySystem):
    """The library of a system that runs elsewhere; `find` makes it.

    It is used as an `Orchestrator` is; what it asks for is done there, by that
    system's settings, and goes on there when this program ends.
    """

    def __init__(self, library: Path, state: Path, address: Address) -> None:
        """Connect to the system at `address`.

        Raises:
            NobodyListensError: if there is none.
            NotGreetedError: if there is one that does not answer.
            PeerRefusedError: if it cannot be trusted, or does not want this program.
            LibraryError: if it works on another library.

        """
        self.library = library
        self.state = state
        self._missed = 0
        self._remote = connect(address, SERVICE)
        try:
            self._defaults = self._checked_status().defaults
        except BaseException:
            self._remote.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """The process that the system runs in."""
        return self._remote.pid

    @property
    def defaults(self) -> RunDefaults:
        """What a run does where its order says nothing."""
        return self._defaults

    def close(self) -> None:
        """Leave the system, which goes on."""
        self._remote.close()

    def status(self) -> SystemStatus:
        """Return how the system is."""
        return self._ask(GetStatus())

    def actors(self) -> tuple[ActorInfo, ...]:
        """Return every actor of the system, parents before their children."""
        return self._ask(GetTree()).actors

    def metrics(self, *, timeout: float = 5.0) -> MetricsSampled:
        """Return a fresh sample of the machine, the process and every actor."""
        sample: MetricsSampled = self._remote.ref("monitor").ask(
            GetMetrics(), timeout=timeout
        )
        return sample

    def ask_watcher(
        self, request: Question[Any, WatcherState], timeout: float
    ) -> WatcherState | None:
        """Ask the watcher; None when it has not answered within `timeout` seconds.

        Raises:
            LibraryError: if nothing watches the library.
            RunFailedError: if the system has ended.

        """
        if not any(actor.name == "watcher" for actor in self.actors()):
            raise LibraryError(
                f"the system of process {self.pid} does not watch {self.library}; "
                "start `orquestrador run` without --no-watch"
            )
        try:
            return self.ask("watcher", request, timeout=timeout)
        except RunFailedError:
            self.require_open()
            return None

    def subscribe(
        self, event: type[M], callback: Callable[[M], object]
    ) -> RemoteSubscription:
        """Call `callback` with every event of this type, on a thread of its own."""
        return self._remote.subscribe(event, callback, missed=self._miss)

    def wait_closed(self, timeout: float | None = None) -> bool:
        """Wait until the system, or this program, has left; False when it is late."""
        return self._remote.wait_closed(timeout)

    def check(self) -> None:
        """Raise if the system has ended, or said more than was listened to.

        Raises:
            RunFailedError: says which.

        """
        self.require_open()
        if self._missed:
            raise RunFailedError(
                f"{self._missed} events of the running system were missed, because "
                "this program stood still; `orquestrador status` says how far it is"
            )

    def require_open(self) -> None:
        """Raise if the system has ended.

        Raises:
            RunFailedError: says so.

        """
        if not self._remote.is_open():
            raise RunFailedError(
                f"the running system (process {self.pid}) has ended; what it did "
                "until then is kept"
            )

    def take_missed(self) -> int:
        """Return how many events were missed since this was asked last."""
        missed, self._missed = self._missed, 0
        return missed

    def tell(self, actor: str, message: Message) -> None:
        """Send one of its actors a message."""
        self._remote.ref(actor).tell(message)

    @overload
    def ask(
        self, actor: str, request: Question[Any, R], *, timeout: float = _ANSWER_S
    ) -> R: ...

    @overload
    def ask(
        self, actor: str, request: Message, *, timeout: float = _ANSWER_S
    ) -> Any: ...  # noqa: ANN401 -- the message does not say what answers it

    def ask(self, actor: str, request: Any, *, timeout: float = _ANSWER_S) -> Any:
        """Ask one of its actors, and wait for the answer.

        Raises:
            RunFailedError: if the system has ended, or does not answer in time.
            RemoteActorError: whatever the actor answers instead.

        """
        ref: RemoteRef[Any] = self._remote.ref(actor)
        try:
            return ref.ask(request, timeout=timeout)
        except pykka.ActorDeadError as error:
            raise RunFailedError(f"the running system has ended: {error}") from error
        except pykka.Timeout:
            raise RunFailedError(
                f"the running system (process {self.pid}) has not answered within "
                f"{timeout:g} s"
            ) from None

    def page_link(self) -> str:
        """Return an address that lets a browser in, once and within a minute.

        Raises:
            LibraryError: if the system serves no page.

        """
        try:
            link: PageLink = self.ask("dashboard", GetPageLink())
        except RemoteActorError as error:
            raise LibraryError("the running system serves no page") from error
        return link.url

    def stop(self, *, timeout: float = 30.0) -> None:
        """Ask the system to stop in order, and wait until it has.

        Raises:
            OperationTimeoutError: if it has not within `timeout` seconds; it goes on
                to stop.

        """
        until = time.monotonic() + timeout
        self._ask(StopSystem())
        while is_held(self.state, by=self.pid):
            if time.monotonic() >= until:
                raise OperationTimeoutError(
                    f"the system (process {self.pid}) has not stopped within "
                    f"{timeout:g} s; it was asked to, and may still",
                    "stop",
                )
            time.sleep(_PAUSE_S)

    def _checked_status(self) -> SystemStatus:
        found = self.status()
        ours = shown_name(os.fsencode(self.library))
        if found.library != ours and not _is_same_folder(found.library, self.library):
            raise LibraryError(
                f"the system that uses {self.state} (process {found.pid}) works on "
                f"{found.library}, not on {ours}; choose another folder with "
                "--state DIR"
            )
        return found

    def _ask(self, request: Question[Any, R]) -> R:
        return self.ask("control", request)

    def _miss(self, count: int) -> None:
        self._missed += count


def _is_same_folder(shown: str, library: Path) -> bool:
    try:
        return library.samefile(os_name(raw_of_shown(shown)))
    except OSError:
        return False


def find(library: Path, state: Path) -> RunningLibrary | None:
    """Return the system that runs on a state folder and takes requests, if any.

    Args:
        library: absolute.
        state: the state folder, absolute.

    Raises:
        NotGreetedError: if one runs that does not answer.
        PeerRefusedError: if something listens there that cannot be trusted, or that
            does not want this program.
        LibraryError: if it works on another library.

    """
    owner = read_owner(state)
    if owner is None or owner.control is None:
        return None
    try:
        return RunningLibrary(library, state, Address(Path(owner.control)))
    except NobodyListensError:
        # It was killed, or is just ending: the lock decides who comes next.
        return None
