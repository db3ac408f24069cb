"""What the catalog knows of a file's neighbours, for people.

Includes, magic numbers that others have too, the compiled program.
"""

import itertools
import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from orquestrador.errors import CatalogError
from orquestrador.interface.error_words import error_text
from orquestrador.interface.session import Session
from orquestrador.interface.translation import _, ngettext
from orquestrador.visible import visible

if TYPE_CHECKING:
    from orquestrador.catalog.graph import Collision, Graph, Include


class Beside:
    """Says what a file has to do with others; nothing where no catalog knows it.

    The catalog is read when the first file of its library comes by.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._graph: Graph | None = None
        self._collisions: defaultdict[str, list[Collision]] = defaultdict(list)
        self._is_read = False

    def lines(self, path: str) -> Iterator[str]:
        """Yield what is to be said of a file.

        Args:
            path: as shown, from the current folder, or absolute.

        """
        name = _in_library(self._session, path)
        graph = None if name is None else self._read()
        if name is None or graph is None:
            return
        yield from _missing(graph, graph.includes.get(name, ()))
        if wanted_by := graph.included_by.get(name):
            yield f"  {_('Included by')}: {self._some(wanted_by)}"
        for collision in self._collisions.get(name, ()):
            others = [each[0] for each in collision.programs if name not in each]
            number = _("Magic number {number} also in").format(number=collision.magic)
            yield f"  {number}: {self._some(others)}"
        if (compiled := graph.compiled.get(name)) is not None:
            told = visible(compiled.path.rpartition("/")[2])
            if compiled.older:
                told = _("{name}, older than the source").format(name=told)
            yield f"  {_('Compiled')}: {told}"

    def _read(self) -> "Graph | None":
        if not self._is_read:
            self._is_read = True
            if (self._session.state / "catalog.sqlite3").exists():
                try:
                    with self._session.catalog() as catalog:
                        self._graph = catalog.graph()
                    for each in self._graph.collisions:
                        for path in itertools.chain(*each.programs):
                            self._collisions[path].append(each)
                except CatalogError as error:
                    # A file can be inspected without it.
                    self._session.say(error_text(error))
        return self._graph

    def _some(self, paths: "tuple[str, ...] | list[str]") -> str:
        """Return the first path and how many more there are."""
        more = len(paths) - 1
        if not more:
            return visible(paths[0])
        return ngettext(
            "{path} and {count} more", "{path} and {count} more", more
        ).format(path=visible(paths[0]), count=self._session.number(more))


def _missing(graph: "Graph", includes: "tuple[Include, ...]") -> Iterator[str]:
    elsewhere = {each.name.casefold(): each.elsewhere for each in graph.missing}
    told: list[str] = []
    for include in includes:
        if include.missing:
            places = elsewhere.get(include.name.casefold())
            name = visible(include.name)
            told.append(
                _("{name} (stands at {path})").format(
                    name=name, path=visible(places[0])
                )
                if places
                else name
            )
    if told:
        yield f"  {_('Includes missing')}: {', '.join(told)}"


def _in_library(session: Session, path: str) -> str | None:
    """Return a shown path as the library's catalog has it; None for one outside."""
    from orquestrador.library import os_name, raw_name, raw_of_record, shown_name  # noqa: PLC0415 -- loaded when it is used
    from orquestrador.library.names import INSIDE  # noqa: PLC0415 -- likewise

    place, inside, member = raw_of_record(path).partition(INSIDE)
    here = Path(os.path.realpath(os_name(place)))
    library = Path(os.path.realpath(session.library))
    if not here.is_relative_to(library):
        return None
    relative = raw_name(str(here.relative_to(library)))
    return shown_name(relative + inside + member)
