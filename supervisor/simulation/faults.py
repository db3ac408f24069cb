"""What goes wrong in a schedule, and where: by plan, or by chance."""

import enum
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Self


class InjectedCrashError(Exception):
    """What an actor fails with when a fault is a crash."""


class Hook(enum.Enum):
    """Where in an actor's life a fault strikes."""

    START = "start"
    """Before the constructor."""

    RECEIVE = "receive"
    """Around `on_receive`; a supervisor's reports count too."""

    STOP = "stop"
    """Before `on_stop` or `on_failure`."""


class FaultKind(enum.Enum):
    """What goes wrong."""

    CRASH = "crash"
    """An exception before the actor's code has done anything."""

    CRASH_LATE = "crash late"
    """An exception after it has done everything: what it sent is on its way, and
    the message will be handled a second time if its spec redelivers it."""

    CRASH_TWICE = "crash twice"
    """An exception, and another when the same message is delivered again."""

    DELAY = "delay"
    """The handler takes `seconds`: others go on meanwhile."""

    STUCK = "stuck"
    """A delay that is meant to be longer than any limit."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One thing that goes wrong."""

    kind: FaultKind
    seconds: float = 0.0
    """How long, on the virtual clock; for a delay and for stuck."""


Plan = Mapping[tuple[str, Hook, int], Fault]
"""The fault for the actor of this name, when it comes to this hook for the n-th time
(from 1, over all its incarnations)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Chances:
    """How likely things are, each from 0 (never) to 1 (always).

    Without arguments nothing goes wrong: only the order varies.
    """

    crash: float = 0.0
    """For each delivery to an actor that is no supervisor; so are the next four."""

    crash_late: float = 0.0
    crash_twice: float = 0.0
    delay: float = 0.0
    stuck: float = 0.0
    failed_start: float = 0.0
    """For each start of such an actor."""

    failed_stop: float = 0.0
    """For each of its last hooks; a crash, or stuck."""

    supervisor_crash: float = 0.0
    """For each message or report to a supervisor."""

    switch: float = 0.1
    """For each send: others go on before the message is in the mailbox."""

    hurry: float = 0.02
    """For each step: time passes to the next alarm though somebody could work."""

    delay_s: float = 1.0
    """Longest delay."""

    stuck_s: float = 120.0

    @classmethod
    def drawn(cls, random: Random) -> Self:
        """Return chances that differ from schedule to schedule.

        Three of four have crashes, a third has delays, a quarter something stuck:
        what all of them have a little of hides what one of them shows.
        """
        crashes = random.random() < 0.75
        return cls(
            crash=random.choice((0.02, 0.05, 0.1)) if crashes else 0.0,
            crash_late=random.choice((0.0, 0.02)) if crashes else 0.0,
            crash_twice=random.choice((0.0, 0.02)) if crashes else 0.0,
            delay=random.choice((0.0, 0.0, 0.05)),
            stuck=random.choice((0.0, 0.0, 0.0, 0.02)),
            failed_start=random.choice((0.0, 0.0, 0.1)) if crashes else 0.0,
            failed_stop=random.choice((0.0, 0.0, 0.2)),
            supervisor_crash=random.choice((0.0, 0.0, 0.0, 0.01)) if crashes else 0.0,
            switch=random.choice((0.0, 0.05, 0.3)),
            hurry=random.choice((0.0, 0.01, 0.1)),
        )


class Faults:
    """Decides at each point whether something goes wrong: the plan first."""

    def __init__(self, random: Random, chances: Chances, plan: Plan) -> None:
        """Draw from `random` where the plan says nothing."""
        self.chances = chances
        self.paused = False
        """While true nothing goes wrong."""

        self.crashes = 0
        """How many crashes were injected so far."""

        self._random = random
        self._plan = dict(plan)
        self._visits: Counter[tuple[str, Hook]] = Counter()
        # The messages themselves are kept, so that no other gets the same id.
        self._again: dict[int, object] = {}

    def at(
        self, actor: str, hook: Hook, message: object, *, supervisor: bool
    ) -> Fault | None:
        """Return what goes wrong here, if anything does."""
        if self.paused:
            return None
        fault = self._planned(actor, hook) if self._plan else None
        if fault is None and id(message) in self._again and hook is Hook.RECEIVE:
            del self._again[id(message)]
            fault = Fault(kind=FaultKind.CRASH)
        if fault is None:
            fault = self._drawn(hook, supervisor=supervisor)
        if fault is not None:
            self._note(fault, message)
        return fault

    def _planned(self, actor: str, hook: Hook) -> Fault | None:
        self._visits[actor, hook] += 1
        return self._plan.get((actor, hook, self._visits[actor, hook]))

    def _note(self, fault: Fault, message: object) -> None:
        if fault.kind is FaultKind.CRASH_TWICE:
            self._again[id(message)] = message
        if fault.kind not in {FaultKind.DELAY, FaultKind.STUCK}:
            self.crashes += 1

    def _drawn(self, hook: Hook, *, supervisor: bool) -> Fault | None:
        chances, dice = self.chances, self._random.random()
        if supervisor:
            return _CRASH if dice < chances.supervisor_crash else None
        match hook:
            case Hook.START:
                return _CRASH if dice < chances.failed_start else None
            case Hook.STOP:
                if dice < chances.failed_stop / 2:
                    return self._stuck()
                return _CRASH if dice < chances.failed_stop else None
            case Hook.RECEIVE:
                return self._drawn_for_message(dice)

    def _drawn_for_message(self, dice: float) -> Fault | None:
        chances = self.chances
        for chance, fault in (
            (chances.crash, _CRASH),
            (chances.crash_late, _CRASH_LATE),
            (chances.crash_twice, _CRASH_TWICE),
            (chances.delay, _DELAY),
            (chances.stuck, _STUCK),
        ):
            if dice < chance:
                return self._timed(fault)
            dice -= chance
        return None

    def _timed(self, fault: Fault) -> Fault:
        match fault.kind:
            case FaultKind.DELAY:
                seconds = self._random.random() * self.chances.delay_s
                return replace(fault, seconds=seconds)
            case FaultKind.STUCK:
                return self._stuck()
            case _:
                return fault

    def _stuck(self) -> Fault:
        return Fault(kind=FaultKind.STUCK, seconds=self.chances.stuck_s)


_CRASH = Fault(kind=FaultKind.CRASH)
_CRASH_LATE = Fault(kind=FaultKind.CRASH_LATE)
_CRASH_TWICE = Fault(kind=FaultKind.CRASH_TWICE)
_DELAY = Fault(kind=FaultKind.DELAY)
_STUCK = Fault(kind=FaultKind.STUCK)
