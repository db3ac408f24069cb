"""A job queue whose workers crash: no job is lost, and a poisonous one is named.

    python examples/runtime/job_queue.py jobs.sqlite3              # jobs of its own
    python examples/runtime/job_queue.py jobs.sqlite3 "factor 91" "divide 7 2"

The tree:

    jobs          rest_for_one: without workers the queue has nothing to hand out to
    ├── workers   one_for_one
    │   ├── worker-1   does one job at a time
    │   └── worker-2
    └── queue     keeps the jobs in a file, hands them out, notes what came of them

A worker needs a connection to a service, and the service drops each connection after
a while. The worker does not mend that: it crashes, the next incarnation connects anew,
and since its spec says `redeliveries=2` it gets the same job again. A job that crashes
a worker three times is not tried a fourth time: it is a dead letter, and the queue
notes the reason. A job that makes no sense crashes nobody: saying so is an answer
(`expected_errors`).

What has to survive is in the file, not in an actor. Kill the program at any moment and
run it again: it goes on with what is not done. A job may then have been begun twice,
but only one result of it is kept.
"""

import argparse
import sqlite3
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

from orquestrador.messages import Message, Request
from orquestrador.supervisor import (
    ActorRef,
    ActorSystem,
    ChildEvent,
    ChildFailed,
    ChildSpec,
    ChildStarted,
    LaterReply,
    ProtocolActor,
    RequestFailed,
    Strategy,
    Supervisor,
    SupervisorFlags,
    handles,
)

OWN_JOBS = (
    *(f"factor {number}" for number in (91, 1_000_003, 65_535, 30_030, 97, 1_024)),
    "divide 7 2",
    "divide 1 0",
    "juggle 5",
)


class JobDone(Message):
    """A job's result."""

    number: int
    result: str


class DoJob(Request[JobDone]):
    """Do one job."""

    number: int
    text: str


class Job(Message):
    """A job as it stands in the file."""

    text: str
    state: str
    """`waiting`, `done` or `failed`."""

    result: str


class WorkOff(Request[tuple[Job, ...]]):
    """Add jobs; answered with all there are, once none waits any more."""

    texts: tuple[str, ...]


# -- workers ---------------------------------------------------------------------------


class NonsenseError(Exception):
    """A job that nobody can do."""


class Service:
    """A connection to something that factors numbers; stands in for a real one."""

    CALLS = 2

    def __init__(self) -> None:
        self._calls = 0

    def factors(self, number: int) -> list[int]:
        """Return the prime factors of a number from 2.

        Raises:
            ConnectionError: if the service has dropped the connection.

        """
        self._calls += 1
        if self._calls > self.CALLS:
            raise ConnectionError("the service has dropped the connection")
        found: list[int] = []
        factor = 2
        while factor * factor <= number:
            while number % factor == 0:
                found.append(factor)
                number //= factor
            factor += 1
        return [*found, number] if number > 1 else found


class Worker(ProtocolActor[DoJob]):
    """Does jobs, with a connection of its own."""

    expected_errors = (NonsenseError,)

    def on_start(self) -> None:
        """Connect."""
        self._service = Service()

    @handles(DoJob)
    def _do(self, message: DoJob) -> JobDone:
        match message.text.split():
            case ["factor", number]:
                factors = self._service.factors(int(number))
                result = " x ".join(str(each) for each in factors)
            case ["divide", number, by]:
                result = str(int(number) / int(by))
            case _:
                raise NonsenseError(f"nobody can {message.text!r}")
        return JobDone(number=message.number, result=result)


# -- the queue -------------------------------------------------------------------------


class Store:
    """The file with the jobs."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path)
        with self._connection:
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS job (number INTEGER PRIMARY KEY,"
                " text TEXT, state TEXT DEFAULT 'waiting', result TEXT DEFAULT '')"
            )

    def add(self, texts: tuple[str, ...]) -> None:
        """Note jobs to do."""
        with self._connection:
            self._connection.executemany(
                "INSERT INTO job (text) VALUES (?)", [(each,) for each in texts]
            )

    def waiting(self) -> list[DoJob]:
        """Return what is to be done, oldest first."""
        rows = self._connection.execute(
            "SELECT number, text FROM job WHERE state = 'waiting' ORDER BY number"
        )
        return [DoJob(number=number, text=text) for number, text in rows]

    def finish(self, number: int, state: str, result: str) -> None:
        """Note what came of a job; only the first word counts."""
        with self._connection:
            self._connection.execute(
                "UPDATE job SET state = ?, result = ?"
                " WHERE number = ? AND state = 'waiting'",
                (state, result, number),
            )

    def all(self) -> tuple[Job, ...]:
        """Return every job, oldest first."""
        rows = self._connection.execute(
            "SELECT text, state, result FROM job ORDER BY number"
        )
        return tuple(Job(text=text, state=state, result=r) for text, state, r in rows)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


class Queue(ProtocolActor[WorkOff]):
    """Hands out jobs, one to each worker at a time."""

    def __init__(self, path: Path, workers: tuple[str, ...]) -> None:
        super().__init__()
        self._path = path
        self._idle: list[ActorRef[Any]] = [self.system.ref(each) for each in workers]
        self._busy: dict[int, ActorRef[Any]] = {}
        self._reply: LaterReply | None = None

    def on_start(self) -> None:
        """Open the file, in the thread that uses it: SQLite asks for that."""
        self._store = Store(self._path)

    def on_stop(self) -> None:
        """Close the file."""
        self._store.close()

    def on_failure(
        self,
        exception_type: type[BaseException] | None,  # noqa: ARG002 -- Pykka's hook
        exception_value: BaseException | None,  # noqa: ARG002 -- the hook has it
        traceback: TracebackType | None,  # noqa: ARG002 -- the hook has it
    ) -> None:
        """Close the file."""
        self._store.close()

    @handles(WorkOff)
    def _work_off(self, message: WorkOff) -> LaterReply:
        self._store.add(message.texts)
        self._reply = self.reply_later()
        self._hand_out()
        return self._reply

    # What follows is answers to its own requests: handled, but nothing to send it.

    @handles(JobDone)
    def _done(self, message: JobDone) -> None:
        self._note(message.number, "done", message.result)

    @handles(RequestFailed)
    def _failed(self, message: RequestFailed) -> None:
        reason = f"{type(message.reason).__name__}: {message.reason}"
        self._note(message.request.number, "failed", reason)

    def _note(self, number: int, state: str, result: str) -> None:
        self._store.finish(number, state, result)
        self._idle.append(self._busy.pop(number))
        self._hand_out()

    def _hand_out(self) -> None:
        waiting = [
            each for each in self._store.waiting() if each.number not in self._busy
        ]
        for job in waiting[: len(self._idle)]:
            self._busy[job.number] = self._idle.pop(0)
            self.request(self._busy[job.number], job)
        if not self._busy and self._reply is not None:
            self._reply.set(self._store.all())


# -- the program -----------------------------------------------------------------------


def tree(path: Path, workers: int) -> list[ChildSpec]:
    """Return the specs of workers and queue."""
    names = tuple(f"worker-{number}" for number in range(1, workers + 1))
    specs = [ChildSpec(id=each, actor=Worker, redeliveries=2) for each in names]
    often = SupervisorFlags(intensity=100, period_s=60.0)
    return [
        ChildSpec(id="workers", actor=Supervisor, args=(often, specs)),
        ChildSpec(id="queue", actor=Queue, args=(path, names)),
    ]


def tell_of(event: ChildEvent) -> None:
    """Print what went wrong with a worker, and that it goes on."""
    match event:
        case ChildFailed():
            print(f"! {event.child} crashed: {event.reason}", flush=True)
        case ChildStarted() if event.incarnation > 1:
            print(f"! {event.child} is back (incarnation {event.incarnation})")
        case _:
            return


def main() -> int:
    """Work off the jobs in a file; exit status 1 if one of them failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("job", nargs="*", help="left out: for a new file, some jobs")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    texts = tuple(options.job) or (() if options.file.exists() else OWN_JOBS)
    system = ActorSystem()
    system.events.subscribe(ChildEvent, tell_of)
    flags = SupervisorFlags(strategy=Strategy.REST_FOR_ONE)
    specs = tree(options.file, options.workers)
    Supervisor.start(flags, specs, system=system, name="jobs")
    queue = system.ref("queue", speaks=Queue)
    jobs = queue.ask(WorkOff(texts=texts), timeout=600.0)
    system.stop(timeout=5.0)
    # What happened is told by another thread; all of it before the result.
    system.events.flush(timeout=5.0)
    for job in jobs:
        print(f"{job.state:8}{job.text:20}{job.result}")
    return 1 if any(job.state == "failed" for job in jobs) else 0


if __name__ == "__main__":
    sys.exit(main())
