"""The conversation with the watcher: whether the catalog is up to date."""

from typing import Annotated, Literal

from msgspec import Meta

from orquestrador.messages.base import Message
from orquestrador.messages.request import Request

Count = Annotated[int, Meta(ge=0)]

DegradationCode = Literal["watches", "instances", "observer", "away", "run", "store"]


class Degradation(Message, tag=False):
    """Something that keeps the watcher from its best."""

    code: DegradationCode
    """`watches`, `instances`: a limit of the system, so that it is polled; `observer`:
    the system's observer failed; `away`: the library's folder is not there; `run`,
    `store`: the catalog could not be brought up to date, which is tried again."""

    words: str
    """What is the matter, with the figures; in English."""

    remedy: str | None
    """A command that mends it, where there is one."""


class WatcherState(Message):
    """Event and answer: how the watcher is, and whether the catalog is up to date."""

    kind: Literal["native", "polling", "none"]
    """Whether the system tells of changes, or the watcher looks; `none`: neither."""

    folders: Count | None
    """Folders that are watched; None where the system watches them as one."""

    pending: Count
    """Paths that changed and are not in the catalog yet."""

    reconciling: bool
    """Whether the whole library is being compared with the catalog, or has to be."""

    events: Count = 0
    """Events about paths of the library since the watcher began."""

    overflows: Count = 0
    """How often the system lost events, which made a comparison necessary."""

    degraded: tuple[Degradation, ...] = ()

    @property
    def up_to_date(self) -> bool:
        """Whether everything that was heard of is in the catalog."""
        return (
            not self.pending
            and not self.reconciling
            and self.kind != "none"
            and all(each.code not in _BEHIND for each in self.degraded)
        )


_BEHIND = frozenset({"away", "run", "store"})


class GetWatcherState(Request[WatcherState]):
    """Ask how the watcher is."""


class AwaitStored(Request[WatcherState]):
    """Ask to be answered when everything saved so far is in the catalog."""


class OpenWatch(Message):
    """The watcher to itself: begin to watch."""


class ChangesArrived(Message):
    """The watcher to itself: something happened after a rest."""


class LookAgain(Message):
    """Timer tick of the watcher: something has come to rest."""


class CheckWatch(Message):
    """Timer tick of the watcher: are the library and the observer still there?"""


class Reconcile(Message):
    """Timer tick of the watcher: compare the whole library with the catalog."""
