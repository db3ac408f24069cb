"""What the catalog and the snapshots say, read no more often than it is worth."""

import sqlite3
import time
from pathlib import Path

from orquestrador.catalog import Catalog
from orquestrador.errors import CatalogError, SnapshotError
from orquestrador.messages.monitor import LibrarySample

READ_INTERVAL_S = 10.0
"""A run stores something all the time; counting a large library takes some 20 ms."""

CHECK_INTERVAL_S = 6 * 3600.0
"""Between two looks through the catalog's whole file; one takes some 150 ms."""

_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class LibraryReader:
    """Reads beside the catalog's writer; used by the thread that made it."""

    def __init__(self, state: Path) -> None:
        """Read nothing yet.

        Args:
            state: the state folder, which need not be there.

        """
        self._path = state / "catalog.sqlite3"
        self._snapshots = state / "snapshots"
        self._catalog: Catalog | None = None
        self._version: int | None = None
        self._read_at = self._checked_at = float("-inf")
        self._sample: LibrarySample | None = None
        self._damaged: bool | None = None
        self._snapshot_at: float | None = None
        self._looked_for_snapshot = False

    def note_snapshot(self, at: float) -> None:
        """Take note that the newest snapshot is complete as of `at` (epoch)."""
        self._snapshot_at = at
        self._looked_for_snapshot = True

    def read(self, *, now: bool = False, check: bool = False) -> LibrarySample | None:
        """Return how the library stands; None when there is no catalog to read.

        Args:
            now: as of this moment, however short ago it was read.
            check: also look for damage, when that was not done for long.

        """
        moment = time.monotonic()
        if check and moment - self._checked_at >= CHECK_INTERVAL_S:
            self._checked_at = moment
            self._check()
        if now or moment - self._read_at >= READ_INTERVAL_S:
            self._read_at = moment
            self._count()
        return self._aged()

    def close(self) -> None:
        """Close the catalog."""
        if self._catalog is not None:
            self._catalog.close()
            self._catalog = None
            self._version = None

    @property
    def damaged(self) -> bool | None:
        """Whether the catalog is damaged; None when nobody knows."""
        return self._damaged

    def snapshot_age_s(self) -> float | None:
        """Return how long ago a snapshot was last complete; None if never known."""
        if not self._looked_for_snapshot:
            self._looked_for_snapshot = True
            self._snapshot_at = _newest_snapshot(self._snapshots)
        if self._snapshot_at is None:
            return None
        return max(0.0, time.time() - self._snapshot_at)

    def _aged(self) -> LibrarySample | None:
        if self._sample is None:
            return None
        return self._sample.replace(
            snapshot_age_s=self.snapshot_age_s(), damaged=self._damaged
        )

    def _count(self) -> None:
        try:
            catalog = self._opened()
            if catalog is None:
                self._sample = None
                return
            version = catalog.data_version()
            if version != self._version:
                self._sample = _sample(catalog)
                self._version = version
        except CatalogError as error:
            self._fail(error)

    def _check(self) -> None:
        try:
            catalog = self._opened()
            self._damaged = None if catalog is None else bool(catalog.problems())
        except CatalogError as error:
            self._fail(error)

    def _fail(self, error: CatalogError) -> None:
        """Know nothing for now, other than that it is damaged where it is that."""
        self.close()
        self._sample = None
        code = getattr(error.__cause__, "sqlite_errorcode", 0)
        if code & 0xFF in _DAMAGE:
            self._damaged = True

    def _opened(self) -> Catalog | None:
        if self._catalog is None and self._path.exists():
            self._catalog = Catalog(self._path, read_only=True)
        return self._catalog


def _sample(catalog: Catalog) -> LibrarySample:
    classified, failed, left_out, pending = found = catalog.tally()
    done = classified + failed
    return LibrarySample(
        files=sum(found),
        classified=classified,
        failed=failed,
        left_out=left_out,
        pending=pending,
        success_percent=100.0 * classified / done if done else 100.0,
        snapshot_age_s=None,
        damaged=None,
    )


def _newest_snapshot(folder: Path) -> float | None:
    if not (folder / "HEAD").exists():
        return None
    # Loaded here: it takes longer than all the rest.
    from orquestrador.snapshots import SnapshotRepository  # noqa: PLC0415 -- loaded when it is used

    try:
        with SnapshotRepository(folder, read_only=True) as repository:
            newest = next(iter(repository.list()), None)
    except TimeoutError:
        # The caller's signal handler has raised it while this was read.
        raise
    except (SnapshotError, OSError):
        return None
    return None if newest is None else newest.time.timestamp()
