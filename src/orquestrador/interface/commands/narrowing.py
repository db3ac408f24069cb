"""Which of several filters left nothing: what each of them keeps away."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from orquestrador.interface.translation import ngettext

if TYPE_CHECKING:
    from orquestrador.catalog import Catalog
    from orquestrador.interface.session import Session
    from orquestrador.messages.catalog import SearchQuery

_OF_ANOTHER = {"limit", "symbol_exact"}
"""Filters nothing by itself."""


def without_one(
    session: "Session", catalog: "Catalog", query: "SearchQuery"
) -> Iterator[str]:
    """Yield what would be found without one of the filters, where that is anything."""
    defaults = {each.name: each.default for each in msgspec.structs.fields(query)}
    given = {
        name: getattr(query, name)
        for name, default in defaults.items()
        if name not in _OF_ANOTHER and getattr(query, name) != default
    }
    if len(given) < 2:
        return
    for name, value in given.items():
        found = catalog.count(query.replace(limit=None, **{name: defaults[name]}))
        if found:
            yield ngettext(
                "without {filter} there is {count} file",
                "without {filter} there are {count} files",
                found,
            ).format(filter=_said(name, value), count=session.number(found))


def _said(name: str, value: Any) -> str:  # noqa: ANN401 -- a field of any type
    option = "--" + name.replace("_", "-").removesuffix("-ns")
    if name == "words":
        return f"“{value}”"
    if isinstance(value, tuple):
        return " ".join(f"{option} {each}" for each in value)
    return option if value is True else f"{option} {value}"
