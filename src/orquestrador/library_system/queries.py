"""What is asked of a library's catalog."""

import datetime as dt
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orquestrador.catalog import Catalog
from orquestrador.errors import MessageValueError
from orquestrador.library import raw_name, raw_of_record
from orquestrador.library_system.access import Access
from orquestrador.messages import Record
from orquestrador.messages.catalog import SearchQuery, Summary
from orquestrador.messages.history import Change
from orquestrador.messages.sameness import CopyGroup, Sameness

if TYPE_CHECKING:
    from orquestrador.catalog.graph import Graph


class Queries(Access):
    """Reads the catalog, which needs no actor."""

    def search(self, words: str = "", **query: Any) -> list[Record]:  # noqa: ANN401 -- SearchQuery's fields
        """Find files in the catalog; `query` has the fields of `SearchQuery`.

        One code may stand for a tuple of one: `search(strategy="grid")`;
        `duplicates=True` for `"exact"`.
        """
        with self.catalog() as catalog:
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
        with self.catalog() as catalog:
            return catalog.changes(since_ns)

    def history(self, path: str | os.PathLike[str]) -> tuple[Change, ...]:
        """Return what happened to a file, the oldest first, over its renames.

        It goes back to when the catalog first saw the file, or two years.

        Args:
            path: relative to the library, or absolute; the file may be gone. Of a
                member of an archive, as records show it.

        Raises:
            LibraryError: if the path is outside the library.

        """
        relative = self._relative(path)
        shown = Path(relative).as_posix()
        with self.catalog() as catalog:
            # As the system names it, or as the catalog shows it.
            found = catalog.history(raw_name(relative))
            return found or catalog.history(raw_of_record(shown))

    def graph(self) -> "Graph":
        """Return what files have to do with one another; see `Catalog.graph`."""
        with self.catalog() as catalog:
            return catalog.graph()

    def copies(self, sameness: Sameness = "near") -> tuple[CopyGroup, ...]:
        """Return the groups of copies, each with its best and why; see `Catalog`.

        Args:
            sameness: the loosest that counts: `exact`, `same_code` or `near`.

        """
        with self.catalog() as catalog:
            return catalog.copies(sameness)

    def summary(self) -> Summary:
        """Return the library in figures."""
        with self.catalog() as catalog:
            return catalog.summary()

    def catalog(self) -> Catalog:
        """Open the catalog for reading; the caller closes it."""
        return Catalog(self.state / "catalog.sqlite3", read_only=True)


def search_query(words: str = "", **query: Any) -> SearchQuery:  # noqa: ANN401 -- its fields
    """Return a query; a single code stands for a tuple of one.

    Of `duplicates`, True stands for `exact`.
    """
    for name in ("strategy", "risk", "no_risk", "hygiene"):
        if isinstance(query.get(name), str):
            query[name] = (query[name],)
    if isinstance(query.get("duplicates"), bool):
        query["duplicates"] = "exact" if query["duplicates"] else None
    return SearchQuery(words=words, **query)
