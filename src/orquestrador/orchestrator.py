"""The front door for scripts: a library, its actors, and what can be asked of them."""

import logging
import os
import queue
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
from orquestrador.catalog import Catalog
from orquestrador.classification.version import classifier_version
from orquestrador.config import OrchestratorSettings, load_settings
from orquestrador.errors import LibraryError, RunFailedError
from orquestrador.library import raw_name, shown_name
from orquestrador.messages import Message, Record
from orquestrador.messages.backup import Snapshot, SnapshotFinished, TakeSnapshot
from orquestrador.messages.catalog import SearchQuery, Summary
from orquestrador.messages.monitor import GetMetrics, MetricsSampled
from orquestrador.messages.record import Level
from orquestrador.messages.report import ReportFinished, WriteReport
from orquestrador.messages.run import (
    ClassifyLibrary,
    RunOrder,
)
from orquestrador.run_handle import SLICE_S, RunHandle
from orquestrador.state import StateFolder, state_path
from orquestrador.supervisor import ActorSystem, ChildSpec, Subscription, Supervisor
from orquestrador.words import ENGLISH, Words

E = TypeVar("E")

logger = logging.getLogger(__name__)

_STOP_S = 2.0


class Orchestrator:
    """A library with its actors: started by `with`, stopped in order at its end.

    It installs no signal handler, changes no global setting and may be used from any
    thread; several work side by side in one process, each on its own library.

    Args:
        library: the folder with the sources; nothing in it is ever changed.
        state: where everything about it is kept; `<library>/.orquestrador` if None.
        settings: a settings file, settings by name, or None for the library's own.
        watch: follow changes (comes with the watcher).
        monitor: sample at the settings' interval.
        backup: take a snapshot after a run; None asks the settings.
        web: serve the web page (comes with the page).
        extra: child specs of your own actors, supervised like ours.
        classify: `module:function` that classifies one content in the workers.
        words: the language of reports.

    Raises:
        LibraryError: if the library is no folder, or its state cannot be used.
        LibraryInUseError: if another process works on it.
        SettingsError: if the settings cannot be used.

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
        extra: Sequence[ChildSpec] = (),
        classify: str = tree.CLASSIFY,
        words: Words = ENGLISH,
    ) -> None:
        if watch or web:
            raise LibraryError(
                "watching and the web page are not part of this version; "
                "leave watch and web out"
            )
        self.library = Path(library).expanduser().absolute()
        if not self.library.is_dir():
            raise LibraryError(
                f"{self.library} is no folder; name the library's folder"
            )
        self.settings = _settings(self.library, settings)
        self._state_path = state_path(self.library, Path(state) if state else None)
        self._monitor = monitor
        self._backup = self.settings.backup.automatic if backup is None else backup
        self._extra = tuple(extra)
        self._classify = classify
        self._words = words
        self._lock = threading.Lock()
        self._state: StateFolder | None = None
        self._system: ActorSystem | None = None
        self._top: Any = None

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
            state = StateFolder(self._state_path)
            try:
                self._start(state)
            except BaseException:
                if self._system is not None:
                    self._system.stop(_STOP_S)
                state.close()
                raise
            self._state = state

    def _start(self, state: StateFolder) -> None:
        with Catalog(state.catalog) as catalog:
            # A process that was killed left its run open; what it stored is kept.
            catalog.interrupt_open_runs("its process ended before it did")
            catalog.set_library(str(self.library))
        plan = tree.TreePlan(
            library=self.library,
            state=state.path,
            settings=self.settings,
            words=self._words,
            monitor=self._monitor,
            classify=self._classify,
            classifier=classifier_version(),
            extra=self._extra,
        )
        self._system = ActorSystem()
        self._top = Supervisor.start(
            tree.flags(), tree.children(plan), system=self._system
        )
        tree.connect(self._system)

    def stop(self) -> None:
        """Stop the actors in reverse order and give the state folder back."""
        with self._lock:
            if self._state is None or self._system is None:
                return
            try:
                self._end(self._system)
            finally:
                self._state.close()
                self._state = None

    def _end(self, system: ActorSystem) -> None:
        try:
            self._top.stop(timeout=_STOP_S)
        except pykka.Timeout:
            logger.warning("The actors of %s take long to stop", self.library)
        system.events.flush(timeout=_STOP_S)
        system.events.close()

    def classify(
        self,
        paths: Sequence[str | os.PathLike[str]] = (),
        *,
        level: Level | None = None,
        verify: bool = False,
        backup: bool | None = None,
        report: bool | None = None,
    ) -> RunHandle:
        """Begin to classify the library, or only `paths` in it; returns at once.

        Args:
            paths: files or folders, relative to the library or absolute.
            level: `quick` or `full`; None asks the settings.
            verify: read unchanged files too.
            backup: take a snapshot afterwards; None as the orchestrator was made.
            report: write reports afterwards; None asks the settings.

        Raises:
            LibraryError: if a path is not there or is outside the library.

        """
        self.check()
        order = RunOrder(
            token=uuid.uuid4().hex,
            paths=tuple(self._inside(path) for path in paths),
            level=level or self.settings.classification.level,
            verify=verify,
            backup=self._backup if backup is None else backup,
            report=self.settings.report.automatic if report is None else report,
        )
        handle = RunHandle(self, order)
        self._ref("classifier").tell(ClassifyLibrary(order=order))
        return handle

    def search(self, words: str = "", **query: Any) -> list[Record]:  # noqa: ANN401 -- SearchQuery's fields
        """Find files in the catalog; `query` has the fields of `SearchQuery`.

        One code may stand for a tuple of one: `search(strategy="grid")`.
        """
        with self._catalog() as catalog:
            return catalog.search(search_query(words, **query))

    def summary(self) -> Summary:
        """Return the library in figures."""
        with self._catalog() as catalog:
            return catalog.summary()

    def backup(self, *, timeout: float | None = None) -> Snapshot | None:
        """Take a snapshot now and wait for it; None when nothing changed.

        Raises:
            RunFailedError: if it could not be taken.
            TimeoutError: if it took longer than `timeout` seconds.

        """
        done = self._wait_for(
            SnapshotFinished,
            "backup",
            lambda token: TakeSnapshot(token=token, reason="on demand"),
            timeout,
        )
        if done.problem is not None:
            raise RunFailedError(done.problem)
        return done.snapshot

    def report(
        self, *, formats: Sequence[str] = (), timeout: float | None = None
    ) -> tuple[Path, ...]:
        """Write reports now and wait for them; returns their paths.

        Raises:
            RunFailedError: if they could not be written.
            TimeoutError: if it took longer than `timeout` seconds.

        """
        done = self._wait_for(
            ReportFinished,
            "report",
            lambda token: WriteReport(token=token, formats=tuple(formats)),
            timeout,
        )
        if done.problem is not None:
            raise RunFailedError(done.problem)
        return tuple(Path(path) for path in done.paths)

    def metrics(self, *, timeout: float = 5.0) -> MetricsSampled:
        """Return a fresh sample of the machine, the process and every actor."""
        sample: MetricsSampled = self._ref("monitor").ask(GetMetrics(), timeout=timeout)
        return sample

    def status(self) -> dict[str, Any]:
        """Return the running system as plain data, without asking any actor."""
        self.check()
        return {
            "library": shown_name(os.fsencode(self.library)),
            "state": str(self._state_path),
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

    @property
    def state(self) -> Path:
        """The state folder."""
        return self._state_path

    def check(self) -> None:
        """Raise what ended the system, if it has ended.

        Raises:
            RunFailedError: with the actor's name and its error.

        """
        if self._top is None or self._state is None:
            raise LibraryError("not started: use `with Orchestrator(...)` or start()")
        if self._top.ended.is_set():
            raise RunFailedError(f"the system has ended: {self._top.ended.reason}")

    def _ref(self, name: str) -> Any:  # noqa: ANN401 -- a ref of any actor
        self.check()
        return self.system.ref(name)

    def _catalog(self) -> Catalog:
        return Catalog(self._state_path / "catalog.sqlite3", read_only=True)

    def _wait_for(
        self,
        kind: type[E],
        actor: str,
        request: Callable[[str], Message],
        timeout: float | None,
    ) -> E:
        token = uuid.uuid4().hex
        answers: queue.SimpleQueue[E] = queue.SimpleQueue()
        subscription = self.subscribe(kind, answers.put)
        until = None if timeout is None else time.monotonic() + timeout
        try:
            self._ref(actor).tell(request(token))
            while until is None or time.monotonic() < until:
                try:
                    answer = answers.get(timeout=SLICE_S)
                except queue.Empty:
                    self.check()
                    continue
                if getattr(answer, "token", None) == token:
                    return answer
        finally:
            subscription.cancel()
        raise TimeoutError(f"{actor} has not ended within {timeout} s")

    def _inside(self, path: str | os.PathLike[str]) -> str:
        absolute = Path(os.path.normpath(self.library / Path(path).expanduser()))
        if not absolute.is_relative_to(self.library):
            raise LibraryError(f"{path} is outside the library {self.library}")
        if not os.path.lexists(absolute):
            raise LibraryError(f"{path} is not there (looked in {self.library})")
        relative = str(absolute.relative_to(self.library))
        return "" if relative == "." else shown_name(raw_name(relative))


def search_query(words: str = "", **query: Any) -> SearchQuery:  # noqa: ANN401 -- its fields
    """Return a query; a single code stands for a tuple of one."""
    for name in ("strategy", "risk", "no_risk", "hygiene"):
        if isinstance(query.get(name), str):
            query[name] = (query[name],)
    return SearchQuery(words=words, **query)


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
