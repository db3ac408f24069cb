"""The tree that `chaos.py` shakes: 200 actors, and the book of what became of jobs."""

import enum
import itertools
import random
import threading
import time
from typing import Any

import pykka

from orquestrador.errors import FencedError, MailboxFullError, UnknownActorError
from orquestrador.messages import Message
from orquestrador.supervisor import (
    BRUTAL_KILL,
    Actor,
    ActorSystem,
    Backoff,
    ChildSpec,
    DeadLetter,
    Overflow,
    Restart,
    StartChild,
    Strategy,
    Supervisor,
    SupervisorFlags,
    SupervisorRef,
)

SIZES = (22, 22, 22, 22, 22, 20, 20, 20, 20)
"""Workers of each branch; with nine supervisors and the one above them: 200 actors."""

BRANCHES = tuple(f"branch-{number}" for number in range(len(SIZES)))
DYNAMIC = "dynamic"
WORKERS = tuple(
    f"worker-{branch}-{number}"
    for branch, size in enumerate(SIZES[:-1])
    for number in range(size)
)
"""Names of the static ones; the last branch has dynamic children."""

STRATEGIES = (Strategy.ONE_FOR_ONE, Strategy.ONE_FOR_ALL, Strategy.REST_FOR_ONE)
ABANDONED_LIMIT = 30
STUCK_AFTER_S = 1.0
STUCK_FOR_S = 2.5
SHUTDOWN_S = 0.5
START_FAILURES = 0.01


class Fate(enum.Enum):
    """What a worker does with a job."""

    WORK = "work"
    SLOW = "slow"
    CRASH = "crash"
    FLAKY = "flaky"
    """Fail the first time; a worker that gets it again completes it."""

    STOP = "stop"
    STUCK = "stuck"
    HUNG = "hung"
    """For good."""


class Job(Message):
    """One numbered message."""

    number: int
    fate: Fate
    hops: int
    """How often it is passed on, each time as a job with a number of its own."""


class JobError(Exception):
    """What a worker fails with."""


class Ledger:
    """What became of each number; lists, for appending to them is atomic."""

    def __init__(self) -> None:
        """Begin at number 0."""
        self._numbers = itertools.count()
        self._flaky: set[int] = set()
        self.completed: list[int] = []
        self.refused: list[int] = []
        """Their senders got an error: they were not sent."""

        self.letters: list[tuple[int, bool]] = []
        """Dead letters; whether it was because the incarnation was fenced."""

        self.hung: list[threading.Thread] = []
        """Those that will never return."""

    def new(self) -> int:
        """Return the next number."""
        return next(self._numbers)

    def fails_now(self, number: int) -> bool:
        """Return whether a flaky job is handled for the first time."""
        first = number not in self._flaky
        self._flaky.add(number)
        return first

    def add_letter(self, letter: DeadLetter) -> None:
        """Note a dead letter, if it is a job."""
        if isinstance(letter.message, Job):
            fenced = isinstance(letter.error, FencedError)
            self.letters.append((letter.message.number, fenced))

    def send(self, ref: pykka.ActorRef[Any], job: Job) -> None:
        """Tell a job, or note that it was not sent."""
        try:
            ref.tell(job)
        except pykka.ActorDeadError:
            # That is a dead letter.
            return
        except (FencedError, MailboxFullError):
            self.refused.append(job.number)


class Worker(Actor):
    """Handles jobs, and passes them on."""

    def __init__(self, ledger: Ledger, dice: random.Random) -> None:
        """Complete jobs in this ledger."""
        super().__init__()
        self._ledger = ledger
        self._dice = dice

    def on_start(self) -> None:
        """Fail now and then."""
        if self.actor_ref.incarnation > 1 and self._dice.random() < START_FAILURES:
            raise JobError("on_start")

    def on_receive(self, message: object) -> object:
        """Do a job; anything else is an answer that came back."""
        if not isinstance(message, Job):
            return None
        self._do(message)
        if message.hops:
            self._pass_on(message)
        if self.abandoned:
            # What this thread does is void: the job was given up or done by another.
            return None
        self._ledger.completed.append(message.number)
        return message.number

    def _do(self, job: Job) -> None:
        match job.fate:
            case Fate.WORK:
                return
            case Fate.SLOW:
                time.sleep(0.02)
            case Fate.CRASH:
                raise JobError(f"job {job.number}")
            case Fate.FLAKY:
                if self._ledger.fails_now(job.number):
                    raise JobError(f"job {job.number}, the first time")
            case Fate.STOP:
                self.stop()
            case Fate.STUCK:
                time.sleep(STUCK_FOR_S)
            case Fate.HUNG:
                self._ledger.hung.append(threading.current_thread())
                threading.Event().wait()

    def _pass_on(self, job: Job) -> None:
        ref = self._peer()
        if ref is None:
            return
        further = Job(number=self._ledger.new(), fate=Fate.WORK, hops=job.hops - 1)
        if self._dice.random() < 0.8:
            self._ledger.send(ref, further)
            return
        try:
            self.request(ref, further)
        except (FencedError, MailboxFullError):
            self._ledger.refused.append(further.number)

    def _peer(self) -> pykka.ActorRef[Any] | None:
        try:
            return self.system.ref(self._dice.choice(WORKERS))
        except UnknownActorError:
            # It was terminated.
            return None


def _spec(name: str, number: int, ledger: Ledger, dice: random.Random) -> ChildSpec:
    """Describe a worker; every fifth is of the same kind."""
    drop = (Overflow.DROP_OLDEST, Overflow.DROP_NEWEST)[number % 2]
    kinds: tuple[dict[str, Any], ...] = (
        {"redeliveries": 1},
        {"backoff": Backoff(minimum_s=0.01, maximum_s=0.1)},
        {"mailbox_limit": 50, "overflow": drop},
        {"shutdown_s": BRUTAL_KILL},
        {"restart": Restart.TRANSIENT},
    )
    settings: dict[str, Any] = {
        "shutdown_s": SHUTDOWN_S,
        "start_s": 10.0,
        "stuck_after_s": STUCK_AFTER_S,
    }
    settings |= kinds[number % len(kinds)]
    return ChildSpec(id=name, actor=Worker, args=(ledger, dice), **settings)


def _branch(number: int, ledger: Ledger, dice: random.Random) -> ChildSpec:
    """Describe a supervisor of workers, which gives up now and then."""
    if number == len(SIZES) - 1:
        strategy = Strategy.DYNAMIC
        workers = [_spec(DYNAMIC, 0, ledger, dice)]
    else:
        strategy = STRATEGIES[number % len(STRATEGIES)]
        names = [name for name in WORKERS if name.startswith(f"worker-{number}-")]
        workers = [_spec(name, i, ledger, dice) for i, name in enumerate(names)]
    flags = SupervisorFlags(strategy=strategy, intensity=14, period_s=1.0)
    return ChildSpec(
        id=f"branch-{number}", actor=Supervisor, args=(flags, workers), start_s=60.0
    )


def start_tree(system: ActorSystem, ledger: Ledger, seed: str) -> SupervisorRef:
    """Start the 200 actors."""
    dice = random.Random(seed)  # noqa: S311 -- dice
    branches = [_branch(number, ledger, dice) for number in range(len(SIZES))]
    flags = SupervisorFlags(intensity=1_000_000, period_s=1.0)
    top = Supervisor.start(flags, branches, system=system, name="top")
    pool = system.ref(BRANCHES[-1])
    for _ in range(SIZES[-1]):
        pool.ask(StartChild(None), timeout=10.0)
    return top
