"""The backup repository: every kept state of the library, restorable with git alone.

Importing it is cheap; the Git library is loaded when a repository is opened.
"""

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
