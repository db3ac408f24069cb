"""The puppet: an actor that does what it is sent."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, NoReturn

from orquestrador.supervisor.actor import Actor
from orquestrador.supervisor.ref import ActorRef

LONGEST_S = 30.0
"""Seconds after which a puppet is not kept busy any more, and not waited for."""

Act = Callable[["Puppet"], object]
"""What a puppet can be sent: it is called with the puppet, in its own thread."""


class Crash(Exception):  # noqa: N818 -- the name that a test reads
    """What a puppet fails with."""


class Puppet(Actor):
    """Does what it is told: runs the functions it is sent, in its own thread.

    A function gets the actor, and what it returns is the reply; any other message
    is kept in `received` and comes back as the reply.
    """

    def __init__(
        self,
        *,
        construct: Act | None = None,
        start: Act | None = None,
        stop: Act | None = None,
        failure: Act | None = None,
    ) -> None:
        """Run these in the constructor and in the hooks of the same name."""
        super().__init__()
        self.received: list[Any] = []
        self._start_act = start
        self._stop_act = stop
        self._failure_act = failure
        _run(construct, self)

    def on_start(self) -> None:
        """Run `start`."""
        _run(self._start_act, self)

    def on_stop(self) -> None:
        """Run `stop`."""
        _run(self._stop_act, self)

    def on_failure(
        self,
        exception_type: type[BaseException] | None,  # noqa: ARG002 -- Pykka's hook
        exception_value: BaseException | None,  # noqa: ARG002 -- the hook has it
        traceback: TracebackType | None,  # noqa: ARG002 -- the hook has it
    ) -> None:
        """Run `failure`."""
        _run(self._failure_act, self)

    def on_receive(self, message: Any) -> object:  # noqa: ANN401 -- a message is any object
        """Run a function; keep anything else."""
        if callable(message):
            result: object = message(self)
            return result
        self.received.append(message)
        return message


def _run(act: Act | None, puppet: Puppet) -> None:
    if act is not None:
        act(puppet)


def crash(puppet: Puppet) -> NoReturn:
    """Fail; send it to a puppet."""
    raise Crash(f"crash of incarnation {puppet.actor_ref.incarnation}")


def received(puppet: Puppet) -> tuple[Any, ...]:
    """Return what this incarnation has received so far; send it to a puppet."""
    return tuple(puppet.received)


@contextmanager
def busy(ref: ActorRef[Any]) -> Generator[threading.Event]:
    """Keep a puppet in a handler, with what comes meanwhile in its mailbox.

    It begins with what it has before, and is let go at the end of the block, or
    earlier: by setting the event that is yielded.

    Raises:
        AssertionError: if it does not come to that.

    """
    entered, leave = threading.Event(), threading.Event()

    def hold(_puppet: Puppet) -> None:
        entered.set()
        leave.wait(LONGEST_S)

    ref.tell(hold)
    if not entered.wait(LONGEST_S):
        raise AssertionError(f"{ref} is busy with something else")
    try:
        yield leave
    finally:
        leave.set()
