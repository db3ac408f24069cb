"""Settled paths: what is still to look at, to classify and to store of them.

Plain bookkeeping without any actor, as of a run. Nothing here is as long as the
library: each path is compared with the catalog by itself.
"""

import os
import stat
import time
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path

from orquestrador.actors.contents import ContentBatches, Contents, Key, WaitingFiles
from orquestrador.actors.library_run import RunSettings, wanted_files
from orquestrador.actors.superseding import Superseded
from orquestrador.catalog import Catalog, Comparison
from orquestrador.catalog.comparison import Look
from orquestrador.errors import LibraryAwayError
from orquestrador.library import Entry, LibraryRoot, os_name
from orquestrador.messages.catalog import Batch, FileState
from orquestrador.messages.saves import PathsLookedAt, PathsSettled
from orquestrador.messages.work import BatchClassified

_BATCH_CONTENTS = 8
"""Few: what was saved first is stored without waiting for what was saved with it."""

_STORE_FILES = 256

_Mark = tuple[bytes, int]
"""A look: a raw name and when it was taken."""


class _Save:
    """One `PathsSettled` under way."""

    def __init__(self, message: PathsSettled, root: LibraryRoot) -> None:
        self.message = message
        self.root = root
        self.looks: Iterator[None] = iter(())
        self.listed = False
        self.open = 0
        self.problem: str | None = None


class Saves:
    """All settled paths under way; see the module."""

    def __init__(
        self, settings: RunSettings, classifier: str, catalog: Catalog
    ) -> None:
        """Nothing is under way at first.

        Args:
            settings: where and how to look.
            classifier: version of the program and of its rules.
            catalog: opened for reading.

        """
        self._settings = settings
        self._root = LibraryRoot(settings.library)
        self._catalog = catalog
        self._classifier = classifier
        self._contents = _Contents(catalog, classifier, settings)
        self._pending: deque[_Save] = deque()
        self._done: list[_Save] = []
        self._batches = ContentBatches(_BATCH_CONTENTS, settings.batch_bytes)
        self._waiting = WaitingFiles(settings.level, classifier)
        self._states: list[FileState] = []
        self._removed: list[_Mark] = []
        self._owners: dict[_Mark, list[_Save]] = {}
        self._saved_at: dict[_Mark, float] = {}
        self.superseded = Superseded()
        """What makes older looks void."""

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way."""
        return not self._pending and not self._owners

    @property
    def has_work(self) -> bool:
        """Whether there is something to look at now, or to hand on."""
        return bool(
            self._pending or len(self._batches) or self._states or self._removed
        )

    def add(self, message: PathsSettled) -> None:
        """Take paths that have settled."""
        save = _Save(message, LibraryRoot(self._settings.library))
        save.looks = self._look_at_all(save)
        self._pending.append(save)

    def advance(self, until: float) -> None:
        """Look until `time.monotonic()` passes `until`, or a batch is ready."""
        while self._pending and not len(self._batches):
            save = self._pending[0]
            try:
                for _ in save.looks:
                    if time.monotonic() > until or len(self._batches):
                        return
            except LibraryAwayError as error:
                # Everything looks gone, and is not.
                save.problem = str(error)
            save.listed = True
            self._pending.popleft()
            self._end(save)
        self._batches.close()

    def next_batch(self) -> Contents | None:
        """Take a batch for a worker, if one is ready."""
        return self._batches.take()

    def next_store(self) -> Batch | None:
        """Take what needs no classification: with the last look, or when it is much.

        What is gone and what is new come together where they can: then the catalog
        sees that a file was renamed.
        """
        found = len(self._states) + len(self._removed)
        if not found or (self._pending and found < _STORE_FILES):
            return None
        states, self._states = self._states, []
        removed, self._removed = self._removed, []
        return Batch(
            files=tuple(states),
            removed=tuple(raw for raw, _ in removed),
            removed_at_ns=tuple(at_ns for _, at_ns in removed),
        )

    def answered(self, answer: BatchClassified) -> Batch:
        """Take a worker's answer; returns what to store, in one transaction."""
        batch, _problems = self._waiting.answered(answer)
        return batch

    def stored(self, batch: Batch, problem: str | None = None) -> tuple[float, ...]:
        """Take note that a batch is in the catalog, or why it cannot be.

        Returns:
            When each of its files was saved, in seconds since the epoch.

        """
        for state in batch.files:
            self._contents.given.discard((state.sha256 or "", state.suffix))
        saved_at = tuple(
            self._saved_at.pop((state.raw, state.scanned_at_ns), state.mtime_ns / 1e9)
            for state in batch.files
        )
        for mark in _marks(batch):
            owners = self._owners[mark]
            save = owners.pop(0)
            if not owners:
                del self._owners[mark]
            save.open -= 1
            save.problem = save.problem or problem
            self._end(save)
        return saved_at

    def give_up(self, problem: str) -> list[PathsLookedAt]:
        """Return what is to be told when nobody can classify what is under way."""
        saves = [each for owners in self._owners.values() for each in owners]
        saves = [*self._done, *saves, *self._pending]
        self._done = list({id(each): each for each in saves}.values())
        for save in self._done:
            save.problem = save.problem or problem
        return self.looked_at()

    def looked_at(self) -> list[PathsLookedAt]:
        """Return what is to be told of the messages that are done with, once."""
        done, self._done = self._done, []
        now = time.time()
        return [
            PathsLookedAt(paths=save.message.paths, stored_at=now, problem=save.problem)
            for save in done
        ]

    def _end(self, save: _Save) -> None:
        if save.listed and not save.open:
            self._done.append(save)

    # -- looking ---------------------------------------------------------------------

    def _look_at_all(self, save: _Save) -> Iterator[None]:
        times = save.message.saved_at
        for index, raw in enumerate(save.message.paths):
            saved_at = times[index] if index < len(times) else None
            yield from self._look_below(save, raw.rstrip(b"/"), saved_at)

    def _look_below(
        self, save: _Save, raw: bytes, saved_at: float | None
    ) -> Iterator[None]:
        """Compare a path, and all below it, with what the catalog knows there."""
        began_ns = time.time_ns()
        self.superseded.note(raw, began_ns)
        known = self._catalog.files_below(raw, self._classifier, self._settings.level)
        if not is_part(self._settings, raw):
            # Also what is on its way to the catalog and not known there yet.
            if known or self._settings.selection.wants(raw):
                self._remove(save, [raw], began_ns)
            yield
            return
        comparison = Comparison(
            self._settings.library,
            self._settings.selection,
            known,
            self._contents,
            max_bytes=self._settings.max_bytes,
        )
        gone = set(known)
        for entry in wanted_files(self._settings, raw):
            if entry.problem is not None and entry.problem.startswith("folder"):
                gone = {each for each in gone if not each.startswith(entry.raw + b"/")}
            if comparison.is_archive(entry):
                for there in self._look_into(save, comparison, entry, saved_at):
                    gone.discard(there)
                    yield
            elif self._look(save, comparison, entry, saved_at):
                gone.discard(entry.raw)
            yield
        if gone:
            save.root.require_content()
        self._remove(save, gone, began_ns)
        yield

    def _remove(self, save: _Save, gone: Iterable[bytes], at_ns: int) -> None:
        """Take note of what is gone, unless it is the library that is away."""
        try:
            self._root.require()
        except LibraryAwayError as error:
            save.problem = str(error)
            self._root = LibraryRoot(self._settings.library)
            return
        for raw in gone:
            self._removed.append(self._mark(save, raw, at_ns, None))

    def _look(
        self,
        save: _Save,
        comparison: Comparison,
        entry: Entry,
        saved_at: float | None,
    ) -> bool:
        """Look at one file; returns whether it is there."""
        look = comparison.look(entry)
        if look.state is None:
            return True
        if look.state.problem is not None and not self._is_there(entry.raw):
            # It vanished between its listing and its reading.
            return False
        self._take(save, look, saved_at)
        return True

    def _look_into(
        self,
        save: _Save,
        comparison: Comparison,
        archive: Entry,
        saved_at: float | None,
    ) -> Iterator[bytes]:
        """Look at an archive's members; yields raw names that are there."""
        if comparison.is_still(archive):
            yield from comparison.known_inside(archive)
            yield archive.raw
            return
        is_read = True
        for raw, look in comparison.members(archive):
            is_read = raw != archive.raw
            if is_read or self._is_there(raw):
                self._take(save, look, saved_at)
                yield raw
        if is_read:
            state = comparison.read_archive(archive)
            # The next run looks once more: a save is not one transaction.
            state = state.replace(mtime_ns=state.mtime_ns - 1)
            self._take(save, Look(state, None), saved_at)
            yield archive.raw

    def _take(self, save: _Save, look: Look, saved_at: float | None) -> None:
        """Pass on what a look has found."""
        state, data = look
        if state is None:
            return
        self._mark(save, state.raw, state.scanned_at_ns, saved_at)
        key = (state.sha256 or "", state.suffix)
        if data is not None:
            self._batches.add(key, data)
        if data is not None or key in self._waiting:
            self._waiting.add(key, state)
        else:
            self._states.append(state)

    def _is_there(self, raw: bytes) -> bool:
        return os.path.lexists(self._settings.library / os_name(raw))

    def _mark(
        self, save: _Save, raw: bytes, at_ns: int, saved_at: float | None
    ) -> _Mark:
        """Note what has to be stored before a message is done with."""
        mark = (raw, at_ns)
        save.open += 1
        self._owners.setdefault(mark, []).append(save)
        if saved_at is not None:
            self._saved_at[mark] = saved_at
        return mark


class _Contents:
    """The contents that need no classification; asks the catalog for each."""

    def __init__(
        self, catalog: Catalog, classifier: str, settings: RunSettings
    ) -> None:
        self.given: set[Key] = set()
        """Those that are being classified for a save."""

        self._catalog = catalog
        self._classifier = classifier
        self._settings = settings

    def __contains__(self, key: Key) -> bool:
        return key in self.given or self._catalog.knows_content(
            key, self._classifier, self._settings.level
        )

    def add(self, key: Key) -> None:
        self.given.add(key)


def _marks(batch: Batch) -> Iterator[_Mark]:
    for state in batch.files:
        yield state.raw, state.scanned_at_ns
    yield from zip(batch.removed, batch.removed_at_ns, strict=True)


def is_part(settings: RunSettings, raw: bytes) -> bool:
    """Whether a path is there, and where a listing of the library comes to."""
    path = settings.library
    for name in os_name(raw).split("/") if raw else ():
        if name in settings.selection.excluded_folders or _is_link(path):
            return False
        path /= name
        if path == settings.state:
            return False
    return os.path.lexists(path)


def _is_link(path: Path) -> bool:
    try:
        return stat.S_ISLNK(path.lstat().st_mode)
    except OSError:
        return False
