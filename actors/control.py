"""The control actor: other programs of the user talk to the system through it."""

import os
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from orquestrador.errors import RemoteError
from orquestrador.messages import Message
from orquestrador.messages.control import (
    GetStatus,
    RunDefaults,
    ServingFailed,
    Stopping,
    StopRequested,
    StopSystem,
    SystemStatus,
)
from orquestrador.messages.run import RunFinished, RunProgressed
from orquestrador.supervisor.protocol import ProtocolActor, handles
from orquestrador.supervisor.remote import (
    ActorTree,
    Address,
    GetTree,
    Server,
    Service,
    listen,
)

if TYPE_CHECKING:
    from orquestrador.supervisor import Subscription


@dataclass(frozen=True, kw_only=True)
class ControlPlace:
    """Where a control actor listens, and what it tells about its system."""

    address: Address
    service: Service
    library: str
    """Shown name of the library's folder."""

    state: Path
    since: float
    """When the system was started, in seconds since the epoch."""

    defaults: RunDefaults


class ControlActor(ProtocolActor[GetStatus | GetTree | StopSystem]):
    """Serves the system at its address; answers for it as a whole.

    Private state: the open server, with its thread and its connections, and how far
    the run under way is. A new incarnation opens the address anew: whoever was
    connected has to connect again.
    """

    def __init__(self, place: ControlPlace) -> None:
        super().__init__()
        self._place = place
        self._server: Server | None = None
        self._subscriptions: list[Subscription] = []
        self._run: RunProgressed | None = None

    def on_start(self) -> None:
        """Open the address, and listen to the runs."""
        self._server = Server(
            self.system,
            self._place.service,
            listen(self._place.address),
            abandoned=lambda: self.abandoned,
            failed=self._serving_failed,
        )
        for kind in (RunProgressed, RunFinished):
            subscription = self.system.events.subscribe(kind, self._hear)
            self._subscriptions.append(subscription)

    def on_stop(self) -> None:
        """Leave everybody who is connected."""
        self._close()

    def on_failure(
        self,
        exception_type: type[BaseException] | None,
        exception_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the address: the next incarnation opens it afresh."""
        self._close()

    @handles(GetStatus)
    def _status(self, _message: GetStatus) -> SystemStatus:
        place = self._place
        return SystemStatus(
            library=place.library,
            state=str(place.state),
            pid=os.getpid(),
            since=place.since,
            defaults=place.defaults,
            run=self._run,
            connections=0 if self._server is None else self._server.connections,
        )

    @handles(GetTree)
    def _tree(self, _message: GetTree) -> ActorTree:
        return ActorTree(actors=self.system.snapshot())

    @handles(StopSystem)
    def _stop_system(self, _message: StopSystem) -> Stopping:
        self.publish(StopRequested())
        return Stopping(pid=os.getpid())

    @handles(RunProgressed)
    def _run_progressed(self, message: RunProgressed) -> None:
        self._run = message

    @handles(RunFinished)
    def _run_finished(self, _message: RunFinished) -> None:
        self._run = None

    @handles(ServingFailed)
    def _give_up(self, message: ServingFailed) -> None:
        raise RemoteError(message.reason)

    # -- in other threads -----------------------------------------------------------

    def _hear(self, event: Message) -> None:
        if self.abandoned:
            self._cancel()
        else:
            self.tell_self(event)

    def _serving_failed(self, error: BaseException) -> None:
        # An incarnation that was cut off meanwhile has nothing to mend.
        if not self.abandoned:
            self.tell_self(ServingFailed(reason=f"{type(error).__name__}: {error}"))

    def _cancel(self) -> None:
        for subscription in self._subscriptions:
            subscription.cancel()

    def _close(self) -> None:
        self._cancel()
        if self._server is not None:
            self._server.close()
