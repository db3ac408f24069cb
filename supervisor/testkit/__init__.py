"""For tests of actors: public, and the runtime's own tests stand on it.

- `Probe`: an actor that the test plays; it expects messages and replies to them.
- `Puppet`: an actor that does what it is sent; `crash`, `received` and functions of
  the test's own; `busy` keeps it in a handler for a while.
- `EventLog` and `DeadLetterLog`: expectations about what was published, and about
  what nobody handled.
- `ManualClock`: time that only the test moves.
- `left_running`: the threads that a test has left behind.

To read it: `probe`, `puppet`, `logs` (of events and dead letters), `threads`.
`orquestrador.supervisor.pytest_plugin` makes fixtures of them. A test proves order by
an ask, or by an expectation, and never by a pause.
"""

from orquestrador.supervisor.clock import ManualClock
from orquestrador.supervisor.testkit.logs import DeadLetterLog, EventLog
from orquestrador.supervisor.testkit.probe import Probe
from orquestrador.supervisor.testkit.puppet import (
    Act,
    Crash,
    Puppet,
    busy,
    crash,
    received,
)
from orquestrador.supervisor.testkit.threads import left_running

__all__ = [
    "Act",
    "Crash",
    "DeadLetterLog",
    "EventLog",
    "ManualClock",
    "Probe",
    "Puppet",
    "busy",
    "crash",
    "left_running",
    "received",
]
