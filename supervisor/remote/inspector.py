"""An actor through which peers look inside others, suspend, resume and trace them."""

import itertools
import threading
from dataclasses import dataclass
from types import TracebackType
from typing import Annotated, Any

from msgspec import Meta

from orquestrador.errors import UnknownActorError
from orquestrador.messages import Message, Request
from orquestrador.supervisor.inspection import (
    ActorInfo,
    Inspection,
    describe_one,
    inspect_outside,
)
from orquestrador.supervisor.notices import RequestFailed
from orquestrador.supervisor.owed import LaterReply
from orquestrador.supervisor.protocol import ProtocolActor, handles
from orquestrador.supervisor.ref import ActorRef
from orquestrador.supervisor.tracing import Trace

Seconds = Annotated[float, Meta(gt=0, le=3600)]


class InspectActor(Request[Inspection]):
    """Ask for a look inside an actor, which its own thread gives."""

    name: str
    patience_s: Seconds = 1.0
    """After this long the answer is what can be seen without that thread."""


class SuspendActor(Request[ActorInfo]):
    """Let an actor's messages wait, until `ResumeActor`."""

    name: str


class ResumeActor(Request[ActorInfo]):
    """Let a suspended actor handle its messages again."""

    name: str


class TraceActor(Request[ActorInfo]):
    """Publish a `TraceRecord` for each message that an actor takes, for a while."""

    name: str
    seconds: Seconds


class _LookOver(Message):
    """The inspector to itself: its patience with one look is over."""

    number: int


class _TraceOver(Message):
    """The inspector to itself: the time of one trace is over."""

    number: int


@dataclass(frozen=True, slots=True)
class _Look:
    """A look that somebody waits for."""

    ref: ActorRef[Any]
    reply: LaterReply
    patience_s: float


class Inspector(ProtocolActor[InspectActor | SuspendActor | ResumeActor | TraceActor]):
    """Looks inside the actors of its system on behalf of peers.

    Serve it by a name (`Served.of(name, Inspector)`), and `TraceRecord` as an event.
    It never waits for the actor it looks at. An unknown name is answered by
    `UnknownActorError`, which ends nothing.

    Private state: the looks under way, and the running traces, which end with it.
    """

    expected_errors = (UnknownActorError,)

    def __init__(self) -> None:
        super().__init__()
        self._numbers = itertools.count()
        self._looks: dict[int, _Look] = {}
        self._traces: dict[int, Trace] = {}

    def on_stop(self) -> None:
        """End the traces."""
        while self._traces:
            self._traces.popitem()[1].stop()

    def on_failure(
        self,
        exception_type: type[BaseException] | None,  # noqa: ARG002 -- Pykka's hook
        exception_value: BaseException | None,  # noqa: ARG002 -- the hook has it
        traceback: TracebackType | None,  # noqa: ARG002 -- the hook has it
    ) -> None:
        """End the traces."""
        self.on_stop()

    @handles(InspectActor)
    def _inspect(self, message: InspectActor) -> LaterReply:
        ref = self.system.ref(message.name)
        number, reply = next(self._numbers), self.reply_later()
        self._looks[number] = _Look(ref, reply, message.patience_s)
        self.timers.start_once(number, message.patience_s, _LookOver(number=number))
        self.inspect(ref)
        return reply

    @handles(Inspection)
    def _inspected(self, message: Inspection) -> None:
        for number, look in tuple(self._looks.items()):
            if look.ref.actor_urn == message.actor.urn:
                self._answer(number, message)

    @handles(RequestFailed)
    def _ended_meanwhile(self, message: RequestFailed) -> None:
        for number, look in tuple(self._looks.items()):
            if look.ref is message.receiver:
                problem = str(message.reason)
                self._answer(number, inspect_outside(look.ref.cell, problem))

    @handles(_LookOver)
    def _look_over(self, message: _LookOver) -> None:
        look = self._looks.get(message.number)
        if look is not None:
            problem = f"its thread did not answer within {look.patience_s:g} s"
            self._answer(message.number, inspect_outside(look.ref.cell, problem))

    @handles(SuspendActor)
    def _suspend(self, message: SuspendActor) -> ActorInfo:
        self.system.suspend(message.name)
        return self._info(message.name)

    @handles(ResumeActor)
    def _resume(self, message: ResumeActor) -> ActorInfo:
        self.system.resume(message.name)
        return self._info(message.name)

    @handles(TraceActor)
    def _trace(self, message: TraceActor) -> ActorInfo:
        info = self._info(message.name)
        number = next(self._numbers)
        trace = self._traces[number] = self.system.trace(message.name)
        self.timers.start_once(number, message.seconds, _TraceOver(number=number))
        threading.Thread(
            target=self._publish_all,
            args=(trace,),
            name=f"trace-{message.name}",
            daemon=True,
        ).start()
        return info

    @handles(_TraceOver)
    def _trace_over(self, message: _TraceOver) -> None:
        trace = self._traces.pop(message.number, None)
        if trace is not None:
            trace.stop()

    def _publish_all(self, trace: Trace) -> None:
        # In a thread of its own: iterating waits, and ends with the trace.
        for record in trace:
            self.system.events.publish(record)

    def _answer(self, number: int, inspection: Inspection) -> None:
        self.timers.cancel(number)
        self._looks.pop(number).reply.set(inspection)

    def _info(self, name: str) -> ActorInfo:
        cell = self.system.ref(name).cell
        parent = str(getattr(cell.parent, "urn", ""))
        return describe_one(cell, parent, self.system.clock.now())
