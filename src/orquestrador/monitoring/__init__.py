"""What is measured of a running system, and what is watched for; no threads.

`Monitor` puts it together. Beneath it: `machine` and `library_reader` (where figures
come from), `metrics` (their names), `ring`, `history` and `latency` (what is kept),
`watched`, `alerting` and `alert_file` (alerts). Beside it: `exposition` (Prometheus),
`notifying` (telling people), `log_file` and `log_reading` (the system's log).
"""

from orquestrador.monitoring.alerting import AlertBook, Rule
from orquestrador.monitoring.history import History, Series
from orquestrador.monitoring.latency import Latency
from orquestrador.monitoring.metrics import METRICS, ActorFigures, RuntimeFigures
from orquestrador.monitoring.monitor import Monitor
from orquestrador.monitoring.watched import UNMEASURED, rules

__all__ = [
    "METRICS",
    "UNMEASURED",
    "ActorFigures",
    "AlertBook",
    "History",
    "Latency",
    "Monitor",
    "Rule",
    "RuntimeFigures",
    "Series",
    "rules",
]
