"""What the guide's base path stands for, for the objects that share it."""

import os
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pykka

from orquestrador.config import OrchestratorSettings, load_settings
from orquestrador.errors import LibraryError, RemoteError
from orquestrador.interface.guide.held_system import HeldSystem
from orquestrador.interface.guide.held_systems import held_system
from orquestrador.interface.guide.limits import MAX_THREADS
from orquestrador.interface.guide.parameters import Limit, Parameters
from orquestrador.library_system import LibrarySystem
from orquestrador.messages import Message
from orquestrador.messages.monitor import MetricsSampled
from orquestrador.messages.run import RunProgressed
from orquestrador.running import find
from orquestrador.supervisor import ActorInfo, EventStream

R = TypeVar("R")
M = TypeVar("M", bound=Message)

LIBRARY_FOLDER = "CODIGO_FONTE_LIBRARY"
"""The user's sources stand in this folder below the base path."""

_STATES = {"running": "ativo", "starting": "reiniciando", "restarting": "reiniciando"}


@dataclass(frozen=True)
class Progressed:
    """How far a run is, in words and percent."""

    words: str
    percent: float


@dataclass(frozen=True)
class Standing:
    """A system at one moment."""

    status: str
    actors: tuple[ActorInfo, ...]


class Place:
    """A base path, the library in it, and one thread for the callbacks about it.

    While one is alive, the system of its library is kept running once it was used.

    Args:
        base_path: the folder that holds `CODIGO_FONTE_LIBRARY` (where it has no such
            folder, it is the library itself) and `Development/config/`.

    """

    def __init__(self, base_path: str | os.PathLike[str] = ".") -> None:
        self.base_path = Path(base_path).expanduser().absolute()
        self.events = EventStream()
        weakref.finalize(self, self.events.close).atexit = False
        self._samples: list[weakref.WeakMethod[Callable[[MetricsSampled], object]]] = []
        self._statuses: list[weakref.WeakMethod[Callable[[str], object]]] = []
        self._stops: list[weakref.WeakMethod[Callable[[], object]]] = []
        self._told_status = "parado"
        self._subscribed: list[tuple[type[Message], Callable[[Any], object]]] = []
        self._lock = threading.Lock()

    @classmethod
    def of(cls, base_path: "str | os.PathLike[str] | Place") -> "Place":
        """Return a place as it is, and a new one for a path."""
        return base_path if isinstance(base_path, Place) else cls(base_path)

    @property
    def library(self) -> Path:
        """The library's folder; the base path itself where it has none inside."""
        inside = self.base_path / LIBRARY_FOLDER
        return inside if inside.is_dir() else self.base_path

    @property
    def held(self) -> HeldSystem:
        """The system that this process keeps for the library."""
        return held_system(self.library, self)

    def settings(self) -> OrchestratorSettings:
        """Return the settings that hold now.

        Raises:
            SettingsError: if they cannot be used.

        """
        settings = load_settings(
            self.library, base_path=self.base_path, environment=os.environ
        ).settings
        classification = settings.classification
        if classification.workers == 0:
            workers = min(classification.worker_count(), MAX_THREADS)
            classification = msgspec.structs.replace(classification, workers=workers)
        return msgspec.structs.replace(settings, classification=classification)

    def limit(self, parameters: Parameters) -> Limit:
        """Return until when a command with these parameters has to answer."""
        given = parameters.get("timeout")
        return Limit(self.settings().operation_timeout_s if given is None else given)

    def do(
        self,
        work: Callable[[LibrarySystem], R],
        limit: Limit,
        *,
        watched: bool = True,
    ) -> R:
        """Have work done by the library's system; see `HeldSystem.do`."""
        return self.held.do(work, self.settings(), limit, watched=watched)

    # -- how the system is ---------------------------------------------------------

    def standing(self) -> Standing:
        """Return how the system is that runs on the library, in whatever process.

        One of this process is not asked anything, so this never waits for it.
        """
        held = self.held
        running = held.running
        if running is not None or held.status not in {"parado", "erro"}:
            actors = running.system.snapshot() if running is not None else ()
            return Standing(held.status, actors)
        try:
            elsewhere = find(held.library, held.state)
            if elsewhere is not None:
                with elsewhere:
                    return Standing("executando", elsewhere.actors())
        except (LibraryError, RemoteError, pykka.ActorDeadError):
            # It is just ending, or another program's that does not want us.
            pass
        return Standing(held.status, ())

    def status_of(self, actor: str, standing: Standing | None = None) -> str:
        """Return how an actor is: `ativo`, `reiniciando`, `inativo` or `erro`."""
        found = standing or self.standing()
        states = [each.state for each in found.actors if each.name == actor]
        if found.status == "erro":
            return "erro"
        return _STATES.get(states[0], "inativo") if states else "inativo"

    # -- callbacks -----------------------------------------------------------------

    def subscribe(self, event: type[M], callback: Callable[[M], object]) -> None:
        """Call `callback` with every event of this type, of each system to come."""
        with self._lock:
            if event not in [kind for kind, _ in self._subscribed]:
                self._subscribed.append((event, self.events.publish))
                running = self.held.running
                if running is not None:
                    running.subscribe(event, self._publish())
        self.events.subscribe(event, callback)

    def tell_samples_to(self, hear: Callable[[MetricsSampled], object]) -> None:
        """Call a method with each sample, in the thread of the system's events."""
        self._samples.append(weakref.WeakMethod(hear))

    def tell_status_to(self, hear: Callable[[str], object]) -> None:
        """Call a method with each status that is another one than before."""
        self._statuses.append(weakref.WeakMethod(hear))

    def tell_stop_to(self, hear: Callable[[], object]) -> None:
        """Call a method when somebody asks for the end of the system."""
        self._stops.append(weakref.WeakMethod(hear))

    def hear_status(self, status: str) -> None:
        """Pass on what the held system says of itself."""
        if status != self._told_status:
            self._told_status = status
            for hear in filter(None, (each() for each in self._statuses)):
                hear(status)

    def hear_sample(self, sample: MetricsSampled) -> None:
        """Pass on a sample."""
        for hear in filter(None, (each() for each in self._samples)):
            hear(sample)

    def hear_progress(self, progress: RunProgressed) -> None:
        """Pass on how far a run is."""
        self.events.publish(_progressed(progress))

    def hear_stop(self) -> None:
        """Pass on that somebody wants an end."""
        for hear in filter(None, (each() for each in self._stops)):
            hear()

    def hear_start(self, system: LibrarySystem) -> None:
        """Hear the events of a new system that somebody has subscribed to."""
        for kind, _ in tuple(self._subscribed):
            system.subscribe(kind, self._publish())

    def _publish(self) -> Callable[[object], None]:
        # The system must not keep this place, and with it itself, alive.
        publish = weakref.WeakMethod(self.events.publish)

        def pass_on(event: object) -> None:
            found = publish()
            if found is not None:
                found(event)

        return pass_on


def _progressed(progress: RunProgressed) -> Progressed:
    done = progress.settled / progress.files if progress.files else 0.0
    where = f": {progress.current}" if progress.current else ""
    words = f"{progress.settled} de {progress.files} arquivos{where}"
    return Progressed(words, round(100 * done, 1))
