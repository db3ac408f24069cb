"""Catalogs of several libraries, asked together."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from orquestrador.catalog import Catalog
from orquestrador.library_system.queries import search_query
from orquestrador.messages import Record
from orquestrador.state import state_path


class FoundRecord(NamedTuple):
    """A file of one of several libraries."""

    library: Path
    """Absolute."""

    record: Record


def search_libraries(
    libraries: Iterable[str | os.PathLike[str]],
    words: str = "",
    **query: Any,  # noqa: ANN401 -- SearchQuery's fields
) -> list[FoundRecord]:
    """Find files in the catalogs of several libraries; nothing need run.

    Args:
        libraries: folders whose state is where it is by default.
        words: see `SearchQuery`.
        query: its other fields; `limit` is of all libraries together.

    Returns:
        What was found: the libraries as given, each in its catalog's order.

    Raises:
        CatalogError: if one of them has no catalog, or it cannot be read.

    """
    asked = search_query(words, **query)
    found: list[FoundRecord] = []
    for each in libraries:
        library = Path(each).expanduser().absolute()
        state = state_path(library)
        with Catalog(state / "catalog.sqlite3", read_only=True) as catalog:
            found += [FoundRecord(library, one) for one in catalog.search(asked)]
    return found[: asked.limit]
