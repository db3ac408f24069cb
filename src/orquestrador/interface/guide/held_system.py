"""The system of one library that this process keeps running between commands."""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TypeVar

from orquestrador.config import OrchestratorSettings
from orquestrador.errors import (
    LibraryInUseError,
    OperationTimeoutError,
    OrquestradorError,
)
from orquestrador.interface.guide.answers import StoppedError
from orquestrador.interface.guide.held import LOST, Held
from orquestrador.interface.guide.keeper import Keeper
from orquestrador.interface.guide.parameters import Limit
from orquestrador.interface.guide.threads import ActiveThreads
from orquestrador.interface.guide.users import Status, Users
from orquestrador.interface.translation import choose
from orquestrador.library_system import LibrarySystem
from orquestrador.messages.control import StopRequested
from orquestrador.messages.monitor import MetricsSampled
from orquestrador.messages.run import RunProgressed
from orquestrador.orchestrator import Orchestrator
from orquestrador.run_handle import SLICE_S
from orquestrador.running import RunningLibrary, find
from orquestrador.state import state_path

R = TypeVar("R")

THREADS = {
    "classifier": "classificador",
    "monitor": "monitor",
    "backup": "backup",
    "report": "relatorios",
}
"""The guide's names of actors."""

_OTHER_STARTS_S = 5.0
"""Another process that has just begun takes requests by then."""

_STOPPED = "o sistema foi parado antes do fim; o que foi feito até agora fica guardado"


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
        self.users = Users()
        self._keeper = Keeper(lambda: self._held is not None)
        self._lock = threading.Lock()
        self._held: Held | None = None
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
        return "pausado" if held.is_paused() else "executando"

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
            except LOST as error:
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
                with self._lock:
                    held.give_back(watched=watched)

    def stop(self, limit: Limit) -> bool:
        """Stop the system of this process in order, and wait; False: none ran.

        Raises:
            OperationTimeoutError: if it has not within the limit.

        """
        self.users.hear_stop()
        if self._held is None and self._doing is None:
            return False
        self._keeper.post(self._stop).wait(limit, "stop")
        return True

    def leave(self) -> None:
        """Stop the system if nobody uses it; may be called by the garbage collector."""
        self._keeper.mention(self._stop_if_unused)

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
    ) -> Held:
        while True:
            with self._lock:
                held = self._held
                if held is not None and self._doing is None and held.suits(settings):
                    held.lend(watched=watched)
                    return held
            start = self._keeper.post(lambda: self._start(settings))
            start.wait(limit, "start")

    def _retire(self, held: Held) -> None:
        held.retired = True
        self._keeper.post(lambda: self._stop(held))

    # -- on the keeper's thread -------------------------------------------------------

    def _start(self, settings: OrchestratorSettings) -> None:
        held = self._held
        if held is not None:
            if held.suits(settings):
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
            self._begin(Held(system, settings))
        except LibraryInUseError:
            raise
        except BaseException:
            self._failed = True
            raise
        finally:
            self._turn(None)

    def _begin(self, held: Held) -> None:
        self._failed = False
        self._held = held
        held.system.subscribe(StopRequested, self._stop_asked_elsewhere)
        self._listen(held.system)
        for name in THREADS.values():
            self.threads.begin(
                name, lambda: self._held is held and not held.has_failed()
            )

    def _stop_asked_elsewhere(self, _event: StopRequested) -> None:
        self.users.hear_stop()
        self._keeper.post(self._stop)

    def _stop_if_unused(self) -> None:
        if not any(True for _ in self.users):
            self._stop()

    def _stop(self, only: Held | None = None) -> None:
        """Stop the system that runs, or only a certain one."""
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
        self.users.hear_status(self.status)

    def _listen(self, system: LibrarySystem) -> None:
        system.subscribe(MetricsSampled, self._hear_sample)
        system.subscribe(RunProgressed, self.users.hear_progress)
        self.users.hear_start(system)

    def _hear_sample(self, sample: MetricsSampled) -> None:
        held = self._held
        if held is None or held.is_sampled:
            self.users.hear_sample(sample)
