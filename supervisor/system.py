"""The actor system: names, events, dead letters and time, shared by a tree of actors.

Several systems can live side by side in one process. `default()` is the one that
bare actors, started without a supervisor, belong to.
"""

import functools
import itertools
import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, overload

import pykka

from orquestrador.errors import UnknownActorError
from orquestrador.supervisor import at_exit
from orquestrador.supervisor.abandoned import ABANDONED_LIMIT, AbandonedThreads
from orquestrador.supervisor.cell import Cell
from orquestrador.supervisor.clock import MONOTONIC, Clock
from orquestrador.supervisor.control import LookAgain
from orquestrador.supervisor.current import current
from orquestrador.supervisor.dead_letters import DeadLetters
from orquestrador.supervisor.events import EventStream
from orquestrador.supervisor.guardian import BARE, Guardian
from orquestrador.supervisor.incarnation import Incarnation
from orquestrador.supervisor.inspection import (
    ActorInfo,
    Inspection,
    describe_cell,
    inspect_cell,
    tree_text,
)
from orquestrador.supervisor.loop import Build, Loop
from orquestrador.supervisor.names import Names
from orquestrador.supervisor.spare import SpareThreads
from orquestrador.supervisor.supervisor_ref import SupervisorRef
from orquestrador.supervisor.tracing import DEFAULT_LIMIT, Trace, Tracing

if TYPE_CHECKING:
    from orquestrador.supervisor.actor import Actor
    from orquestrador.supervisor.protocol import ProtocolActor
    from orquestrador.supervisor.protocol_ref import ProtocolRef
    from orquestrador.supervisor.ref import ActorRef

M = TypeVar("M")

logger = logging.getLogger("pykka")

_thread_numbers = itertools.count()

MAKE_WAY_S = 0.005
"""Seconds that a failed incarnation's thread waits before it logs the failure."""


class ActorSystem:
    """Everything that the actors of one tree share.

    At the end of the program the trees of every system are stopped in order; an
    actor that hangs delays it by its own limit, and all of them together by no more
    than `at_exit.EXIT_LIMIT_S`.
    """

    is_simulated: ClassVar[bool] = False
    """Whether its actors have no threads of their own."""

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        chance: Callable[[], float] | None = None,
        abandoned_limit: int = ABANDONED_LIMIT,
        timed: bool = False,
    ) -> None:
        """Make an empty system.

        Args:
            clock: a `ManualClock` in tests; real time if None.
            chance: `random.Random(seed).random` where delays shall be the same each
                time; the operating system's randomness if None.
            abandoned_limit: how many abandoned threads may be alive before a
                supervisor whose child leaves another behind gives up; see `abandoned`.
            timed: take the time of every message that its actors handle, for
                `ActorInfo.handling`; it costs each about a microsecond.

        """
        self.clock: Clock = clock or MONOTONIC
        self.events = EventStream()
        self.dead_letters = DeadLetters(self.events, self.clock)
        self.abandoned_threads = AbandonedThreads(abandoned_limit)
        self.tracing = Tracing()
        self.tracing.on_change(self._look_again)
        self.timed = timed
        self.chance = chance or _chance
        """Returns a random number from 0 to below 1: the jitter of delays."""

        self._spares = SpareThreads()
        self._guardian = Guardian()
        self._names = Names()
        self._roots: dict[str, Cell] = {}
        at_exit.add(self)

    @property
    def abandoned(self) -> int:
        """How many threads were left behind so far: their actor was fenced busy."""
        return self.abandoned_threads.total

    @overload
    def ref(self, name: str) -> "ActorRef[Any]": ...

    @overload
    def ref(self, name: str, speaks: "type[ProtocolActor[M]]") -> "ProtocolRef[M]": ...

    def ref(
        self, name: str, speaks: "type[ProtocolActor[Any]] | None" = None
    ) -> "ActorRef[Any]":
        """Return the ref of the actor with this name; the same for its whole life.

        Args:
            name: the actor's.
            speaks: a class whose protocol the ref is typed with. An actor of
                another class may stand there; it must accept all of the protocol,
                or declare none.

        Raises:
            UnknownActorError: if there is none; lists the names there are.
            UnacceptedMessageError: if the actor does not accept all that `speaks`
                declares.

        """
        cell = self._names.find(name)
        if speaks is not None:
            speaks.protocol.check_spoken_by(cell.ref)
        return cell.ref

    def supervisor(self, name: str) -> SupervisorRef:
        """Return the ref of the supervisor with this name, typed as one.

        Raises:
            UnknownActorError: if no actor has the name, or one that is no supervisor.

        """
        ref = self.ref(name)
        if not isinstance(ref, SupervisorRef):
            raise UnknownActorError(f"{name!r} is no supervisor")
        return ref

    def names(self) -> tuple[str, ...]:
        """Return the names of all named actors, sorted."""
        return tuple(self._names)

    def snapshot(self) -> tuple[ActorInfo, ...]:
        """Describe every actor, parents before children, without asking any."""
        return tuple(
            info
            for root in tuple(self._roots.values())
            for info in describe_cell(root, parent="", now=self.clock.now())
        )

    def tree(self) -> str:
        """Return the tree of actors as text, one line each."""
        return tree_text(self.snapshot())

    def inspect(self, who: "str | ActorRef[Any]", timeout: float = 1.0) -> Inspection:
        """Look inside an actor: its state, what it does, what waits.

        The actor's own thread shows its state and the head of its mailbox, before
        the messages that wait; of one that is busy for longer, is stuck or has ended
        the answer has what can be seen without it, and says why. Inside an actor use
        `self.inspect(ref)`.

        Args:
            who: a ref, or a name.
            timeout: seconds that the actor's thread may take.

        Raises:
            UnknownActorError: if no actor has that name.
            BlockingAskError: in a handler of a supervised actor.

        """
        return inspect_cell(self._cell_of(who), timeout)

    def suspend(self, who: "str | ActorRef[Any]") -> None:
        """Let an actor's messages wait, from the one after the message in hand.

        It goes on to serve its supervisor, and looks inside. A stop ends it at once;
        what waited becomes dead letters. It stays suspended when it is restarted
        (the new incarnation starts, and waits): whoever suspended it wants to look
        at it in peace, and resumes it when done. Its timers run; what they send waits
        too. No message is lost, but an ask may meet its deadline meanwhile.

        Raises:
            UnknownActorError: if no actor has that name.

        """
        self._cell_of(who).suspend(suspended=True)

    def resume(self, who: "str | ActorRef[Any]") -> None:
        """Let a suspended actor handle its messages again, in their order.

        Raises:
            UnknownActorError: if no actor has that name.

        """
        self._cell_of(who).suspend(suspended=False)

    def trace(
        self,
        who: "str | ActorRef[Any] | None" = None,
        *types: type,
        limit: int = DEFAULT_LIMIT,
    ) -> Trace:
        """Record which messages an actor takes and what becomes of each.

        Each message gives two records: when it was taken and when its handler ended.
        From the message after the one in hand until the trace is stopped, also over
        restarts. What an actor sends is seen where it is taken. A traced message
        costs some tens of microseconds more, any other actor's nothing.

        Args:
            who: a ref, or a name; None for all actors of the system.
            *types: only messages of these types, or derived from them.
            limit: how many records are kept; older ones are let go of.

        Returns:
            The trace: a context manager and an iterator of records.

        Raises:
            UnknownActorError: if no actor has that name.

        """
        cell = None if who is None else self._cell_of(who)
        return self.tracing.begin(cell, types, limit)

    def stop(self, timeout: float | None = None) -> bool:
        """Stop every tree and every bare actor, the newest first.

        Messages that wait become dead letters, which the log has as information.
        Subscriptions stay: what is published later, as a dead letter of an actor that
        has stopped, is handed out too.

        Args:
            timeout: seconds for all of them together; None waits without limit.

        Returns:
            False when the time was not enough.

        """
        # Whoever stops everything knows that what waits is not handled.
        self.dead_letters.level = logging.INFO
        stopped = self._stop(tuple(self._roots.values()), timeout)
        if stopped:
            self.events.close()
            self._spares.close()
        return stopped

    def stop_trees(self, timeout: float) -> bool:
        """Stop every tree, and leave the bare actors: what a program's end does."""
        roots = tuple(self._roots.values())
        trees = tuple(cell for cell in roots if cell.spec.is_supervisor())
        return self._stop(trees, timeout)

    def _stop(self, roots: Sequence[Cell], timeout: float | None) -> bool:
        deadline = None if timeout is None else time.monotonic() + timeout
        for cell in reversed(roots):
            left_s = None if deadline is None else max(0.0, deadline - time.monotonic())
            try:
                cell.ref.stop(left_s)
            except pykka.Timeout:
                return False
        return True

    # -- for the runtime's own parts -------------------------------------------

    def _cell_of(self, who: "str | ActorRef[Any]") -> Cell:
        return (self.ref(who) if isinstance(who, str) else who).cell

    def _look_again(self, one: Cell | None) -> None:
        if one is not None:
            one.control(LookAgain())
            return
        cells = list(self._roots.values())
        for cell in cells:
            cells.extend(cell.children.values())
            cell.control(LookAgain())

    def bare_cell(self, actor_class: "type[Actor]") -> Cell:
        """Return a new cell for an actor without a supervisor."""
        return Cell(
            actor_class=actor_class,
            spec=BARE,
            parent=self._guardian,
            system=self,
        )

    def launch(self, actor: "Actor", *, daemon: bool) -> None:
        """Run a bare actor, which was constructed."""
        ref = actor.actor_ref
        cell = ref.cell
        incarnation = cell.incarnation
        if incarnation is None:
            raise RuntimeError(f"{ref} has no incarnation to run")
        incarnation.actor = actor
        self._roots[cell.urn] = cell
        pykka.ActorRegistry.register(ref)
        logger.debug("Starting %s", ref)
        self.run(incarnation, None, daemon=daemon)

    def run(
        self, incarnation: Incarnation, build: Build | None, *, daemon: bool
    ) -> None:
        """Start a thread that runs an incarnation; see `Loop` for `build`."""
        run = Loop(incarnation, build).run
        name = f"{incarnation.cell.actor_class.__name__}-{next(_thread_numbers)}"
        spare = self._spares.thread_for(run, name) if daemon else None
        incarnation.start(
            spare or threading.Thread(target=run, name=name, daemon=daemon)
        )

    def make_way(self) -> None:
        """Let the next incarnation go first; called by a thread that has failed.

        What it still has to do (to write a traceback) takes longer than a restart,
        and would keep the interpreter from it.
        """
        time.sleep(MAKE_WAY_S)
        self._spares.refill()

    def add_root(self, cell: Cell) -> None:
        """Add the top of a tree."""
        self.dead_letters.level = logging.WARNING
        self._spares.open()
        self._roots[cell.urn] = cell
        # Let the clock's thread start now: when the program ends, limits are needed
        # and some Pythons (3.12.1) start no thread any more.
        self.clock.call_later(0.0, _tick)

    def claim_name(self, name: str, cell: Cell) -> None:
        """Let `name` mean `cell`.

        Raises:
            ChildRequestError: `already_started`, if another actor has the name.

        """
        self._names.claim(name, cell)

    def forget(self, cell: Cell) -> None:
        """Let go of an actor that has ended."""
        self._roots.pop(cell.urn, None)
        self._names.release(cell)


def _chance() -> float:
    # Not `random`: it takes two milliseconds to import.
    return int.from_bytes(os.urandom(6), "big") / 2**48


def _tick() -> None:
    """Do nothing, on time."""


def default() -> ActorSystem:
    """Return the system of the bare actors: the simulation's, inside of one."""
    host: object = current.host
    return host if isinstance(host, ActorSystem) else _default()


@functools.cache
def _default() -> ActorSystem:
    return ActorSystem()
