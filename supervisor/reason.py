"""Why an actor ended."""

import enum
from typing import Self

import msgspec


class EndKind(enum.Enum):
    """How an incarnation came to its end."""

    NORMAL = "normal"
    """The actor stopped itself: its work is done."""

    SHUTDOWN = "shutdown"
    """It was asked to end, or a supervisor gave up."""

    FAILED = "failed"
    """An exception left its code."""

    KILLED = "killed"
    """It was fenced: over its limit, stuck, or stopped without a limit."""

    IGNORED = "ignored"
    """Its factory decided that there is nothing to run."""


class EndReason(msgspec.Struct, frozen=True):
    """How an incarnation ended, with the error or the words that explain it."""

    kind: EndKind
    error: BaseException | None = None
    info: object = None
    """Anything the actor or its supervisor says about the end."""

    @classmethod
    def failed(cls, error: BaseException) -> Self:
        """Return the reason of an end by an exception."""
        return cls(EndKind.FAILED, error)

    @classmethod
    def killed(cls, info: str) -> Self:
        """Return the reason of an end by fencing."""
        return cls(EndKind.KILLED, info=info)

    @classmethod
    def shutdown(cls, info: object = None, error: BaseException | None = None) -> Self:
        """Return the reason of an end that somebody asked for."""
        return cls(EndKind.SHUTDOWN, error, info)

    def is_abnormal(self) -> bool:
        """Return whether a transient child is restarted after this end."""
        return self.kind in _ABNORMAL

    def __str__(self) -> str:
        text = self.kind.value
        if self.info is not None:
            text += f" ({self.info})"
        if self.error is not None:
            text += f": {describe(self.error)}"
        return text


_ABNORMAL = (EndKind.FAILED, EndKind.KILLED)

NORMAL = EndReason(EndKind.NORMAL)
SHUTDOWN = EndReason(EndKind.SHUTDOWN)
IGNORED = EndReason(EndKind.IGNORED)


def describe(error: BaseException) -> str:
    """Return an error as one line: its type and its words."""
    words = str(error)
    name = type(error).__name__
    return f"{name}: {words}" if words else name
