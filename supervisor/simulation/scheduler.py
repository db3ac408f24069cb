"""The scheduler: lets one thing happen at a time, and chooses which.

Tasks, one for each incarnation, are stepped in an order that the random source
draws; alarms ring when their time has come, and the time is virtual: it passes when
nobody has anything to do, or in a hurry, while somebody still has.

A task whose code takes long, or waits, stands still in the middle of its step while
the scheduler goes on with the others *inside* it. What was entered last is therefore
left first; a handler that wakes up may go on a little later than it could.
"""

import heapq
import math
from collections.abc import Callable
from random import Random
from typing import Protocol

from orquestrador.errors import SimulationError
from orquestrador.supervisor.clock import Alarm, Callback
from orquestrador.supervisor.current import current
from orquestrador.supervisor.simulation.faults import Faults
from orquestrador.supervisor.simulation.trace import Trace

_DUE_FIRST = 0.3
"""How likely an alarm that is due goes before whoever has something to do."""

_DEEPEST = 10
"""Steps inside steps; each takes some twenty frames of Python's stack."""


class Task(Protocol):
    """Something that goes on step by step."""

    def can_step(self) -> bool:
        """Return whether it has something to do."""
        ...

    def step(self) -> None:
        """Do a little of it."""
        ...


class Scheduler:
    """Tasks and alarms of one simulation; it is the simulation's `Clock` too."""

    def __init__(
        self, random: Random, faults: Faults, trace: Trace, *, max_steps: int
    ) -> None:
        """Have nothing to do yet; raise after `max_steps` steps."""
        self._random = random
        self._faults = faults
        self._trace = trace
        self._left = max_steps
        self._max_steps = max_steps
        self._broken: SimulationError | None = None
        self._now = 0.0
        self._tasks: list[Task] = []
        self._alarms: list[Alarm] = []
        trace.now = self.now

    # -- the clock ----------------------------------------------------------

    def now(self) -> float:
        """Return the virtual seconds since the beginning."""
        return self._now

    def call_later(self, delay_s: float, callback: Callback) -> Alarm:
        """Ring when the virtual time has come, or a little later."""
        alarm = Alarm(self._now + delay_s, callback)
        heapq.heappush(self._alarms, alarm)
        return alarm

    # -- the tasks ----------------------------------------------------------

    def add(self, task: Task) -> None:
        """Step this task too."""
        self._tasks.append(task)

    def remove(self, task: Task) -> None:
        """Step it no more."""
        self._tasks.remove(task)

    # -- going on -----------------------------------------------------------

    def step(self, until: float = math.inf) -> bool:
        """Let one thing happen; False if nothing can before the time `until`.

        Raises:
            SimulationError: after too many steps.

        """
        task = self._next_task()
        alarm = self._next_alarm(until)
        if alarm is not None and (task is None or self._rings_first(alarm)):
            self._count_step()
            heapq.heappop(self._alarms)
            self._now = max(self._now, alarm.when)
            self._enter(alarm.ring)
        elif task is not None:
            self._count_step()
            self._enter(task.step)
        else:
            return False
        return True

    def run(self, seconds: float) -> None:
        """Go on until nothing is left to do within the next `seconds`."""
        until = self._now + seconds
        while self.step(until):
            pass
        self._now = max(self._now, until)

    def run_until(self, is_done: Callable[[], bool], timeout: float | None) -> bool:
        """Go on until something is done.

        Returns:
            False when `timeout` seconds were over before.

        Raises:
            SimulationError: if it can never be done, and there is no timeout.

        """
        until = math.inf if timeout is None else self._now + timeout
        while not is_done():
            if not self.step(until):
                if timeout is None:
                    raise self._deadlock()
                self._now = max(self._now, until)
                return is_done()
        return True

    def sleep(self, seconds: float) -> None:
        """Let others go on for `seconds`, in the middle of a step."""
        if self._trace.depth >= _DEEPEST:
            return
        awake: list[bool] = []
        self.call_later(seconds, lambda: awake.append(True))
        while not awake:
            self.step()

    def may_switch(self) -> None:
        """Let others go on for a moment, in the middle of a step, by chance."""
        chance = self._faults.chances.switch
        if chance and self._trace.depth < _DEEPEST and self._random.random() < chance:
            for _ in range(self._random.randrange(1, 4)):
                self.step(self._now)

    # -- inside a step ------------------------------------------------------

    def _next_alarm(self, until: float) -> Alarm | None:
        alarms = self._alarms
        while alarms and alarms[0].is_cancelled():
            heapq.heappop(alarms)
        return alarms[0] if alarms and alarms[0].when <= until else None

    def _next_task(self) -> Task | None:
        """Return a task that has something to do: the first one from a random place."""
        tasks = self._tasks
        count = len(tasks)
        first = int(self._random.random() * count)
        for place in range(first, first + count):
            task = tasks[place % count]
            if task.can_step():
                return task
        return None

    def _rings_first(self, alarm: Alarm) -> bool:
        if alarm.when <= self._now:
            return self._random.random() < _DUE_FIRST
        hurry = self._faults.chances.hurry
        return hurry > 0 and self._random.random() < hurry

    def _enter(self, step: Callable[[], None]) -> None:
        outside = current.incarnation, current.cell
        current.incarnation = current.cell = None
        self._trace.depth += 1
        try:
            step()
        finally:
            self._trace.depth -= 1
            current.incarnation, current.cell = outside

    def _count_step(self) -> None:
        # Also after the first time: a handler that catches the error gets no further.
        self._left -= 1
        if self._broken is None and self._left < 0:
            self._broken = SimulationError(
                f"no end after {self._max_steps} steps: actors that keep each other "
                "busy, or a wait for what never comes; raise max_steps if it is "
                "neither"
            )
        if self._broken is not None:
            raise self._broken

    def _deadlock(self) -> SimulationError:
        self._broken = SimulationError(
            "waits for ever: no actor has anything to do and no alarm is set"
        )
        return self._broken
