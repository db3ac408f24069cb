"""The conversation about saves: paths that came to rest, and that they are stored."""

from orquestrador.messages.base import Message


class PathsSettled(Message):
    """From the watcher to the classifier: look at these paths now, before bulk work.

    A file is compared with the catalog; a folder is listed, with all below it; a
    path that is not there means: gone, with all below it. What is not part of the
    library (excluded, no source) is of no account. Answered by the event
    `PathsLookedAt`, once for each message; when the classifier fails in between
    there is no answer, and the watcher, which is then begun anew, looks at the whole
    library.
    """

    paths: tuple[bytes, ...]
    """Raw names relative to the library (`orquestrador.library`)."""

    saved_at: tuple[float, ...] = ()
    """When each of them was seen to change last, in seconds since the epoch; empty
    when that is not known."""


class PathsLookedAt(Message):
    """Event: all that these paths held is in the catalog, and readable by others."""

    paths: tuple[bytes, ...]
    """As they came with `PathsSettled`."""

    stored_at: float
    """Seconds since the epoch."""

    problem: str | None = None
    """Why the catalog could not take it (a full disk): the paths are still to be
    looked at. None when all went well."""


class LookAtSaves(Message):
    """The classifier to itself: look at the next of the settled paths."""
