"""One run over the library: what is still to look at, to classify and to store.

Plain bookkeeping without any actor: the classifier asks it for work, hands the work
to others and tells it what came back.
"""

import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from orquestrador.actors.contents import ContentBatches, Contents, WaitingFiles
from orquestrador.catalog import Catalog, Comparison
from orquestrador.catalog.comparison import Look
from orquestrador.library import (
    Entry,
    LibraryRoot,
    Selection,
    list_files,
    raw_of_record,
    shown_name,
    suffix_of,
)
from orquestrador.library.names import INSIDE
from orquestrador.messages.catalog import Batch, FileState, Run, RunCounts
from orquestrador.messages.record import Level
from orquestrador.messages.run import RunFinished, RunOrder, RunProgressed
from orquestrador.messages.work import BatchClassified

_BATCH_CONTENTS = 64
_STORE_FILES = 512
_LISTED_AT_ONCE = 256


class RunSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where and how runs look."""

    library: Path
    state: Path
    selection: Selection
    max_bytes: int
    """Of one file."""

    batch_bytes: int
    """Source in one batch for a worker."""

    level: Level = "full"
    """What is found out about a file that was saved; a run's order names its own."""


class LibraryRun:
    """A run under way; see the module."""

    def __init__(self, run: Run, settings: RunSettings, catalog: Catalog) -> None:
        """Begin, or begin again after a failure: what is stored is not done twice.

        Args:
            run: as the catalog keeps it.
            settings: where and how to look.
            catalog: opened for reading.

        """
        self.run = run
        self.looked_at = 0
        self.settled = 0
        self.classified = 0
        self.problems = 0
        self.changed = False
        self.listed = False
        self._settings = settings
        self._began = time.monotonic()
        self._began_ns = time.time_ns()
        self._root = LibraryRoot(settings.library)
        self._scopes = _outermost(run.order.paths)
        self._listing = self._list()
        self._entries: list[Entry] = []
        self._looks = self._look_at_all()
        self._members: set[bytes] = set()
        self._still: set[bytes] = set()
        self._archives: list[FileState] = []
        self._unlisted: list[bytes] = []
        self._known = catalog.known_files(run.classifier, run.order.level)
        self._comparison = Comparison(
            settings.library,
            settings.selection,
            self._known,
            catalog.known_contents(run.classifier, run.order.level),
            max_bytes=settings.max_bytes,
            verify=run.order.verify,
        )
        self._batches = ContentBatches(_BATCH_CONTENTS, settings.batch_bytes)
        self._states: list[FileState] = []
        self._waiting = WaitingFiles(run.order.level, run.classifier)
        self._removed = False
        self._read = 0
        self._gone = 0

    def advance(self, until: float) -> None:
        """List and look until `time.monotonic()` passes `until` or work is ready.

        Raises:
            LibraryAwayError: if the library is away; then nothing that was found since
                the last call is true, and nothing is to be stored.

        """
        self._advance(until)
        self._root.require()

    def _advance(self, until: float) -> None:
        while not self.listed:
            found = list(itertools.islice(self._listing, _LISTED_AT_ONCE))
            self._entries.extend(found)
            self.listed = not found
            if time.monotonic() > until:
                return
        while self.looked_at < len(self._entries) and not len(self._batches):
            next(self._looks)
            if time.monotonic() > until:
                break
        if self.looked_at == len(self._entries):
            self._batches.close()

    @property
    def is_first(self) -> bool:
        """Whether the catalog knew no file before."""
        return not self._known

    @property
    def files(self) -> int:
        """Files found so far; all of them once `listed` is true."""
        return len(self._entries)

    @property
    def exhausted(self) -> bool:
        """Whether every file was looked at and every batch handed out."""
        return (
            self.listed
            and self.looked_at == len(self._entries)
            and not len(self._batches)
        )

    def next_batch(self) -> Contents | None:
        """Take a batch for a worker, if one is ready."""
        return self._batches.take()

    def next_store(self) -> Batch | None:
        """Take file states that need no classification, when there are enough."""
        if not self._states or (
            len(self._states) < _STORE_FILES and not self.exhausted
        ):
            return None
        states, self._states = self._states, []
        return Batch(files=tuple(states))

    def answered(self, answer: BatchClassified) -> Batch:
        """Take a worker's answer; returns what to store, in one transaction."""
        batch, problems = self._waiting.answered(answer)
        self.classified += len(answer.classified)
        self.problems += problems
        return batch

    def removed(self) -> Batch | None:
        """Return the files that are gone, once; None when there are none.

        Raises:
            LibraryAwayError: if the library is away, and not they are gone.

        """
        if self._removed:
            return None
        self._removed = True
        seen = {entry.raw for entry in self._entries} | self._members
        gone = tuple(
            raw
            for raw in self._known
            if raw not in seen and self._in_scope(raw) and not self._is_unlisted(raw)
        )
        if not gone and not self._archives:
            return None
        if gone:
            self._root.require_content()
        self._gone = len(gone)
        # What a save brought in while this run was under way was not there to be
        # listed, and stays.
        # An archive is known once all that it holds is stored, and nothing else.
        return Batch(
            files=tuple(self._archives),
            removed=gone,
            removed_at_ns=(self._began_ns,) * len(gone),
        )

    def stored(self, batch: Batch) -> None:
        """Take note that a batch is in the catalog."""
        self.changed = True
        self.settled += len(batch.files)

    def progress(self) -> RunProgressed:
        """Return how far the run is."""
        current = self._entries[self.looked_at - 1].raw if self.looked_at else None
        return RunProgressed(
            token=self.run.order.token,
            run=self.run.id,
            files=len(self._entries),
            looked_at=self.looked_at,
            settled=max(0, self.looked_at - len(self._waiting)),
            classified=self.classified,
            problems=self.problems,
            current=None if current is None else shown_name(current),
        )

    def counts(self) -> RunCounts:
        """Return what the catalog keeps about the run."""
        return RunCounts(
            seen=self.looked_at,
            read=self._read,
            classified=self.classified,
            failed=self.problems,
            removed=self._gone,
        )

    def finished(self, problem: str | None) -> RunFinished:
        """Return what is to be told about the run when it ends now."""
        order = self.run.order
        return RunFinished(
            token=order.token,
            run=self.run.id,
            problem=problem,
            files=self.files,
            classified=self.classified,
            problems=self.problems,
            changed=self.changed,
            duration_s=time.monotonic() - self._began,
            backup=order.backup,
            report=order.report,
        )

    def _list(self) -> Iterator[Entry]:
        for scope in self._scopes:
            for entry in wanted_files(self._settings, scope):
                if entry.problem is not None and entry.problem.startswith("folder"):
                    self._unlisted.append(entry.raw + b"/" if entry.raw else b"")
                yield entry

    def _look_at_all(self) -> Iterator[None]:
        for entry in self._entries:
            if self._comparison.is_archive(entry):
                yield from self._look_into(entry)
            else:
                self._take(self._comparison.look(entry))
            self.looked_at += 1
            yield

    def _look_into(self, archive: Entry) -> Iterator[None]:
        """Look at an archive's members, unless it is known; one at a time."""
        if self._comparison.is_still(archive):
            self._still.add(archive.raw)
            return
        is_read = True
        for raw, look in self._comparison.members(archive):
            is_read = raw != archive.raw
            self._members.add(raw)
            self._take(look)
            yield
        if is_read:
            self._archives.append(self._comparison.read_archive(archive))

    def _take(self, look: Look) -> None:
        state = look.state
        if state is None:
            return
        if state.problem is not None:
            self.problems += 1
        else:
            self._read += 1
        key = (state.sha256 or "", state.suffix)
        if look.data is not None:
            self._batches.add(key, look.data)
        if look.data is not None or key in self._waiting:
            self._waiting.add(key, state)
        else:
            self._states.append(state)

    def _in_scope(self, raw: bytes) -> bool:
        return any(
            not scope or raw == scope or raw.startswith(scope + b"/")
            for scope in self._scopes
        )

    def _is_unlisted(self, raw: bytes) -> bool:
        if raw.partition(INSIDE)[0] in self._still:
            return True
        return any(raw.startswith(folder) for folder in self._unlisted)


def wanted_files(settings: RunSettings, start: bytes) -> Iterator[Entry]:
    """Yield what a run looks at: the library's files at or below a raw name.

    A folder that cannot be listed is an entry whose problem begins with `folder`.
    """
    for entry in list_files(
        settings.library,
        excluded_folders=settings.selection.excluded_folders,
        excluded_paths=frozenset({settings.state}),
        start=start,
    ):
        unlisted = entry.problem is not None and entry.problem.startswith("folder")
        if unlisted or _is_wanted(entry, settings.selection):
            yield entry


def never_begun(order: RunOrder, problem: str) -> RunFinished:
    """Return what is to be told of a run that could not be entered."""
    return RunFinished(
        token=order.token,
        run=0,
        problem=problem,
        files=0,
        classified=0,
        problems=0,
        changed=False,
        duration_s=0.0,
        backup=order.backup,
        report=order.report,
    )


def _is_wanted(entry: Entry, selection: Selection) -> bool:
    if entry.problem is not None and suffix_of(entry.raw) in selection.sniffed:
        # A link or a device without a source's name: nothing says that it is ours.
        return False
    return selection.wants(entry.raw)


def _outermost(paths: tuple[str, ...]) -> list[bytes]:
    """Return the raw names to list, without those that stand inside another."""
    scopes: list[bytes] = []
    raws = (raw_of_record(path).partition(INSIDE)[0] for path in paths)
    for raw in sorted({raw.rstrip(b"/") for raw in raws} or {b""}):
        if not any(not each or raw.startswith(each + b"/") for each in scopes):
            scopes.append(raw)
    return scopes
