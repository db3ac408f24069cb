"""Thespian: actors that are processes, with messages over TCP."""

# pyright: reportMissingImports=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUntypedBaseClass=false

import time
from typing import Any

from sides import PING, Side
from thespian.actors import Actor, ActorExitRequest, ActorSystem

TELL = "tell"
LIMIT_S = 30.0
_QUIET = {
    "version": 1,
    "disable_existing_loggers": False,
    "root": {"level": "CRITICAL", "handlers": []},
}


class ThespianActor(Actor):
    """Counts what it is told, and gives back what it is asked."""

    handled = 0

    def receiveMessage(self, msg: object, sender: Any) -> None:  # noqa: ANN401, N802 -- Thespian's
        """Count a message; answer `PING`."""
        self.handled += 1
        if msg == PING:
            self.send(sender, msg)


class ThespianSide(Side):
    """One actor in a system of processes."""

    name = "thespian"

    def __init__(self) -> None:
        """Start the system and the actor."""
        self._system: Any = ActorSystem("multiprocTCPBase", logDefs=_QUIET)
        self._actor: Any = self._start()

    def tells(self, count: int) -> float:
        """Send messages, until the last one is handled."""
        began = time.perf_counter()
        for _ in range(count):
            self._system.tell(self._actor, TELL)
        self._system.ask(self._actor, PING, LIMIT_S)
        return count / (time.perf_counter() - began)

    def asks(self, count: int) -> float:
        """Ask questions, one after the other."""
        began = time.perf_counter()
        for _ in range(count):
            self._system.ask(self._actor, PING, LIMIT_S)
        return count / (time.perf_counter() - began)

    def starts(self, count: int) -> float:
        """Start an actor and stop it, one after the other."""
        began = time.perf_counter()
        for _ in range(count):
            self._system.tell(self._start(), ActorExitRequest())
        return count / (time.perf_counter() - began)

    def _start(self) -> Any:  # noqa: ANN401 -- an address of Thespian's
        actor = self._system.createActor(ThespianActor)
        # `createActor` does not wait: the answer does.
        self._system.ask(actor, PING, LIMIT_S)
        return actor

    def end(self) -> None:
        """Stop the processes."""
        self._system.shutdown()


side = ThespianSide
