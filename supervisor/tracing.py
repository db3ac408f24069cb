"""Message tracing: which messages an actor takes, and what becomes of each.

Off, it costs nothing: a loop looks each message's type up in a table anyway, for the
runtime's own messages, and tracing an actor gives its loop another table.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Annotated, Literal, Self

from msgspec import Meta

from orquestrador.messages import Message
from orquestrador.supervisor.control import Control, Notice, Report, Tick
from orquestrador.supervisor.encoding import Encoded, decoded
from orquestrador.supervisor.envelope import Envelope
from orquestrador.supervisor.incarnation import Incarnation
from orquestrador.supervisor.reason import describe
from orquestrador.supervisor.rendering import render
from orquestrador.supervisor.special import Special
from orquestrador.supervisor.timing import TimedTable

if TYPE_CHECKING:
    from orquestrador.supervisor.actor import Actor
    from orquestrador.supervisor.cell import Cell

Table = Mapping[type, Special]

DEFAULT_LIMIT = 1000


class TraceRecord(Message):
    """One message was taken by an actor, or its handler has ended."""

    at: float
    """By the system's clock, in seconds."""

    actor: str
    urn: str
    incarnation: Annotated[int, Meta(ge=1)]
    event: Literal["taken", "handled", "failed"]
    """`failed`: the handler raised; what that means the child spec says."""

    message_type: str
    message: str
    """Shortened and without secrets."""

    sender: str | None
    """Name of the actor that sent it; None when it came from outside any actor."""

    duration_s: Annotated[float, Meta(ge=0)] | None = None
    """Seconds in the handler; None for `taken`."""

    error: str | None = None


class Trace:
    """The records of one tracing; ends with `stop`, or with its `with` block.

    It keeps the newest `limit` records and counts what it let go of. Iterating gives
    the records that have come and waits for the next, until it is stopped; so it is
    for a thread of its own, or for a trace that has been stopped.
    """

    def __init__(
        self,
        tracing: "Tracing",
        cell: "Cell | None",
        types: tuple[type, ...],
        limit: int,
    ) -> None:
        """Record nothing yet; made by `ActorSystem.trace`."""
        self._tracing = tracing
        self.cell = cell
        """Whose messages are recorded; None: everybody's."""

        self._types = types
        self._records: deque[TraceRecord] = deque()
        self._limit = limit
        self._changed = threading.Condition()
        self._stopped = False
        self.dropped = 0
        """How many records were let go of, because nobody took them in time."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def __iter__(self) -> Iterator[TraceRecord]:
        while True:
            with self._changed:
                while not self._records and not self._stopped:
                    # In slices: before Python 3.14 Windows hears no Ctrl-C in a wait.
                    self._changed.wait(0.25)
                if not self._records:
                    return
                record = self._records.popleft()
            yield record

    def records(self) -> tuple[TraceRecord, ...]:
        """Return the records that wait to be iterated over; they go on waiting."""
        with self._changed:
            return tuple(self._records)

    def stop(self) -> None:
        """Record nothing more; harmless when done twice."""
        self._tracing.remove(self)
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    # -- for the runtime's own parts -----------------------------------------------

    def concerns(self, cell: "Cell") -> bool:
        """Return whether messages of this actor may be recorded."""
        return self.cell is None or self.cell is cell

    def wants(self, message_type: type) -> bool:
        """Return whether messages of this type are recorded."""
        return not self._types or issubclass(message_type, self._types)

    def add(self, record: TraceRecord) -> None:
        """Keep a record, in place of the oldest one if there are too many."""
        with self._changed:
            if len(self._records) >= self._limit:
                self._records.popleft()
                self.dropped += 1
            self._records.append(record)
            self._changed.notify_all()


class Tracing:
    """The traces of one system."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._traces: tuple[Trace, ...] = ()
        self._look_again: Callable[[Cell | None], None] = _nobody

    def on_change(self, look_again: "Callable[[Cell | None], None]") -> None:
        """Have the loop of an actor, or all, look again when a trace begins or ends."""
        self._look_again = look_again

    def begin(self, cell: "Cell | None", types: tuple[type, ...], limit: int) -> Trace:
        """Begin a trace of one actor, or of all."""
        if limit < 1:
            raise ValueError(f"a trace keeps at least one record, not {limit}")
        trace = Trace(self, cell, types, limit)
        with self._lock:
            self._traces += (trace,)
        self._look_again(cell)
        return trace

    def remove(self, trace: Trace) -> None:
        """End a trace."""
        with self._lock:
            before = self._traces
            self._traces = tuple(each for each in before if each is not trace)
        if len(before) != len(self._traces):
            self._look_again(trace.cell)

    def table(self, cell: "Cell", specials: Table) -> Table:
        """Return what a loop looks the types of its messages up in."""
        if cell.timer is not None:
            specials = TimedTable(cell.timer, cell.system.clock.now, specials)
        if not self._traces:
            return specials
        traces = tuple(each for each in self._traces if each.concerns(cell))
        return _TracedTable(specials, traces) if traces else specials


def _nobody(_cell: "Cell | None") -> None:
    """Do nothing: there is no loop yet."""


class _TracedTable(dict[type, Special]):
    """Finds, for every type that a trace wants, a function that records as well."""

    def __init__(self, specials: Table, traces: tuple[Trace, ...]) -> None:
        super().__init__(specials)
        self._specials = specials
        self._traces = traces

    def get(self, message_type: type, _default: object = None) -> Special | None:  # type: ignore[override] # pyright: ignore[reportIncompatibleMethodOverride] -- the loop's one way in
        """Return what handles the type, if it is not the actor itself."""
        special = self._specials.get(message_type)
        if _is_private(message_type):
            return special
        handle = _on_receive if special is None else special
        if message_type in _WRAPPERS:
            return lambda run, actor, message: self._handle(handle, run, actor, message)
        traces = self._wanting(message_type)
        if not traces:
            return special
        return lambda run, actor, message: _record(traces, handle, run, actor, message)

    def _handle(
        self, handle: Special, run: Incarnation, actor: "Actor", message: object
    ) -> object:
        kind = type(_unwrapped(message))
        return _record(self._wanting(kind), handle, run, actor, message)

    def _wanting(self, message_type: type) -> tuple[Trace, ...]:
        return tuple(each for each in self._traces if each.wants(message_type))


def _is_private(message_type: type) -> bool:
    """Return whether messages of this type are between the runtime's own parts."""
    return issubclass(message_type, Control | Report)


_WRAPPERS = frozenset({Encoded, Notice, Tick})


def _unwrapped(message: object) -> object:
    match message:
        case Tick():
            return message.timer.message
        case Notice():
            return message.terminated
        case _:
            return decoded(message)


def _on_receive(_run: Incarnation, actor: "Actor", message: object) -> object:
    response: object = actor.on_receive(message)
    return response


def _record(
    traces: tuple[Trace, ...],
    handle: Special,
    run: Incarnation,
    actor: "Actor",
    message: object,
) -> object:
    """Handle a message, and record its beginning and its end."""
    now = actor.system.clock.now
    taken = _taken(actor, run.hand.message(), message, now())
    _add(traces, taken)
    try:
        response = handle(run, actor, message)
    except BaseException as error:
        _add(traces, _ended(taken, now(), describe(error)))
        raise
    _add(traces, _ended(taken, now(), None))
    return response


def _taken(
    actor: "Actor", envelope: Envelope | None, message: object, at: float
) -> TraceRecord:
    shown = _unwrapped(message)
    ref = actor.actor_ref
    sender = None if envelope is None else envelope.sender
    return TraceRecord(
        at=at,
        actor=ref.name,
        urn=ref.actor_urn,
        incarnation=ref.incarnation,
        event="taken",
        message_type=type(shown).__name__,
        message=render(shown),
        sender=None if sender is None else str(getattr(sender, "name", sender)),
    )


def _ended(taken: TraceRecord, at: float, error: str | None) -> TraceRecord:
    return taken.replace(
        at=at,
        event="handled" if error is None else "failed",
        duration_s=max(0.0, at - taken.at),
        error=error,
    )


def _add(traces: tuple[Trace, ...], record: TraceRecord) -> None:
    for trace in traces:
        trace.add(record)
