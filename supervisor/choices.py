"""The words of a child spec: what can be chosen for a child, and what each means."""

import enum
from collections.abc import Callable

import pykka

BRUTAL_KILL = 0.0
"""`shutdown_s` of a child that is fenced without being asked."""

INFINITY = None
"""`shutdown_s` of a child that may take any time to stop."""


class Restart(enum.Enum):
    """When a child that ended is started again."""

    PERMANENT = "permanent"
    """Always."""

    TRANSIENT = "transient"
    """After a failure only."""

    TEMPORARY = "temporary"
    """Never; its spec goes with it."""


class FailingAsk(enum.Enum):
    """What an error does to an actor that was handling an ask or a request."""

    RESTART = "restart"
    """The asker gets the error, and the incarnation ends by it."""

    RETURN = "return"
    """The asker gets the error, and the actor goes on: Pykka's way."""


class RestartingAsk(enum.Enum):
    """What becomes of an ask or a request while its receiver is restarted."""

    WAIT = "wait"
    """It stays in the mailbox: the next incarnation answers."""

    FAIL = "fail"
    """The asker gets `RestartingError` at once, also one that waits already.

    A tell waits all the same. An ask that arrives in the very moment of the failure
    may still be answered by the next incarnation.
    """


class Overflow(enum.Enum):
    """What becomes of a message that finds a bounded mailbox full.

    A sender that gets an error still has its message: that is no dead letter.
    """

    FAIL = "fail"
    """The sender gets `MailboxFullError`; nothing was sent."""

    WAIT = "wait"
    """The sender waits for room, for `overflow_wait_s` seconds, then as with `FAIL`.

    Only a sender outside actors waits. A handler never does (no handler waits for
    another actor): for it this is `FAIL`. So use it where threads that are not
    actors feed an actor that may be slower than they are. A callback of the clock or
    of the event stream would hold up all the others: let it send elsewhere.
    """

    DROP_NEWEST = "drop_newest"
    """The message is a dead letter; whoever asked gets `MailboxFullError`."""

    DROP_OLDEST = "drop_oldest"
    """The oldest sent message is a dead letter, and this one goes to the end."""


class Ignore(enum.Enum):
    """What a factory returns when there is nothing to run."""

    IGNORE = "ignore"


IGNORE = Ignore.IGNORE

Factory = Callable[..., pykka.Actor | Ignore]
"""An actor class, or a function that makes an actor."""
