"""Actors of another process: refs over a socket that is the user's alone.

On the side that serves, an actor opens the address and holds a `Server`:

    self._server = Server(self.system, SERVICE, listen(address("app", "subject")))

On the other side `connect` finds it, and its refs tell and ask as local ones do:

    with connect(address("app", "subject"), SERVICE) as remote:
        remote.ref("monitor").ask(GetMetrics(), timeout=1.0)

Only what both sides' `Service` names can be reached, as MessagePack and never as
pickle. A peer is the same user of the same machine: on Unix a socket of mode 0600 in
a folder of mode 0700, and the kernel's word for who is at the other end; elsewhere
loopback TCP, a random port, a secret in a file, and a challenge both ways.

To read it: `place` and `lock`, `listening`, `peer` and `challenge` (where, and who);
`limits`, `wire`, `served`, `failures` (what is said); `server`, `connection`, `outbox`,
`followed`, `peer_reply`, `supervisors`, `inspector` (the side that serves); `greeting`,
`client`, `remote_ref`, `following` (the other). `orquestrador.supervisor` does not load
it by itself.
"""

from orquestrador.errors import (
    NobodyListensError,
    NotGreetedError,
    PeerRefusedError,
    RemoteActorError,
    RemoteError,
    RequestRefusedError,
)
from orquestrador.supervisor.remote.client import RemoteSystem, connect
from orquestrador.supervisor.remote.following import (
    Following,
    MissedEvents,
    RemoteSubscription,
)
from orquestrador.supervisor.remote.inspector import (
    InspectActor,
    Inspector,
    ResumeActor,
    SuspendActor,
    TraceActor,
)
from orquestrador.supervisor.remote.limits import Limits
from orquestrador.supervisor.remote.listening import Listening, listen
from orquestrador.supervisor.remote.place import Address, address
from orquestrador.supervisor.remote.remote_ref import RemoteRef
from orquestrador.supervisor.remote.served import Served, Service
from orquestrador.supervisor.remote.server import Server
from orquestrador.supervisor.remote.supervisors import (
    ActorTree,
    Child,
    Children,
    GetTree,
    Restarted,
    StopChild,
    serve_supervisor,
)

__all__ = [
    "ActorTree",
    "Address",
    "Child",
    "Children",
    "Following",
    "GetTree",
    "InspectActor",
    "Inspector",
    "Limits",
    "Listening",
    "MissedEvents",
    "NobodyListensError",
    "NotGreetedError",
    "PeerRefusedError",
    "RemoteActorError",
    "RemoteError",
    "RemoteRef",
    "RemoteSubscription",
    "RemoteSystem",
    "RequestRefusedError",
    "Restarted",
    "ResumeActor",
    "Served",
    "Server",
    "Service",
    "StopChild",
    "SuspendActor",
    "TraceActor",
    "address",
    "connect",
    "listen",
    "serve_supervisor",
]
