"""The catalog of a library: what is known about every file."""

import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from orquestrador.catalog import (
    changes,
    correcting,
    labelling,
    outlines,
    pruning,
    reading,
    runs,
    searching,
    summary,
    tallying,
    trend,
    writing,
)
from orquestrador.catalog.connection import (
    explained,
    open_reader,
    open_writer,
    transaction,
)
from orquestrador.catalog.outlines import Outline
from orquestrador.catalog.reading import About, KnownFile
from orquestrador.catalog.tallying import Tallied
from orquestrador.messages import (
    Batch,
    Level,
    Record,
    Run,
    RunCounts,
    SearchQuery,
    Summary,
)
from orquestrador.messages.catalog import Facets, RunState
from orquestrador.messages.comparing import ContentLabels
from orquestrador.messages.history import Change, TrendPoint
from orquestrador.messages.run import RunOrder
from orquestrador.messages.sameness import CopyGroup, Sameness

if TYPE_CHECKING:
    from orquestrador.catalog.graph import Graph

_Copies = tuple[Sameness, tuple[int, int], tuple[CopyGroup, ...]]
"""Groups of copies as they were read, of which sameness and at which moment."""


class Catalog:
    """An open catalog; used by the thread that opened it, and closed when done.

    One writer at a time is the caller's promise (the state folder's lock keeps it);
    any number of readers, in any process, work beside it. A content's record is kept
    for a while when no file holds it any more, in case it comes back, and not shown.

    Every method raises `CatalogError` when the database cannot do what is asked,
    with what to do about it; what was stored before stays as it was.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """Open the catalog at `path`.

        Args:
            path: the database's file. A writer creates it, or brings one of an older
                schema to this one; its folder must exist.
            read_only: never change it; there must be one.

        Raises:
            CatalogError: if it is damaged, of a newer schema or another program's,
                or if the disk, the permissions or a lock do not allow it.

        """
        self._path = path
        self._connection = open_reader(path) if read_only else open_writer(path)
        self._copies: _Copies | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the database; a second time does nothing."""
        with explained(self._path):
            self._connection.close()

    def store(self, batch: Batch) -> None:
        """Store a batch in one transaction: all of it, or nothing.

        Storing the same batch again changes nothing, so one whose fate is not known
        can be repeated. A file whose content has no record yet is pending. What was
        looked at later than the batch says stays as it is.
        """
        with explained(self._path), transaction(self._connection):
            writing.store(self._connection, batch)

    def note_corrections(
        self, digests: Mapping[str, str], *, outdate: bool = True
    ) -> int:
        """Note by which corrections of the user's records are made from now on.

        The contents whose correction is new, another one or gone need to be
        classified again; until then, what is known of them is shown.

        Args:
            digests: of every correction, by the sha256 of its content.
            outdate: False leaves the records as they are.

        Returns:
            How many contents have another correction.

        """
        with explained(self._path):
            return correcting.note(self._connection, digests, outdate=outdate)

    def known_files(
        self, classifier: str | None = None, level: Level = "quick"
    ) -> dict[bytes, KnownFile]:
        """Return every file by its raw name.

        Args:
            classifier: the version whose records count as classified; None for any.
            level: the least level that counts.

        """
        with explained(self._path):
            return reading.known_files(self._connection, classifier, level)

    def files_below(
        self, raw: bytes, classifier: str, level: Level
    ) -> dict[bytes, KnownFile]:
        """Return the file of this raw name, or all below the folder; see `known_files`.

        Quick, and as long as what it returns. The empty name stands for the library.
        """
        with explained(self._path):
            return reading.files_below(self._connection, raw, classifier, level)

    def knows_content(
        self, key: tuple[str, str], classifier: str, level: Level
    ) -> bool:
        """Whether a content, by sha256 and suffix, is one of `known_contents`."""
        with explained(self._path):
            return reading.knows_content(self._connection, key, classifier, level)

    def known_contents(self, classifier: str, level: Level) -> set[tuple[str, str]]:
        """Return (sha256, suffix) of the contents that need no classification.

        A record of level `full` also serves where `quick` is asked for.
        """
        with explained(self._path):
            return reading.known_contents(self._connection, classifier, level)

    def records(self) -> Iterator[Record]:
        """Yield the record of every file in the order of their shown paths.

        They are as of the first one's moment, whatever is stored meanwhile. A file
        that could not be read or classified, or waits for it, has kind `unknown`,
        level `quick` and the reason.
        """
        # A connection of its own: the snapshot must not hold up the writer's commits.
        with (
            explained(self._path),
            closing(open_reader(self._path)) as connection,
        ):
            yield from reading.all_records(connection)

    def outlines(self) -> Iterator[Outline]:
        """Yield what reports need of every file, in path order, all of one moment."""
        with explained(self._path):
            yield from outlines.all_outlines(self._connection)

    def record(self, raw: bytes) -> Record | None:
        """Return the record of one file; None where the catalog knows none."""
        with explained(self._path):
            return reading.one_record(self._connection, raw)

    def paths(self) -> list[str]:
        """Return the shown paths of all files, in order."""
        with explained(self._path):
            return reading.shown_paths(self._connection)

    def content_labels(self) -> list[ContentLabels]:
        """Return what each classified content that a file holds is taken for."""
        with explained(self._path):
            return list(labelling.content_labels(self._connection))

    def search(self, query: SearchQuery) -> list[Record]:
        """Return the records of the files found, in path order.

        With `duplicates`, the groups of copies in the order of their first paths, each
        with its best in front.
        """
        with explained(self._path):
            asked = self._places(query), self._including(query)
            return searching.search(self._connection, query, *asked)

    def count(self, query: SearchQuery) -> int:
        """Return how many files a query finds, its limit and offset aside."""
        with explained(self._path):
            asked = self._places(query), self._including(query)
            return searching.count(self._connection, query, *asked)

    def facets(self, query: SearchQuery) -> Facets:
        """Count what a query finds by each facet, its limit and offset aside."""
        # Loaded when it is used: a run needs none of it.
        from orquestrador.catalog import facets  # noqa: PLC0415

        with explained(self._path):
            asked = self._places(query), self._including(query)
            return facets.facets(self._connection, query, *asked)

    def summary(self) -> Summary:
        """Return the library in figures, all of one moment."""
        with explained(self._path):
            return summary.summary(self._connection)

    def tally(self) -> Tallied:
        """Count the files by how they stand; quicker than `summary`."""
        with explained(self._path):
            return tallying.tally(self._connection)

    def copies(self, sameness: Sameness = "near") -> tuple[CopyGroup, ...]:
        """Return the groups of copies of two files and more, by their first paths.

        Args:
            sameness: the loosest that counts: `exact` the same bytes, `same_code`
                also the same tokens, `near` also most of their shingles in common.

        """
        # Loaded when it is used: a run needs none of it.
        from orquestrador.catalog import copies  # noqa: PLC0415

        with explained(self._path):
            # Of what others have stored since, and of what is stored here.
            moment = (self.data_version(), self._connection.total_changes)
            if self._copies is None or self._copies[:2] != (sameness, moment):
                near_share = reading.about(self._connection).near_share
                found = copies.copies(self._connection, sameness, near_share)
                self._copies = sameness, moment, found
            return self._copies[-1]

    def graph(self) -> "Graph":
        """Return what files have to do with one another, all of one moment.

        What they include and what of it is missing, which programs have the same magic
        number, and which have a compiled one beside them.
        """
        # Loaded when it is used: a run needs none of it.
        from orquestrador.catalog import graph  # noqa: PLC0415

        variants = self.variants()
        with explained(self._path):
            return graph.graph(self._connection, variants)

    def variants(self) -> tuple[CopyGroup, ...]:
        """Return those of `copies("near")` whose bytes are not all the same.

        Quicker: most copies are of the same bytes.
        """
        # Loaded when it is used: a run needs none of it.
        from orquestrador.catalog import copies  # noqa: PLC0415

        with explained(self._path):
            near_share = reading.about(self._connection).near_share
            return copies.variants(self._connection, near_share)

    def _places(self, query: SearchQuery) -> dict[str, int] | None:
        """Return where each copy stands among all copies, if copies are asked for."""
        if query.duplicates is None:
            return None
        paths = (
            copy.path
            for group in self.copies(query.duplicates)
            for copy in group.copies
        )
        return {path: place for place, path in enumerate(paths)}

    def _including(self, query: SearchQuery) -> frozenset[str] | None:
        """Return the files that include what a query asks for, if it does."""
        if not (query.missing_include or query.includes):
            return None
        from orquestrador.catalog import graph  # noqa: PLC0415 -- as `graph`

        includes = graph.includes(self._connection)
        return graph.that_include(
            includes, query.includes, missing=query.missing_include
        )

    def changes(self, since_ns: int) -> tuple[Change, ...]:
        """Return what is another file than it was at a moment, one change a file.

        Looked at as a whole: what came and went in between is no change, and a file
        that was saved ten times has changed once. In path order.
        """
        with explained(self._path):
            return changes.changes(self._connection, since_ns)

    def history(self, raw: bytes) -> tuple[Change, ...]:
        """Return all that happened to a path, the oldest first; see `pruning`.

        A file that was renamed has the history of its old path as well.
        """
        with explained(self._path):
            return changes.history(self._connection, raw)

    def trend(self, limit: int = 100) -> tuple[TrendPoint, ...]:
        """Return the library in figures at the end of each of the last runs.

        The oldest first; at most `limit`. What was there is told by what is said of
        it today, as far back as the history goes.
        """
        with explained(self._path):
            return trend.trend(self._connection, limit)

    def count_changes(self, since_ns: int) -> dict[str, int]:
        """Count files by what happened to them last since a moment; quick."""
        with explained(self._path):
            return changes.count_changes(self._connection, since_ns)

    def data_version(self) -> int:
        """Return a number that is another one when somebody else has stored something.

        It says so for the connection that asks: compare it with its own earlier ones.
        """
        with explained(self._path):
            (number,) = self._connection.execute("PRAGMA data_version").fetchone()
            return int(number)

    def begin_run(self, order: RunOrder, classifier: str) -> Run:
        """Enter a run; it is open until `end_run`, also over a restart.

        Entering a token again changes nothing and returns the run it has.

        Args:
            order: what is asked for.
            classifier: version of the program and of its rules.

        """
        with explained(self._path), transaction(self._connection):
            return runs.begin(self._connection, order, classifier, time.time_ns())

    def end_run(
        self,
        run: int,
        state: RunState,
        reason: str | None = None,
        counts: RunCounts | None = None,
    ) -> None:
        """Note how a run ended, and forget what is too old to be kept.

        Raises:
            CatalogError: if there is no such run.

        """
        outcome = (state, reason, counts or RunCounts())
        now_ns = time.time_ns()
        with explained(self._path), transaction(self._connection):
            runs.end(self._connection, run, outcome, now_ns)
            pruning.prune(self._connection, now_ns)

    def interrupt_open_runs(self, reason: str) -> int:
        """End the runs that a process left open when it died; return their number."""
        with explained(self._path), transaction(self._connection):
            return runs.interrupt_open(self._connection, reason, time.time_ns())

    def open_run(self, *, after: int = 0) -> Run | None:
        """Return the first run begun later than `after` that has not ended."""
        with explained(self._path):
            return runs.oldest_open(self._connection, after)

    def last_run(self) -> Run | None:
        """Return the run that began last, open or ended."""
        with explained(self._path):
            return runs.newest(self._connection)

    def about(self) -> About:
        """Return where this catalog's library stands, and its own dates."""
        with explained(self._path):
            return reading.about(self._connection)

    def set_library(self, root: str) -> None:
        """Note where the library stands; it may have moved with its catalog."""
        with explained(self._path), transaction(self._connection):
            self._connection.execute(
                "INSERT OR REPLACE INTO about VALUES ('library', ?)", (root,)
            )

    def set_near_share(self, share: float) -> None:
        """Note what near copies have in common, from the settings; 0.7 to 1.0."""
        with explained(self._path), transaction(self._connection):
            self._connection.execute(
                "INSERT OR REPLACE INTO about VALUES ('near_share', ?)", (share,)
            )

    def problems(self) -> list[str]:
        """Look through the whole file for damage; slow, for `doctor` and tests.

        Returns:
            What is wrong with it, one sentence each; empty when it is whole.

        """
        with explained(self._path):
            return reading.problems(self._connection)
