"""What can be asked of a library's actors, in this process or in another one."""

from orquestrador.library_system.backups import Backups
from orquestrador.library_system.correcting import Correcting
from orquestrador.library_system.organizing import Organizing
from orquestrador.library_system.queries import search_query
from orquestrador.library_system.watching import Watching

__all__ = ["LibrarySystem", "search_query"]


class LibrarySystem(Organizing, Correcting, Backups, Watching):
    """A library whose actors run: `Orchestrator` here, `RunningLibrary` elsewhere."""
