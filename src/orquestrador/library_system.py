"""What can be asked of a library's actors, in this process or in another one."""

import datetime as dt
import os
import queue
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

from orquestrador.catalog import Catalog
from orquestrador.config import OrganizeSettings, load_settings
from orquestrador.errors import (
    LibraryError,
    MessageValueError,
    OperationTimeoutError,
    RunFailedError,
)
from orquestrador.library import raw_name, shown_name
from orquestrador.messages import Message, Question, Record
from orquestrador.messages.backup import (
    RestoreFinished,
    RestoreInPlace,
    RestoreResult,
    Snapshot,
    SnapshotFinished,
    TakeSnapshot,
    UndoRestore,
)
from orquestrador.messages.catalog import SearchQuery, Summary
from orquestrador.messages.control import RunDefaults
from orquestrador.messages.history import Change
from orquestrador.messages.monitor import MetricsSampled
from orquestrador.messages.organizing import (
    ApplyPlan,
    OrganizeFinished,
    OrganizeProgressed,
    OrganizeResult,
    UndoMoves,
)
from orquestrador.messages.record import Level
from orquestrador.messages.report import (
    ReportFinished,
    ReportFormat,
    WriteReport,
)
from orquestrador.messages.run import ClassifyLibrary, RunLost, RunOrder
from orquestrador.messages.watching import (
    AwaitStored,
    GetWatcherState,
    WatcherState,
)
from orquestrador.organizing.making import make_plan
from orquestrador.organizing.plan import Plan
from orquestrador.organizing.plan_file import write_plan
from orquestrador.run_handle import SLICE_S, Listener, RunHandle

M = TypeVar("M", bound=Message)


class LibrarySystem(ABC):
    """A library whose actors run: `Orchestrator` here, `RunningLibrary` elsewhere."""

    library: Path
    """Its folder, absolute."""

    state: Path
    """The state folder, absolute."""

    @property
    @abstractmethod
    def defaults(self) -> RunDefaults:
        """What a run does where its order says nothing."""

    @abstractmethod
    def subscribe(self, event: type[M], callback: Callable[[M], object]) -> Listener:
        """Call `callback` with every event of this type, on a thread of its own."""

    @abstractmethod
    def check(self) -> None:
        """Raise what ended the system, if it has ended.

        Raises:
            LibraryError: if it has ended, or was not started.

        """

    @abstractmethod
    def tell(self, actor: str, message: Message) -> None:
        """Send an actor a message."""

    @abstractmethod
    def metrics(self, *, timeout: float = 5.0) -> MetricsSampled:
        """Return a fresh sample of the machine, the process and every actor."""

    @abstractmethod
    def ask_watcher(
        self, request: Question[Any, WatcherState], timeout: float
    ) -> WatcherState | None:
        """Ask the watcher; None when it has not answered within `timeout` seconds.

        Raises:
            LibraryError: if nothing watches the library.

        """

    def watcher_state(self, *, timeout: float = 5.0) -> WatcherState:
        """Return how the library is watched.

        Raises:
            LibraryError: if nothing watches it.
            OperationTimeoutError: if the watcher does not answer.

        """
        state = self.ask_watcher(GetWatcherState(), timeout)
        if state is None:
            raise OperationTimeoutError(
                f"the watcher has not answered within {timeout:g} s", "watching"
            )
        return state

    def wait_idle(self, *, timeout: float = 60.0) -> WatcherState:
        """Wait until everything that was saved before this call is in the catalog.

        Raises:
            LibraryError: if nothing watches the library.
            OperationTimeoutError: if that took longer than `timeout` seconds.

        """
        until = time.monotonic() + timeout
        while (left_s := until - time.monotonic()) > 0:
            self.check()
            state = self.ask_watcher(AwaitStored(), left_s)
            if state is not None:
                return state
            # It was restarted meanwhile, and has lost whom it owed an answer.
            time.sleep(min(SLICE_S, max(0.0, until - time.monotonic())))
        raise OperationTimeoutError(
            f"not everything that was saved is in the catalog after {timeout:g} s; "
            "`orquestrador status` says what is under way",
            "watching",
        )

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
        defaults = self.defaults
        order = RunOrder(
            token=uuid.uuid4().hex,
            paths=tuple(self._inside(path) for path in paths),
            level=level or defaults.level,
            verify=verify,
            backup=defaults.backup if backup is None else backup,
            report=defaults.report if report is None else report,
        )
        handle = RunHandle(self, order)
        self.tell("classifier", ClassifyLibrary(order=order))
        return handle

    def backup(self, *, timeout: float | None = None) -> Snapshot | None:
        """Take a snapshot now and wait for it; None when nothing changed.

        Raises:
            RunFailedError: if it could not be taken.
            OperationTimeoutError: if it took longer than `timeout` seconds.

        """
        done = self._wait_for(
            SnapshotFinished,
            ("backup", "snapshot"),
            lambda token: TakeSnapshot(token=token, reason="on demand"),
            timeout,
        )
        if done.problem is not None:
            raise RunFailedError(done.problem)
        return done.snapshot

    def restore(
        self,
        snapshot: str = "latest",
        path: str | None = None,
        *,
        force: bool = False,
        timeout: float | None = None,
    ) -> RestoreResult:
        """Write files of a snapshot into the library and wait for it.

        A snapshot of the present is taken first; `undo_restore` brings it back.

        Args:
            snapshot: its id, or `latest`.
            path: the file or folder wanted, as shown; None for everything.
            force: replace files that are different now.
            timeout: seconds.

        Raises:
            RunFailedError: if it failed.
            OperationTimeoutError: if it took longer than `timeout` seconds.

        """
        return self._restore(
            lambda token: RestoreInPlace(
                token=token, snapshot=snapshot, path=path, force=force
            ),
            timeout,
        )

    def undo_restore(
        self, *, force: bool = False, timeout: float | None = None
    ) -> RestoreResult:
        """Take the last restore into the library back, and wait for it.

        Args:
            force: also where a file has changed since; it is in a snapshot then.
            timeout: seconds.

        Raises:
            RunFailedError: if it failed, or there is none to be undone.
            OperationTimeoutError: if it took longer than `timeout` seconds.

        """
        return self._restore(
            lambda token: UndoRestore(token=token, force=force), timeout
        )

    def _restore(
        self, request: Callable[[str], Message], timeout: float | None
    ) -> RestoreResult:
        done = self._wait_for(RestoreFinished, ("backup", "restore"), request, timeout)
        if done.result is None:
            raise RunFailedError(done.problem or "")
        return done.result

    def report(
        self, *, formats: Sequence[str] = (), timeout: float | None = None
    ) -> tuple[Path, ...]:
        """Write reports now and wait for them; returns their paths.

        Raises:
            MessageValueError: for a format that there is not.
            RunFailedError: if they could not be written.
            OperationTimeoutError: if it took longer than `timeout` seconds.

        """
        done = self._wait_for(
            ReportFinished,
            ("report", "report"),
            # The message itself refuses a format that there is not.
            lambda token: WriteReport(
                token=token, formats=cast("tuple[ReportFormat, ...]", tuple(formats))
            ),
            timeout,
        )
        if done.problem is not None:
            raise RunFailedError(done.problem)
        return tuple(Path(path) for path in done.paths)

    def plan(
        self,
        *,
        duplicates: bool = False,
        fix_includes: bool = False,
        force_terminal: bool = False,
    ) -> Plan:
        """Return names and folders for the files of the catalog; changes nothing.

        Args:
            duplicates: only put surplus exact copies aside.
            fix_includes: have `apply` mend directives that the moves break.
            force_terminal: plan for a MetaTrader data folder too.

        Raises:
            OrganizeError: if nothing is known yet, or an apply was cut short.

        """
        return make_plan(
            self.library,
            self.state,
            self._organizing,
            duplicates=duplicates,
            fix_includes=fix_includes,
            force_terminal=force_terminal,
        )

    def apply(
        self,
        plan: Plan | str | os.PathLike[str] | None,
        *,
        fix_includes: bool = False,
        force_terminal: bool = False,
        progress: Callable[[OrganizeProgressed], object] | None = None,
        timeout: float | None = None,
    ) -> OrganizeResult:
        """Take a snapshot, carry a plan out, and bring the catalog up to date.

        Args:
            plan: of `plan`, or a plan's file; None goes on with what was cut short.
            fix_includes: mend directives that the moves break.
            force_terminal: work on a MetaTrader data folder too.
            progress: called with how far it is, on a thread of its own.
            timeout: seconds.

        Returns:
            What was moved, and what stayed and why; `undo` takes it back.

        Raises:
            RunFailedError: if nothing was begun, or it was cut short.
            OperationTimeoutError: if it took longer than `timeout` seconds; it goes
                on.

        """
        path = self._plan_file(plan)
        return self._organize(
            lambda token: ApplyPlan(
                token=token,
                plan=path,
                fix_includes=fix_includes,
                force_terminal=force_terminal,
            ),
            progress,
            timeout,
        )

    def undo(
        self,
        journal: str | None = None,
        *,
        progress: Callable[[OrganizeProgressed], object] | None = None,
        timeout: float | None = None,
    ) -> OrganizeResult:
        """Bring back what an apply has moved, and bring the catalog up to date.

        Args:
            journal: the apply's id; None: what was cut short, or else the last.
            progress: called with how far it is, on a thread of its own.
            timeout: seconds.

        Raises:
            RunFailedError: if there is none, or it was cut short.
            OperationTimeoutError: if it took longer than `timeout` seconds; it goes
                on.

        """
        return self._organize(
            lambda token: UndoMoves(token=token, journal=journal), progress, timeout
        )

    @property
    def _organizing(self) -> OrganizeSettings:
        return load_settings(self.library).settings.organize

    def _plan_file(self, plan: Plan | str | os.PathLike[str] | None) -> str | None:
        if plan is None:
            return None
        path = self.state / "organize" / "plan.jsonl"
        if isinstance(plan, Plan):
            write_plan(plan, path)
        else:
            path = Path(plan).expanduser().absolute()
        return shown_name(os.fsencode(path))

    def _organize(
        self,
        request: Callable[[str], Message],
        progress: Callable[[OrganizeProgressed], object] | None,
        timeout: float | None,
    ) -> OrganizeResult:
        heard = (
            None if progress is None else self.subscribe(OrganizeProgressed, progress)
        )
        doer = ("organizer", "organizing")
        try:
            done = self._wait_for(OrganizeFinished, doer, request, timeout)
        finally:
            if heard is not None:
                heard.cancel()
        if done.result is None:
            raise RunFailedError(done.problem or "")
        if done.result.moved or done.result.edited:
            # Known contents under new names: nothing is classified again.
            self.classify(backup=False, report=False).result(timeout)
        return done.result

    def search(self, words: str = "", **query: Any) -> list[Record]:  # noqa: ANN401 -- SearchQuery's fields
        """Find files in the catalog; `query` has the fields of `SearchQuery`.

        One code may stand for a tuple of one: `search(strategy="grid")`.
        """
        with self._catalog() as catalog:
            return catalog.search(search_query(words, **query))

    def changes(self, since: dt.datetime | dt.timedelta) -> tuple[Change, ...]:
        """Return what is another file than it was, one change a file, in path order.

        Args:
            since: a moment with its time zone, or how long ago.

        """
        if isinstance(since, dt.timedelta):
            since = dt.datetime.now(dt.UTC) - since
        if since.tzinfo is None:
            raise MessageValueError("since: a time needs its zone: use .astimezone()")
        since_ns = int(since.timestamp()) * 10**9 + since.microsecond * 1000
        with self._catalog() as catalog:
            return catalog.changes(since_ns)

    def history(self, path: str | os.PathLike[str]) -> tuple[Change, ...]:
        """Return what happened to a file, the oldest first, over its renames.

        It goes back to when the catalog first saw the file, or two years.

        Args:
            path: relative to the library, or absolute; the file may be gone.

        Raises:
            LibraryError: if the path is outside the library.

        """
        relative = raw_name(self._relative(path))
        with self._catalog() as catalog:
            return catalog.history(relative)

    def summary(self) -> Summary:
        """Return the library in figures."""
        with self._catalog() as catalog:
            return catalog.summary()

    def _catalog(self) -> Catalog:
        return Catalog(self.state / "catalog.sqlite3", read_only=True)

    def _wait_for(
        self,
        kind: type[M],
        doer: tuple[str, str],
        request: Callable[[str], Message],
        timeout: float | None,
    ) -> M:
        """Have an actor do a part of the work, by the names `doer`, and wait."""
        actor, part = doer
        token = uuid.uuid4().hex
        answers: queue.SimpleQueue[M | RunLost] = queue.SimpleQueue()
        heard = [self.subscribe(kind, answers.put)]
        heard.append(self.subscribe(RunLost, answers.put))
        until = None if timeout is None else time.monotonic() + timeout
        try:
            self.check()
            self.tell(actor, request(token))
            while until is None or time.monotonic() < until:
                try:
                    answer = answers.get(timeout=SLICE_S)
                except queue.Empty:
                    self.check()
                    continue
                if getattr(answer, "token", None) != token:
                    continue
                if isinstance(answer, RunLost):
                    # The actor fails on it again and again: nobody else will answer.
                    raise RunFailedError(answer.reason)
                return answer
        finally:
            for subscription in heard:
                subscription.cancel()
        raise OperationTimeoutError(f"{part}: not ended within {timeout:g} s", part)

    def _relative(self, path: str | os.PathLike[str]) -> str:
        absolute = Path(os.path.normpath(self.library / Path(path).expanduser()))
        if not absolute.is_relative_to(self.library):
            raise LibraryError(f"{path} is outside the library {self.library}")
        return str(absolute.relative_to(self.library))

    def _inside(self, path: str | os.PathLike[str]) -> str:
        relative = self._relative(path)
        if not os.path.lexists(self.library / relative):
            raise LibraryError(f"{path} is not there (looked in {self.library})")
        return "" if relative == "." else shown_name(raw_name(relative))


def search_query(words: str = "", **query: Any) -> SearchQuery:  # noqa: ANN401 -- its fields
    """Return a query; a single code stands for a tuple of one."""
    for name in ("strategy", "risk", "no_risk", "hygiene"):
        if isinstance(query.get(name), str):
            query[name] = (query[name],)
    return SearchQuery(words=words, **query)
