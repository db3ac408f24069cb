"""Supervised actors that keep a library of trading source code in order.

The public names are loaded when they are first used: importing the package costs
nothing, and a script that only calls `classify` never loads the actor runtime.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orquestrador.classification import classify
    from orquestrador.interface.guide_monitor import MonitorTempoReal
    from orquestrador.messages import Record
    from orquestrador.orchestrator import Orchestrator

__all__ = ["MonitorTempoReal", "Orchestrator", "Record", "classify"]

_HOMES = {
    "MonitorTempoReal": "orquestrador.interface.guide_monitor",
    "Orchestrator": "orquestrador.orchestrator",
    "Record": "orquestrador.messages",
    "classify": "orquestrador.classification",
}


def __getattr__(name: str) -> object:
    """Load a public name from the room it lives in (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted([*globals(), *_HOMES])
