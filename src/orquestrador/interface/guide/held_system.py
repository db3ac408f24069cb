"""The system of one library that this process keeps running between commands."""

import atexit
import contextlib
import os
import queue
import threading
import time
import weakref
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, TypeVar

import pykka

from orquestrador.config import OrchestratorSettings
from orquestrador.errors import (
    LibraryError,
    LibraryInUseError,
    OperationTimeoutError,
    OrquestradorError,
    RemoteError,
)
from orquestrador.interface.guide.answers import StoppedError
from orquestrador.interface.guide.parameters import Limit
from orquestrador.interface.guide.threads import ActiveThreads
from orquestrador.interface.translation import choose
from orquestrador.library_system import LibrarySystem
from orquestrador.messages.control import StopRequested
from orquestrador.messages.monitor import MetricsSampled, SetSampling
from orquestrador.messages.run import RunProgressed
from orquestrador.orchestrator import Orchestrator
from orquestrador.run_handle import SLICE_S
from orquestrador.running import RunningLibrary, find
from orquestrador.state import state_path

R = TypeVar("R")

Status = Literal["parado", "iniciando", "executando", "pausado", "finalizando", "erro"]

THREADS = {
    "classifier": "classificador",
    "monitor": "monitor",
    "backup": "backup",
    "report": "relatorios",
}
"""The guide's names of actors."""

_OTHER_STARTS_S = 5.0
"""Another process that has just begun takes requests by then."""

_EXIT_S = 10.0
_STOPPED = "o sistema foi parado antes do fim; o que foi feito até agora fica guardado"
_LOST = (LibraryError, RemoteError, pykka.ActorDeadError)
"""What a command meets whose system ends while it works."""


class User(Protocol):
    """Who is kept a system for, and hears of it."""

    def hear_status(self, status: str) -> None:
        """Hear that the system is different."""
        ...

    def hear_sample(self, sample: MetricsSampled) -> None:
        """Hear how things are, at the settings' interval."""
        ...

    def hear_progress(self, progress: RunProgressed) -> None:
        """Hear how far a run is."""
        ...

    def hear_start(self, system: LibrarySystem) -> None:
        """Hear of a system that commands go to from now on."""
        ...

    def hear_stop(self) -> None:
        """Hear that somebody wants an end of everything."""
        ...


@dataclass(eq=False)
class _Held:
    """A system that runs."""

    system: Orchestrator
    settings: OrchestratorSettings
    borrowers: int = 0
    unwatched: int = 0
    """Borrowers who want no samples."""

    is_sampled: bool = True
    retired: bool = False
    """Whether it is ended because a command took too long: others go to the next."""

    def has_failed(self) -> bool:
        try:
            self.system.check()
        except LibraryError:
            return True
        return False


@dataclass(eq=False)
class _Task:
    """What the keeper does, one after the other."""

    kind: Literal["start", "stop", "leave"]
    settings: OrchestratorSettings | None = None
    only: _Held | None = None
    """The system to stop; None: any."""

    done: threading.Event = field(default_factory=threading.Event)
    error: BaseException | None = None

    def wait(self, limit: Limit, part: str) -> None:
        """Wait in slices: a signal's exception comes out between two of them."""
        while not self.done.wait(min(SLICE_S, limit.left())):
            if limit.left() <= 0:
                raise OperationTimeoutError(
                    f"{part}: not ended within {limit.seconds:g} s", part
                )
        if self.error is not None:
            raise self.error


class HeldSystem:
    """Starts a library's system when it is first used, and keeps it for the next.

    Starts and stops happen on one thread, the keeper: whoever waits for one may be
    interrupted by a signal, or its limit, and what was begun is brought to its end
    nevertheless. The system ends with `stop`, when the last user is gone, and with
    the interpreter.
    """

    def __init__(self, library: Path) -> None:
        """Start nothing yet."""
        self.library = library
        self.state = state_path(library)
        self.threads = ActiveThreads()
        self.users: weakref.WeakSet[User] = weakref.WeakSet()
        self._tasks: queue.SimpleQueue[_Task] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._keeper: threading.Thread | None = None
        self._held: _Held | None = None
        self._doing: Status | None = None
        self._failed = False

    # -- how it is: never waits ----------------------------------------------------

    @property
    def running(self) -> Orchestrator | None:
        """The system, while it runs in this process."""
        held = self._held
        return None if held is None or held.has_failed() else held.system

    @property
    def status(self) -> Status:
        """How the system of this process is, in the guide's words."""
        doing, held = self._doing, self._held
        if doing is not None:
            return doing
        if held is None:
            return "erro" if self._failed else "parado"
        if held.has_failed():
            return "erro"
        actors = held.system.system.snapshot()
        paused = any(each.suspended for each in actors if each.name == "classifier")
        return "pausado" if paused else "executando"

    # -- work ----------------------------------------------------------------------

    def do(
        self,
        work: Callable[[LibrarySystem], R],
        settings: OrchestratorSettings,
        limit: Limit,
        *,
        watched: bool = True,
    ) -> R:
        """Have work done by the system that runs on the library, wherever it runs.

        A system of this process is ended in the background when the work takes too
        long or is interrupted; others' work that this ends is done again by the next.

        Raises:
            OperationTimeoutError: from `work`, or if no system has started in time.
            StoppedError: if the system was stopped meanwhile.
            OrquestradorError: whatever else `work` raises, or keeps a system from
                starting.

        """
        refused_until = time.monotonic() + _OTHER_STARTS_S
        while True:
            elsewhere = self._elsewhere()
            if elsewhere is not None:
                with elsewhere, self._lent(elsewhere):
                    return work(elsewhere)
            try:
                held = self._borrow(settings, limit, watched=watched)
            except LibraryInUseError:
                if time.monotonic() >= refused_until or limit.left() <= 0:
                    raise
                time.sleep(SLICE_S)
                continue
            try:
                return work(held.system)
            except _LOST as error:
                if held.retired:
                    continue
                if self._held is held and self._doing != "finalizando":
                    raise
                raise StoppedError(_STOPPED) from error
            except BaseException as error:
                # It took too long, or a signal has interrupted it.
                if not isinstance(error, OrquestradorError) or isinstance(
                    error, OperationTimeoutError
                ):
                    self._retire(held)
                raise
            finally:
                self._give_back(held, watched=watched)

    def stop(self, limit: Limit) -> bool:
        """Stop the system of this process in order, and wait; False: none ran.

        Raises:
            OperationTimeoutError: if it has not within the limit.

        """
        self._tell_stop()
        if self._held is None and self._doing is None:
            return False
        self._post(_Task("stop")).wait(limit, "stop")
        return True

    def leave(self) -> None:
        """Stop the system if nobody uses it; may be called by the garbage collector."""
        self._tasks.put(_Task("leave"))

    # -- lending -------------------------------------------------------------------

    def _elsewhere(self) -> RunningLibrary | None:
        if self._held is not None or self._doing is not None:
            return None
        return find(self.library, self.state)

    @contextlib.contextmanager
    def _lent(self, system: RunningLibrary) -> Generator[None]:
        """Hear what a system of another process says while a command works there."""
        self._listen(system)
        with self.threads.at_work(*THREADS.values()):
            yield

    def _borrow(
        self, settings: OrchestratorSettings, limit: Limit, *, watched: bool
    ) -> _Held:
        while True:
            with self._lock:
                held = self._held
                if held is not None and self._can_lend(held, settings):
                    held.borrowers += 1
                    held.unwatched += not watched
                    self._sample(held)
                    return held
            self._post(_Task("start", settings)).wait(limit, "start")

    def _can_lend(self, held: _Held, settings: OrchestratorSettings) -> bool:
        """Return whether it will do: other settings have to wait for those at work."""
        is_up = self._doing is None and not held.retired and not held.has_failed()
        return is_up and (held.borrowers > 0 or held.settings == settings)

    def _give_back(self, held: _Held, *, watched: bool) -> None:
        with self._lock:
            held.borrowers -= 1
            held.unwatched -= not watched
            self._sample(held)

    def _sample(self, held: _Held) -> None:
        """Have samples taken, unless all who use it now want none."""
        wanted = not 0 < held.unwatched == held.borrowers
        if wanted != held.is_sampled:
            held.is_sampled = wanted
            with contextlib.suppress(*_LOST):
                held.system.tell("monitor", SetSampling(enabled=wanted))

    def _retire(self, held: _Held) -> None:
        held.retired = True
        self._post(_Task("stop", only=held))

    # -- the keeper ----------------------------------------------------------------

    def _post(self, task: _Task) -> _Task:
        with self._lock:
            self._tasks.put(task)
            # One that a signal's exception kept from starting is not alive.
            if self._keeper is None or not self._keeper.is_alive():
                self._keeper = threading.Thread(
                    target=self._keep, name="orquestrador-keeper", daemon=True
                )
                self._keeper.start()
        return task

    def _keep(self) -> None:
        while True:
            task = self._tasks.get()
            try:
                self._perform(task)
            except BaseException as error:  # noqa: BLE001 -- raised where it is waited for
                task.error = error
            task.done.set()
            del task
            with self._lock:
                if self._held is None and self._tasks.empty():
                    self._keeper = None
                    return

    def _perform(self, task: _Task) -> None:
        if task.kind == "start" and task.settings is not None:
            self._start(task.settings)
        elif task.kind == "stop" or not any(True for _ in self.users):
            self._stop(task.only)

    def _start(self, settings: OrchestratorSettings) -> None:
        held = self._held
        if held is not None:
            if self._can_lend(held, settings):
                return
            self._stop(held)
        self._turn("iniciando")
        try:
            system = Orchestrator(
                self.library,
                settings=settings,
                control=True,
                words=choose(None, os.environ),
            )
            system.start()
            self._begin(_Held(system, settings))
        except LibraryInUseError:
            raise
        except BaseException:
            self._failed = True
            raise
        finally:
            self._turn(None)

    def _begin(self, held: _Held) -> None:
        self._failed = False
        self._held = held
        held.system.subscribe(StopRequested, self._stop_asked_elsewhere)
        self._listen(held.system)
        for name in THREADS.values():
            self.threads.begin(
                name, lambda: self._held is held and not held.has_failed()
            )

    def _stop_asked_elsewhere(self, _event: StopRequested) -> None:
        self._tell_stop()
        self._post(_Task("stop"))

    def _tell_stop(self) -> None:
        for user in list(self.users):
            user.hear_stop()

    def _stop(self, only: _Held | None) -> None:
        held = self._held
        if held is None or (only is not None and held is not only):
            return
        self._turn("finalizando")
        try:
            held.system.stop()
        finally:
            self._held = None
            self._turn(None)

    def _turn(self, doing: Status | None) -> None:
        self._doing = doing
        status = self.status
        for user in list(self.users):
            user.hear_status(status)

    def _listen(self, system: LibrarySystem) -> None:
        system.subscribe(MetricsSampled, self._hear_sample)
        system.subscribe(RunProgressed, self._hear_progress)
        for user in list(self.users):
            user.hear_start(system)

    def _hear_sample(self, sample: MetricsSampled) -> None:
        held = self._held
        if held is None or held.is_sampled:
            for user in list(self.users):
                user.hear_sample(sample)

    def _hear_progress(self, progress: RunProgressed) -> None:
        for user in list(self.users):
            user.hear_progress(progress)


_systems: dict[Path, HeldSystem] = {}
_systems_lock = threading.Lock()
_process = os.getpid()


def held_system(library: Path, user: User) -> HeldSystem:
    """Return the library's one held system of this process, for one more user.

    Args:
        library: absolute.
        user: who hears of it; it is kept until the last one is collected.

    """
    with _systems_lock:
        for each in [path for path, held in _systems.items() if not len(held.users)]:
            if _systems[each].status == "parado":
                del _systems[each]
        held = _systems.setdefault(library, HeldSystem(library))
        if user not in held.users:
            held.users.add(user)
            weakref.finalize(user, held.leave).atexit = False
    return held


def _stop_all() -> None:
    if os.getpid() != _process:
        return
    for held in list(_systems.values()):
        with contextlib.suppress(OrquestradorError):
            held.stop(Limit(_EXIT_S))


atexit.register(_stop_all)
