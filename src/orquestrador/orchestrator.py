"""The front door for scripts: a library, its actors, and what can be asked of them."""

import logging
import os
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec
import pykka

from orquestrador import tree
from orquestrador.actors import ControlPlace, DashboardPlace, WatcherActor
from orquestrador.catalog import Catalog
from orquestrador.classification.usable import usable_own_rules
from orquestrador.classification.version import classifier_version
from orquestrador.config import (
    OrchestratorSettings,
    OrganizeSettings,
    load_settings,
)
from orquestrador.config.profiles import chosen_profile, own_profile
from orquestrador.entry_points import offered_actors
from orquestrador.errors import LibraryError, RunFailedError, UnknownActorError
from orquestrador.library import shown_name
from orquestrador.library_system import LibrarySystem
from orquestrador.messages import Message, Question
from orquestrador.messages.control import RunDefaults, StopRequested
from orquestrador.messages.monitor import GetMetrics, MetricsSampled
from orquestrador.messages.run import RunOrder
from orquestrador.messages.watching import WatcherState
from orquestrador.messages.web import GetPageLink, PageLink
from orquestrador.run_handle import RunHandle
from orquestrador.running_log import RunningLog
from orquestrador.service import APPLICATION, SERVICE, TOP
from orquestrador.state import StateFolder, state_path
from orquestrador.supervisor import ActorSystem, ChildSpec, Subscription, Supervisor
from orquestrador.supervisor.remote import address
from orquestrador.words import ENGLISH, Words

E = TypeVar("E")

logger = logging.getLogger(__name__)

_STOP_S = 2.0


class Orchestrator(LibrarySystem):
    """A library with its actors: started by `with`, stopped in order at its end.

    It installs no signal handler, changes no global setting and may be used from any
    thread; several work side by side in one process, each on its own library.

    Args:
        library: the folder with the sources; only `apply`, `undo` and `restore` change
            anything in it, and only when they are called.
        state: where everything about it is kept; `<library>/.orquestrador` if None.
        settings: a settings file, settings by name, or None for the library's own.
        watch: follow changes; the catalog is brought up to date first
            (`first_run`).
        monitor: sample at the settings' interval.
        backup: take a snapshot after a run; None asks the settings.
        web: serve the page, `/api/v1` and `/metrics` on this computer, as far as the
            settings want them; `page_link` lets a browser in.
        control: take requests of the user's other programs (`orquestrador status`,
            `stop` and the rest); whoever started it then waits for
            `stop_requested` and stops it.
        extra: child specs of your own actors, supervised like ours; installed
            packages add theirs by the entry-point group `orquestrador.actors`.
        classify: `module:function` that classifies one content in the workers.
        words: the language of reports.

    Raises:
        LibraryError: if the library is no folder, or its state cannot be used.
        LibraryInUseError: if another process works on it.
        SettingsError: if the settings cannot be used.
        EntryPointError: if actors that an installed package offers cannot be used.

    """

    def __init__(  # noqa: PLR0913 -- what a script may choose
        self,
        library: str | os.PathLike[str],
        *,
        state: str | os.PathLike[str] | None = None,
        settings: OrchestratorSettings | Mapping[str, Any] | Path | None = None,
        watch: bool = False,
        monitor: bool = True,
        backup: bool | None = None,
        web: bool = False,
        control: bool = False,
        extra: Sequence[ChildSpec] = (),
        classify: str = tree.CLASSIFY,
        words: Words = ENGLISH,
    ) -> None:
        self.library = Path(library).expanduser().absolute()
        if not self.library.is_dir():
            raise LibraryError(
                f"{self.library} is no folder; name the library's folder"
            )
        self.settings = _settings(self.library, settings)
        self.state = state_path(self.library, Path(state) if state else None)
        self.stop_requested = threading.Event()
        """Set when another program has asked for the end; only with `control`."""

        self.first_run: RunHandle | None = None
        """With `watch`: the run that brings the catalog up to date at the start."""

        self._watch = watch
        self._monitor = monitor
        self._control = control
        self._web = web
        self._backup = self.settings.backup.automatic if backup is None else backup
        self._extra = tuple(extra)
        self._classify = classify
        self._words = words
        self._lock = threading.Lock()
        self._state: StateFolder | None = None
        self._system: ActorSystem | None = None
        self._top: Any = None
        self._log: RunningLog | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Take the state folder and start the actors; a second time does nothing."""
        with self._lock:
            if self._state is not None:
                return
            state = StateFolder(self.state)
            try:
                self._start(state)
            except BaseException:
                if self._system is not None:
                    self._system.stop(_STOP_S)
                self._close_log()
                state.close()
                raise
            self._state = state

    def _start(self, state: StateFolder) -> None:
        control = self._control_place()
        profile = chosen_profile(self.settings.classification, self.library)
        own = usable_own_rules(self.settings.classification, self.library)
        with Catalog(state.catalog) as catalog:
            # A process that was killed left its run open; what it stored is kept.
            catalog.interrupt_open_runs("its process ended before it did")
            catalog.set_library(str(self.library))
            catalog.set_near_share(self.settings.sameness.near_share)
        first = self._first_order() if self._watch else None
        plan = tree.TreePlan(
            library=self.library,
            state=state.path,
            settings=self.settings,
            words=self._words,
            watch=first,
            monitor=self._monitor,
            classify=self._classify,
            classifier=classifier_version(profile, own),
            profile="" if profile == own_profile() else profile.encoded(),
            own=own.encoded() if own else "",
            extra=(*self._extra, *offered_actors()),
            control=control,
            dashboard=self._dashboard_place(),
        )
        self._system = ActorSystem(timed=True)
        self._log = RunningLog(self._system, state.log, self.settings.log.level)
        self._log.tell(logging.INFO, "The system starts on %s", plan.library)
        self._top = Supervisor.start(
            tree.flags(), tree.children(plan), system=self._system, name=TOP
        )
        tree.connect(self._system)
        if first is not None:
            self.first_run = RunHandle(self, first)
            tree.watch(self._system)
        if control is not None:
            self.subscribe(StopRequested, lambda _event: self.stop_requested.set())
            # Only now: whoever reads it finds somebody there.
            state.announce(str(control.address))

    def _first_order(self) -> RunOrder:
        defaults = self.defaults
        return RunOrder(
            token=uuid.uuid4().hex,
            level=defaults.level,
            backup=defaults.backup,
            report=defaults.report,
        )

    def _control_place(self) -> ControlPlace | None:
        if not self._control:
            return None
        return ControlPlace(
            address=address(APPLICATION, str(self.state)),
            service=SERVICE,
            library=shown_name(os.fsencode(self.library)),
            state=self.state,
            since=time.time(),
            defaults=self.defaults,
        )

    def _dashboard_place(self) -> DashboardPlace | None:
        web = self.settings.web
        if not self._web or not (web.page or web.api):
            return None
        return DashboardPlace(
            server=tree.PAGE,
            folder=self.library,
            state=self.state,
            settings=self.settings,
            defaults=self.defaults,
            since=time.time(),
            words=self._words,
        )

    def stop(self) -> None:
        """Stop the actors in reverse order and give the state folder back."""
        with self._lock:
            if self._state is None or self._system is None:
                return
            try:
                self._end(self._system)
            finally:
                self._close_log()
                self._state.close()
                self._state = None
                self.stop_requested.clear()

    def _end(self, system: ActorSystem) -> None:
        if not system.stop(_STOP_S):
            logger.warning("The actors of %s take long to stop", self.library)
            system.events.close()
        system.events.flush(timeout=_STOP_S)

    def _close_log(self) -> None:
        if self._log is not None:
            self._log.tell(logging.INFO, "The system has stopped")
            self._log.close()
            self._log = None

    @property
    def defaults(self) -> RunDefaults:
        """What a run does where its order says nothing."""
        return RunDefaults(
            level=self.settings.classification.level,
            backup=self._backup,
            report=self.settings.report.automatic,
        )

    def tell(self, actor: str, message: Message) -> None:
        """Send one of the actors a message."""
        self.check()
        self.system.ref(actor).tell(message)

    def metrics(self, *, timeout: float = 5.0) -> MetricsSampled:
        """Return a fresh sample of the machine, the process and every actor."""
        self.check()
        try:
            answer = self.system.ref("monitor").ask(GetMetrics(), block=False)
            sample: MetricsSampled = answer.get(timeout=timeout)
        except UnknownActorError as error:
            raise LibraryError("the system is being started or stopped") from error
        except (pykka.Timeout, pykka.ActorDeadError, TimeoutError):
            raise
        except Exception as error:
            raise RunFailedError(
                f"actor 'monitor' failed: {type(error).__name__}: {error}"
            ) from error
        return sample

    def ask_watcher(
        self, request: Question[Any, WatcherState], timeout: float
    ) -> WatcherState | None:
        """Ask the watcher; None when it has not answered within `timeout` seconds.

        Raises:
            LibraryError: if nothing watches the library.

        """
        self.check()
        if not self._watch:
            raise LibraryError(
                f"nothing watches {self.library}; use Orchestrator(..., watch=True)"
            )
        try:
            return self.system.ref("watcher", WatcherActor).ask(
                request, timeout=timeout
            )
        except (pykka.Timeout, pykka.ActorDeadError, UnknownActorError):
            return None

    def page_link(self, *, timeout: float = 5.0) -> str:
        """Return an address that lets a browser in, once and within a minute.

        Raises:
            LibraryError: if no page is served.

        """
        self.check()
        try:
            answer = self.system.ref("dashboard").ask(GetPageLink(), timeout=timeout)
        except UnknownActorError as error:
            raise LibraryError("no page is served: start with web=True") from error
        link: PageLink = answer
        return link.url

    @property
    def _organizing(self) -> OrganizeSettings:
        return self.settings.organize

    def status(self) -> dict[str, Any]:
        """Return the running system as plain data, without asking any actor."""
        self.check()
        return {
            "library": shown_name(os.fsencode(self.library)),
            "state": str(self.state),
            "actors": [msgspec.to_builtins(each) for each in self.system.snapshot()],
            "summary": msgspec.to_builtins(self.summary()),
        }

    def subscribe(
        self, event: type[E], callback: Callable[[E], object]
    ) -> Subscription:
        """Call `callback` with every event of this type, on one thread of its own."""
        return self.system.events.subscribe(event, callback)

    @property
    def system(self) -> ActorSystem:
        """The actor system, once started."""
        if self._system is None:
            raise LibraryError("not started: use `with Orchestrator(...)` or start()")
        return self._system

    def check(self) -> None:
        """Raise what ended the system, if it has ended.

        Raises:
            RunFailedError: with the actor's name and its error.

        """
        if self._top is None or self._state is None:
            raise LibraryError("not started: use `with Orchestrator(...)` or start()")
        if self._top.ended.is_set():
            raise RunFailedError(f"the system has ended: {self._top.ended.reason}")


def _settings(
    library: Path, settings: OrchestratorSettings | Mapping[str, Any] | Path | None
) -> OrchestratorSettings:
    if isinstance(settings, OrchestratorSettings):
        return settings
    if isinstance(settings, Mapping):
        return load_settings(
            library, environment=os.environ, overrides=settings
        ).settings
    return load_settings(library, config=settings, environment=os.environ).settings
