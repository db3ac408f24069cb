"""Actors that other installed packages offer, by the entry-point group."""

from collections.abc import Iterable, Iterator
from importlib import metadata
from typing import cast

from orquestrador.errors import EntryPointError
from orquestrador.supervisor import ChildSpec

GROUP = "orquestrador.actors"
"""In a package's pyproject.toml: `[project.entry-points."orquestrador.actors"]`."""


def offered_actors() -> tuple[ChildSpec, ...]:
    """Return the child specs of all installed packages, in the order of their names.

    An entry point is a `ChildSpec`, several of them, or a function without arguments
    that returns either.

    Raises:
        EntryPointError: if one cannot be loaded, fails, or is something else.

    """
    found = sorted(metadata.entry_points(group=GROUP), key=lambda each: each.name)
    return tuple(spec for each in found for spec in _specs(each))


def _specs(entry_point: metadata.EntryPoint) -> Iterator[ChildSpec]:
    try:
        offered = entry_point.load()
        if callable(offered):
            offered = offered()
    except Exception as error:
        raise EntryPointError(
            f"{_named(entry_point)} cannot be loaded: {type(error).__name__}: {error}"
        ) from error
    if isinstance(offered, ChildSpec):
        offered = (offered,)
    if not isinstance(offered, Iterable):
        raise _wrong(entry_point, offered)
    for spec in cast("Iterable[object]", offered):
        if not isinstance(spec, ChildSpec):
            raise _wrong(entry_point, spec)
        yield spec


def _wrong(entry_point: metadata.EntryPoint, offered: object) -> EntryPointError:
    return EntryPointError(
        f"{_named(entry_point)} gives {type(offered).__name__}; it has to be a "
        "ChildSpec, several of them, or a function that returns either"
    )


def _named(entry_point: metadata.EntryPoint) -> str:
    package = entry_point.dist.name if entry_point.dist is not None else "?"
    return (
        f"the entry point {entry_point.name!r} ({entry_point.value}) of the package "
        f"{package!r}, which offers actors,"
    )
