"""A classifier that takes its time; worker processes load it by its name."""

import time

from orquestrador.classification import classify as quick
from orquestrador.messages import Level, Record


def classify(data: bytes, name: str, *, level: Level = "full") -> Record:
    """Wait a moment, then classify."""
    time.sleep(0.05)
    return quick(data, name, level=level)
