"""The page's numbers: the monitor's, asked for no more often than they are worth."""

import threading
import time
from typing import Any

import pykka

from orquestrador.errors import OrquestradorError
from orquestrador.messages.monitor import (
    Exposition,
    GetExposition,
    GetMetrics,
    MetricsSampled,
)
from orquestrador.messages.request import Request
from orquestrador.supervisor import ActorSystem

FRESH_S = 0.5
"""However many ask, the monitor is asked no more often."""

_ANSWER_S = 5.0


class NoFiguresError(OrquestradorError):
    """The monitor does not answer just now."""


class Figures:
    """What the monitor of a system says; for any thread but an actor's."""

    def __init__(self, system: ActorSystem) -> None:
        """Ask the monitor of `system`."""
        self._system = system
        self._lock = threading.Lock()
        self._known: dict[type, tuple[float, Any]] = {}

    def sample(self) -> MetricsSampled:
        """Return how things are.

        Raises:
            NoFiguresError: if the monitor does not answer.

        """
        sample: MetricsSampled = self._asked(GetMetrics())
        return sample

    def exposition(self) -> str:
        """Return every metric as Prometheus reads it.

        Raises:
            NoFiguresError: if the monitor does not answer.

        """
        answer: Exposition = self._asked(GetExposition())
        return answer.text

    def forget(self) -> None:
        """Ask the monitor anew next time: something was changed on purpose."""
        with self._lock:
            self._known.clear()

    def _asked(self, request: Request[Any]) -> Any:  # noqa: ANN401 -- the request says what answers it
        with self._lock:
            at, answer = self._known.get(type(request), (float("-inf"), None))
            if time.monotonic() - at < FRESH_S:
                return answer
            try:
                ref = self._system.ref("monitor")
                answer = ref.ask(request, timeout=_ANSWER_S)
            except (OrquestradorError, pykka.ActorDeadError, pykka.Timeout) as error:
                raise NoFiguresError(f"the monitor does not answer: {error}") from error
            self._known[type(request)] = time.monotonic(), answer
            return answer
