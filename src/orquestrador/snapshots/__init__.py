"""The backup repository: every kept state of the library, restorable with git alone.

Importing it costs nothing: the public names are loaded when they are first used, and
the Git library when a repository is opened.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orquestrador.snapshots.manifest import Content, Manifest
    from orquestrador.snapshots.options import KnownContent, SnapshotOptions
    from orquestrador.snapshots.repository import LATEST, SnapshotRepository
    from orquestrador.snapshots.retention import Keep

__all__ = [
    "LATEST",
    "Content",
    "Keep",
    "KnownContent",
    "Manifest",
    "SnapshotOptions",
    "SnapshotRepository",
]

_HOMES = {
    "LATEST": "repository",
    "Content": "manifest",
    "Keep": "retention",
    "KnownContent": "options",
    "Manifest": "manifest",
    "SnapshotOptions": "options",
    "SnapshotRepository": "repository",
}


def __getattr__(name: str) -> object:
    """Load a public name from the module it lives in (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
