"""The runtimes that `runtime.py` compares, each doing the same work.

An actor of each handles the same messages: it counts one and gives it back, and on
`CRASH` it fails. Ours and Pykka's are always there; Thespian, xoscar and Ray where they
are installed (requirements.txt).
"""

import importlib
import importlib.util
import logging
import os
import threading
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar, TextIO

import pykka

from orquestrador.supervisor import (
    Actor,
    ActorSystem,
    ChildSpec,
    DeadLetter,
    Supervisor,
    SupervisorFlags,
)

CRASH = "crash"
PING = "ping"
OTHERS = ("thespian", "xoscar", "ray")
LOST_AFTER_S = 10.0
"""Seconds after which an ask is taken for one that nobody will answer."""

WITHOUT_LIMIT = SupervisorFlags(intensity=1_000_000, period_s=3600.0)


class CrashError(Exception):
    """What the actors fail with."""


class Handler:
    """What an actor of every runtime does."""

    handled = 0

    def on_receive(self, message: object) -> object:
        """Count a message and give it back; fail on `CRASH`."""
        if message == CRASH:
            raise CrashError(message)
        self.handled += 1
        return message


class SupervisedActor(Handler, Actor):
    """Ours."""


class PlainActor(Handler, pykka.ThreadingActor):
    """Pykka's."""


class FailureLog(logging.StreamHandler[TextIO]):
    """Writes every record out, to nowhere, and tells when it has."""

    def __init__(self) -> None:
        """Write from now on."""
        super().__init__(Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 -- open to the end
        self._written = threading.Semaphore(0)

    def emit(self, record: logging.LogRecord) -> None:
        """Format a record and write it."""
        super().emit(record)
        self._written.release()

    def wait(self) -> None:
        """Wait for one record.

        Raises:
            TimeoutError: if none comes in ten seconds.

        """
        if not self._written.acquire(timeout=10.0):
            raise TimeoutError("no failure was logged in 10 s")


class Side(ABC):
    """One runtime; every figure is a count a second."""

    name: ClassVar[str]

    @abstractmethod
    def tells(self, count: int) -> float:
        """Send messages, until the last one is handled."""

    @abstractmethod
    def asks(self, count: int) -> float:
        """Ask questions, one after the other."""

    @abstractmethod
    def starts(self, count: int) -> float:
        """Start an actor and stop it, one after the other."""

    @abstractmethod
    def end(self) -> None:
        """Stop what runs."""


class ThreadSide(Side):
    """Ours or Pykka's, which are used in the same way."""

    actor_class: ClassVar[type[pykka.ThreadingActor]]
    ref: pykka.ActorRef[Any]

    def tells(self, count: int) -> float:
        """Send messages, until the last one is handled."""
        tell = self.ref.tell
        began = time.perf_counter()
        for _ in range(count):
            tell(PING)
        self.ref.ask(PING)
        return count / (time.perf_counter() - began)

    def asks(self, count: int) -> float:
        """Ask questions, one after the other."""
        ask = self.ref.ask
        began = time.perf_counter()
        for _ in range(count):
            ask(PING)
        return count / (time.perf_counter() - began)

    def starts(self, count: int) -> float:
        """Start an actor and stop it, one after the other."""
        start = self.actor_class.start
        began = time.perf_counter()
        for _ in range(count):
            start().stop()
        return count / (time.perf_counter() - began)

    def crashes(self, count: int, log: FailureLog) -> list[float]:
        """Return the seconds of each crash, until the next answer."""
        seconds: list[float] = []
        for _ in range(count):
            began = time.perf_counter()
            self.crash()
            seconds.append(time.perf_counter() - began)
            # One crash must be over before the next begins.
            log.wait()
        return seconds

    @abstractmethod
    def crash(self) -> None:
        """Let the actor fail, and wait for the next answer."""


class Orquestrador(ThreadSide):
    """This runtime: a supervised child, and bare actors of the same class."""

    name = "orquestrador"
    actor_class = SupervisedActor

    def __init__(self) -> None:
        """Start a tree of one child."""
        self._system = ActorSystem()
        # Somebody wants to know of dead letters, as in a program.
        self._system.events.subscribe(DeadLetter, lambda _: None)
        spec = ChildSpec(id="child", actor=SupervisedActor)
        Supervisor.start(WITHOUT_LIMIT, [spec], system=self._system)
        self.ref = self._system.ref("child")

    def crash(self) -> None:
        """Let it fail; the same ref gets the next incarnation's answer."""
        self.ref.tell(CRASH)
        self.ref.ask(PING, timeout=LOST_AFTER_S)

    def end(self) -> None:
        """Stop the tree."""
        self._system.stop()


class Pykka(ThreadSide):
    """The yardstick."""

    name = "pykka"
    actor_class = PlainActor

    def __init__(self) -> None:
        """Start one actor."""
        self.ref = PlainActor.start()

    def crash(self) -> None:
        """Let it fail; who notices that it is dead starts another.

        Once in many thousand times it strands the ask of this moment: it was sent
        after the last look into the mailbox, and before the actor counted as dead.
        """
        self.ref.tell(CRASH)
        try:
            self.ref.ask(PING, timeout=LOST_AFTER_S)
        except (pykka.ActorDeadError, pykka.Timeout):
            self.ref = PlainActor.start()
            self.ref.ask(PING)

    def end(self) -> None:
        """Stop the actor."""
        self.ref.stop()


def installed_others() -> list[Side]:
    """Return the others that are installed, each with an actor that runs."""
    return [
        importlib.import_module(f"others.{name}_side").side()
        for name in OTHERS
        if importlib.util.find_spec(name) is not None
    ]
