"""What an error does to the actor whose handler raised it.

A child spec can say it for each type of error; the supervisor's strategy then says
which children are restarted. The guarantees, for an error that leaves `on_receive`
and is no answer to an ask (see `FailingAsk` and `Actor.expected_errors`):

- The decision is made once an error, in the actor's own thread.
- Only an `Exception` is decided about; what is raised outside it means RESTART, and
  so does a decision function that itself fails (that is logged).
- An end without an error (fenced because it was stuck, stopped) is not decided
  about.
- A supervisor cannot go on after an error of its own: RESUME means RESTART for it.
- An error in the constructor or in `on_start` has no message and nothing to go on
  with: RESUME means RESTART there. When such a start was asked for (at the
  supervisor's own start, by `start_child` or `restart_child`) the asker gets the
  error, and nothing is decided.
"""

import enum
import logging
from collections.abc import Callable
from typing import cast

logger = logging.getLogger(__name__)


class Decision(enum.Enum):
    """What becomes of an actor after an error."""

    RESUME = "resume"
    """The same incarnation goes on with the next message; the state it has is kept,
    also if the error left it half changed. The message is a dead letter, and an ask
    gets the error; it is not handled again, whatever `redeliveries` says. No restart
    is counted and no hook is run."""

    RESTART = "restart"
    """The incarnation ends, and the restart type decides: what happens without any
    decision."""

    STOP = "stop"
    """The child ends for good, whatever its restart type: what waits in its mailbox
    becomes dead letters. Its spec is kept as after `terminate_child`, a temporary or
    dynamic one goes. Siblings are left alone and no restart is counted. It has ended
    by itself, so the end of a significant child can end the supervisor."""

    ESCALATE = "escalate"
    """The supervisor fails with the child's error: it stops its children in reverse
    order and ends abnormally, and its own supervisor decides by the same rules. No
    restart of the child is counted in the supervisor that fails."""


Decisions = (
    tuple[tuple[type[Exception], Decision], ...] | Callable[[Exception], Decision]
)
"""Pairs, of which the first that fits the error counts; or a function."""


def are_decisions(value: object) -> bool:
    """Return whether a child spec can hold this."""
    if isinstance(value, tuple):
        return all(_is_pair(each) for each in cast("tuple[object, ...]", value))
    return callable(value)


def decide(decisions: Decisions, error: BaseException | None) -> Decision:
    """Return what an error means; RESTART where nothing is said about it."""
    if not decisions or not isinstance(error, Exception):
        return Decision.RESTART
    if callable(decisions):
        return _asked(decisions, error)
    fitting = (each for kind, each in decisions if isinstance(error, kind))
    return next(fitting, Decision.RESTART)


def _asked(function: Callable[[Exception], Decision], error: Exception) -> Decision:
    try:
        return Decision(function(error))
    except Exception:
        logger.exception("The decision about %r failed; it is RESTART", error)
        return Decision.RESTART


def _is_pair(value: object) -> bool:
    match value:
        case (type() as kind, Decision()):
            return issubclass(kind, Exception)
        case _:
            return False
