"""The supervised actor runtime: OTP's supervision for Python threads, on Pykka.

To read it from the bottom to the top:

- a message: `envelope`; `mailbox`, or `bounded`, with `admission` and `encoding` at
  its door; `reply`, `future`, `asking`, `awaiting` (how an answer comes back);
  `dead_letters` (what nobody handled); the runtime's own: `control`, `requests`,
  `notices`, `reason`
- an actor: `actor` (what people subclass), `ref` and `proxy` (what others hold),
  `cell` with its `urn` (what a restart does not lose), `watching` (who is told of its
  end); `protocol` and `protocol_ref` (what it says it accepts)
- one run of its code: `incarnation` and `hand` (what others may do to it, and how it is
  fenced), `current` (whose thread this is), `loop`, `special` (messages that the actor
  does not see), `ending`; what ends with it: `timers`, `receive_timeout`, `stash`,
  `owed`
- time and news: `clock`, `seconds`, `events`; looking inside: `inspection`,
  `rendering`, `tracing`, `timing` and `handling_times`
- a supervisor is told: `child_spec` with `choices`, `backoff` and `decision`; `flags`
  with `strategy`; it has: `children`, `intensity` (how often they were restarted)
- what it does: `lifecycle` (one child), `procedure` (work in steps), `work` (the work),
  `verdicts` (what follows from an end), `restarts` (when one is tried),
  `reconfiguration` (what can be changed meanwhile), `supervision` (all of it), `report`
  and `reporting` (what it says); `supervisor` (the actor), `supervisor_ref`, `root`
- `system` holds trees together: `names`, `guardian` (above actors without a
  supervisor), `spare` (a thread in reserve), `abandoned` (threads that nobody can end),
  `stacks` (where a thread stands), `at_exit` (the end of the program)
- `testkit`, and `pytest_plugin` (which nothing loads but pytest), are for tests;
  `simulation` runs the same actors in one thread, in an order that a seed decides;
  `remote` has refs to actors of another process: none is loaded with this package
- `pykka_private` is what a drop-in needs of Pykka's inside
"""

import logging

from orquestrador.errors import (
    BlockingAskError,
    ChildRequestError,
    ChildSpecError,
    ChildStartError,
    FencedError,
    MailboxFullError,
    NotEncodableError,
    ProtocolDefinitionError,
    RestartingError,
    RestartLimitError,
    StashFullError,
    UnacceptedMessageError,
    UnknownActorError,
)
from orquestrador.supervisor.actor import Actor
from orquestrador.supervisor.asking import (
    ask_all,
)
from orquestrador.supervisor.backoff import Backoff
from orquestrador.supervisor.child_spec import ChildSpec
from orquestrador.supervisor.choices import (
    BRUTAL_KILL,
    IGNORE,
    INFINITY,
    FailingAsk,
    Ignore,
    Overflow,
    Restart,
    RestartingAsk,
)
from orquestrador.supervisor.clock import Clock, ManualClock, MonotonicClock
from orquestrador.supervisor.dead_letters import (
    DeadLetters,
)
from orquestrador.supervisor.decision import Decision, Decisions
from orquestrador.supervisor.events import EventStream, Subscription
from orquestrador.supervisor.flags import AutoShutdown, SupervisorFlags
from orquestrador.supervisor.handling_times import HandlingTimes
from orquestrador.supervisor.inspection import (
    ActorInfo,
    Attribute,
    Inspection,
    RestartsInWindow,
    WaitingMessage,
)
from orquestrador.supervisor.notices import (
    ChildEvent,
    ChildFailed,
    ChildStarted,
    ChildStopped,
    ChildStuck,
    DeadLetter,
    ReceiveTimeout,
    RequestFailed,
    SupervisorGaveUp,
    Terminated,
)
from orquestrador.supervisor.owed import LaterReply
from orquestrador.supervisor.protocol import (
    MessageProtocol,
    ProtocolActor,
    handles,
)
from orquestrador.supervisor.protocol_ref import ProtocolRef
from orquestrador.supervisor.reason import EndKind, EndReason
from orquestrador.supervisor.ref import ActorRef, Receives
from orquestrador.supervisor.report import (
    Offender,
    ProgressReport,
    SupervisorReport,
    format_report,
)
from orquestrador.supervisor.requests import (
    ChildCounts,
    ChildInfo,
    CountChildren,
    DeleteChild,
    GetChildSpec,
    Reconfigure,
    Reconfigured,
    RenewChild,
    RestartChild,
    StartChild,
    StartedChild,
    TerminateChild,
    WhichChild,
    WhichChildren,
)
from orquestrador.supervisor.strategy import Strategy
from orquestrador.supervisor.supervisor import Supervisor
from orquestrador.supervisor.supervisor_ref import SupervisorRef
from orquestrador.supervisor.system import ActorSystem
from orquestrador.supervisor.timers import Timers
from orquestrador.supervisor.tracing import Trace, TraceRecord

# Of all the runtime's loggers, as Pykka does: a program that has set up no logging is
# not written into.
logging.getLogger(__name__).addHandler(logging.NullHandler())

__all__ = [
    "BRUTAL_KILL",
    "IGNORE",
    "INFINITY",
    "Actor",
    "ActorInfo",
    "ActorRef",
    "ActorSystem",
    "Attribute",
    "AutoShutdown",
    "Backoff",
    "BlockingAskError",
    "ChildCounts",
    "ChildEvent",
    "ChildFailed",
    "ChildInfo",
    "ChildRequestError",
    "ChildSpec",
    "ChildSpecError",
    "ChildStartError",
    "ChildStarted",
    "ChildStopped",
    "ChildStuck",
    "Clock",
    "CountChildren",
    "DeadLetter",
    "DeadLetters",
    "Decision",
    "Decisions",
    "DeleteChild",
    "EndKind",
    "EndReason",
    "EventStream",
    "FailingAsk",
    "FencedError",
    "GetChildSpec",
    "HandlingTimes",
    "Ignore",
    "Inspection",
    "LaterReply",
    "MailboxFullError",
    "ManualClock",
    "MessageProtocol",
    "MonotonicClock",
    "NotEncodableError",
    "Offender",
    "Overflow",
    "ProgressReport",
    "ProtocolActor",
    "ProtocolDefinitionError",
    "ProtocolRef",
    "ReceiveTimeout",
    "Receives",
    "Reconfigure",
    "Reconfigured",
    "RenewChild",
    "RequestFailed",
    "Restart",
    "RestartChild",
    "RestartLimitError",
    "RestartingAsk",
    "RestartingError",
    "RestartsInWindow",
    "StartChild",
    "StartedChild",
    "StashFullError",
    "Strategy",
    "Subscription",
    "Supervisor",
    "SupervisorFlags",
    "SupervisorGaveUp",
    "SupervisorRef",
    "SupervisorReport",
    "TerminateChild",
    "Terminated",
    "Timers",
    "Trace",
    "TraceRecord",
    "UnacceptedMessageError",
    "UnknownActorError",
    "WaitingMessage",
    "WhichChild",
    "WhichChildren",
    "ask_all",
    "format_report",
    "handles",
]
