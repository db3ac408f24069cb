"""Random failures in a tree of 200 actors: `python benchmarks/chaos.py --seconds 600`.

Four threads send numbered jobs to random workers, by tell, by ask and by ask with a
deadline; workers pass jobs on to each other. Meanwhile handlers fail, hang, stop their
actor or fail once; `on_start` fails; children and whole branches are terminated and
started again; supervisors with all strategies restart their groups, give up and are
restarted themselves. At the end some handlers hang for good. Then it must hold that

- every number was completed exactly once, or is in exactly one dead letter, or its
  sender got an error that says it was not sent; and no ask is left without its answer,
- no thread is left but the abandoned ones, never more of these than the cap,
- the tree stops, and the process with the hung threads exits, within their limits.

The dice follow `--seed`; what runs at the same time is the operating system's choice.
Prints what was done and the sums; exit status 1 when something did not hold. `--plant`
makes the runtime lose or repeat messages or answers: then it must not hold.
"""

import argparse
import faulthandler
import itertools
import logging
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter, deque
from typing import Any, cast

import pykka
from chaos_tree import (
    ABANDONED_LIMIT,
    BRANCHES,
    WORKERS,
    Fate,
    Job,
    Ledger,
    start_tree,
)

from orquestrador.errors import (
    ChildRequestError,
    ChildStartError,
    MailboxFullError,
    UnknownActorError,
)
from orquestrador.supervisor import (
    ActorSystem,
    ChildEvent,
    DeadLetter,
    SupervisorGaveUp,
    SupervisorRef,
)
from orquestrador.supervisor.cell import Cell
from orquestrador.supervisor.envelope import Envelope
from orquestrador.supervisor.future import ReplyFuture
from orquestrador.supervisor.mailbox import Mailbox

SENDERS = 4
HUNG = 5
ACTION_LIMIT_S = 60.0
STOP_LIMIT_S = 30.0
EXIT_LIMIT_S = 10.0
OVER = "over\n"
"""The last line of the process; from there on it has to exit."""

FATES = [
    *[Fate.WORK] * 950,
    *[Fate.SLOW] * 20,
    *[Fate.CRASH] * 15,
    *[Fate.FLAKY] * 10,
    *[Fate.STOP] * 4,
    Fate.STUCK,
]


Asked = deque[tuple[int, ReplyFuture[Any]]]
"""Asks that were not looked at yet."""


class Chaos:
    """One run."""

    def __init__(self, seed: int) -> None:
        """Start the tree."""
        self.seed = seed
        self.ledger = Ledger()
        self.happened: Counter[str] = Counter()
        self.answered: list[int] = []
        self.most_abandoned = 0
        self.broken: list[str] = []
        self._threads_before = set(threading.enumerate())
        self.system = ActorSystem(abandoned_limit=ABANDONED_LIMIT)
        self.system.events.subscribe(DeadLetter, self.ledger.add_letter)
        self.system.events.subscribe(ChildEvent, self._count)
        self.system.events.subscribe(SupervisorGaveUp, self._count)
        self.top = start_tree(self.system, self.ledger, f"{seed}-tree")
        self._over = threading.Event()

    def _count(self, event: object) -> None:
        self.happened[type(event).__name__] += 1

    def run(self, seconds: float) -> None:
        """Let senders and hooligans loose, then stop the tree."""
        asked = [Asked() for _ in range(SENDERS)]
        threads = [
            threading.Thread(
                target=self._send_jobs, args=(each, self._dice(f"sender-{i}"))
            )
            for i, each in enumerate(asked)
        ]
        threads.append(
            threading.Thread(target=self._disturb, args=(self._dice("disturber"),))
        )
        for thread in threads:
            thread.start()
        time.sleep(seconds)
        self._over.set()
        for thread in threads:
            thread.join()
        self._hang_some(self._dice("hung"))
        began = time.monotonic()
        self.top.stop(timeout=None, block=False)
        self._expect(self.top.ended.wait(STOP_LIMIT_S), "the tree did not stop")
        self.happened["ms to stop"] = int(1000 * (time.monotonic() - began))
        self.system.events.flush(STOP_LIMIT_S)
        for number, future in itertools.chain(*asked):
            self._check_answer(number, future)

    def _dice(self, name: str) -> random.Random:
        return random.Random(f"{self.seed}-{name}")  # noqa: S311 -- dice

    def _expect(self, holds: object, words: str) -> None:
        if not holds:
            self.broken.append(words)

    # -- what is done to the tree -----------------------------------------------------

    def _send_jobs(self, asked: Asked, dice: random.Random) -> None:
        while not self._over.is_set():
            for _ in range(dice.randrange(20)):
                self._send_one(asked, dice)
            # Not kept for ten minutes: there are many.
            while len(asked) > 1000 and asked[0][1].is_settled():
                self._check_answer(*asked.popleft())
            time.sleep(dice.uniform(0.0, 0.04))

    def _send_one(self, asked: Asked, dice: random.Random) -> None:
        ref = self._worker(dice)
        if ref is None:
            return
        ledger = self.ledger
        job = Job(
            number=ledger.new(), fate=dice.choice(FATES), hops=dice.choice((0, 0, 1, 3))
        )
        how = dice.random()
        if how < 0.6:
            ledger.send(ref, job)
        elif how < 0.98:
            future = cast("ReplyFuture[Any]", ref.ask(job, block=False))
            asked.append((job.number, future))
        else:
            self._ask_in_a_hurry(ref, job)

    def _ask_in_a_hurry(self, ref: pykka.ActorRef[Any], job: Job) -> None:
        """Wait for less time than it may take; the message says what became of it."""
        try:
            ref.ask(job, timeout=0.005)
        except MailboxFullError:
            # The two kinds of limit that there are drop messages: a dead letter.
            return
        except Exception:  # noqa: BLE001 -- whatever it was, the books must be right
            self.happened["asks in a hurry that failed"] += 1

    def _worker(self, dice: random.Random) -> pykka.ActorRef[Any] | None:
        if dice.random() < 0.1:
            return self._dynamic_worker(dice)
        try:
            return self.system.ref(dice.choice(WORKERS))
        except UnknownActorError:
            return None

    def _dynamic_worker(self, dice: random.Random) -> pykka.ActorRef[Any] | None:
        pool = self._branch(BRANCHES[-1])
        refs = [] if pool is None else _refs_of(pool)
        return dice.choice(refs) if refs else None

    def _branch(self, name: str) -> SupervisorRef | None:
        try:
            ref = self.system.ref(name)
        except UnknownActorError:
            return None
        return ref if isinstance(ref, SupervisorRef) else None

    def _disturb(self, dice: random.Random) -> None:
        actions = [
            *[self._terminate_worker] * 6,
            *[self._restart_worker] * 12,
            *[self._stop_worker] * 3,
            *[self._replace_dynamic_worker] * 6,
            self._terminate_branch,
        ]
        while not self._over.is_set():
            action = dice.choice(actions)
            self.happened[action.__name__.strip("_").replace("_", " ")] += 1
            try:
                action(dice)
            except (ChildRequestError, ChildStartError, pykka.ActorDeadError):
                self.happened["refused requests"] += 1
            except pykka.Timeout:
                self.broken.append(f"{action.__name__}: no answer")
            alive = self.system.abandoned_threads.alive()
            self.most_abandoned = max(self.most_abandoned, alive)
            time.sleep(dice.uniform(0.0, 0.05))

    def _terminate_worker(self, dice: random.Random) -> None:
        name = dice.choice(WORKERS)
        if branch := self._branch(_branch_of(name)):
            branch.terminate_child(name, timeout=ACTION_LIMIT_S)

    def _restart_worker(self, dice: random.Random) -> None:
        # Any one that does not run, if there is one.
        for name in dice.sample(WORKERS, len(WORKERS)):
            branch = self._branch(_branch_of(name))
            if name not in self.system.names() and branch is not None:
                branch.restart_child(name, timeout=ACTION_LIMIT_S)
                return

    def _stop_worker(self, dice: random.Random) -> None:
        if ref := self._worker(dice):
            ref.stop(block=False)

    def _replace_dynamic_worker(self, dice: random.Random) -> None:
        pool = self._branch(BRANCHES[-1])
        if pool is None:
            return
        refs = _refs_of(pool)
        if len(refs) > 10:
            pool.terminate_child(dice.choice(refs), timeout=ACTION_LIMIT_S)
        while len(_refs_of(pool)) < 20 and not self._over.is_set():
            pool.start_child(timeout=ACTION_LIMIT_S)

    def _terminate_branch(self, dice: random.Random) -> None:
        name = dice.choice(BRANCHES)
        try:
            self.top.terminate_child(name, timeout=ACTION_LIMIT_S)
        finally:
            self.top.restart_child(name, timeout=ACTION_LIMIT_S)

    def _hang_some(self, dice: random.Random) -> None:
        for name in dice.sample(WORKERS, HUNG):
            try:
                ref = self.system.ref(name)
            except UnknownActorError:
                continue
            job = Job(number=self.ledger.new(), fate=Fate.HUNG, hops=0)
            self.ledger.send(ref, job)

    # -- the sums -------------------------------------------------------------------

    def check(self) -> None:
        """Compare the books with what must hold."""
        self._check_numbers()
        self._check_threads()

    def _check_answer(self, number: int, future: ReplyFuture[Any]) -> None:
        try:
            answer = future.get(timeout=0.0)
        except pykka.Timeout:
            self.broken.append(f"nobody answered the ask of job {number}")
        except Exception:  # noqa: BLE001 -- an error is an answer
            self.happened["asks answered with an error"] += 1
        else:
            self.answered.append(number)
            self._expect(answer == number, f"the ask of job {number} got {answer!r}")

    def _check_numbers(self) -> None:
        ledger, total = self.ledger, self.ledger.new()
        completed, letters, refused, void = (bytearray(total) for _ in range(4))
        for number in ledger.completed:
            completed[number] += 1
        for number, fenced in ledger.letters:
            letters[number] += 1
            if fenced and completed[number] == 1:
                # Cut off between its last look and the entry in the book.
                completed[number], void[number] = 0, 1
        for number in ledger.refused:
            refused[number] += 1
        for number in range(total):
            if completed[number] + letters[number] + refused[number] != 1:
                self.broken.append(
                    f"job {number}: completed {completed[number]} times, "
                    f"{letters[number]} dead letters, refused {refused[number]} times"
                )
        for number in self.answered:
            self._expect(completed[number], f"job {number} was answered, but not done")
        self.happened |= {
            "jobs": total,
            "completed": sum(completed),
            "dead letters": sum(letters),
            "not sent": sum(refused),
            "completed by a fenced one: void": sum(void),
            "asks answered": len(self.answered),
        }

    def _check_threads(self) -> None:
        hung, deadline = set(self.ledger.hung), time.monotonic() + 10.0
        while True:
            left = {
                thread.name
                for thread in threading.enumerate()
                if thread not in self._threads_before | hung
                and not thread.name.startswith("orquestrador-")
            }
            # Those that were stuck wake up and leave.
            if not left or time.monotonic() > deadline:
                break
            time.sleep(0.05)
        self.happened["threads hung for good"] = len(hung)
        self.happened["most abandoned threads"] = self.most_abandoned
        self._expect(not left, f"threads left: {', '.join(sorted(left))}")
        self._expect(
            self.most_abandoned <= ABANDONED_LIMIT + 1, "more abandoned than the cap"
        )


def _branch_of(worker: str) -> str:
    return f"branch-{worker.split('-')[1]}"


def _refs_of(pool: SupervisorRef) -> list[pykka.ActorRef[Any]]:
    try:
        children = pool.which_children(timeout=ACTION_LIMIT_S)
    except pykka.ActorDeadError:
        return []
    return [child.ref for child in children if child.ref is not None]


# -- faults planted on purpose --------------------------------------------------------


def _lose() -> None:
    """Lose a message that is given back to the mailbox, now and then."""
    put_back, turns = Mailbox.put_back, itertools.count(1)

    def losing(mailbox: Mailbox, envelope: Envelope) -> None:
        if next(turns) % 2:
            put_back(mailbox, envelope)

    Mailbox.put_back = losing  # type: ignore[method-assign]


def _repeat() -> None:
    """Deliver a dead letter again, now and then."""
    dead_letter, turns = Cell.dead_letter, itertools.count(1)

    def repeating(
        cell: Cell, envelope: Envelope, reason: str, error: BaseException | None = None
    ) -> None:
        dead_letter(cell, envelope, reason, error)
        if next(turns) % 5 == 0:
            cell.mailbox.put(envelope)

    Cell.dead_letter = repeating  # type: ignore[method-assign]


def _strand() -> None:
    """Leave what waits for an actor that ends where it is."""
    Mailbox.drain = lambda _mailbox: None  # type: ignore[method-assign]


PLANTS = {"lose": _lose, "repeat": _repeat, "strand": _strand}

# -- the program ----------------------------------------------------------------


def shake(options: argparse.Namespace) -> int:
    """Do one run in this process; leaves the hung threads to its exit."""
    logging.basicConfig(filename=os.devnull)
    # Should it all stand still: say where, and end.
    faulthandler.dump_traceback_later(options.seconds + 200.0, exit=True)
    if options.plant:
        PLANTS[options.plant]()
    chaos = Chaos(options.seed)
    chaos.run(options.seconds)
    chaos.check()
    for what, count in sorted(chaos.happened.items()):
        print(f"{count:>12,}  {what}")
    for words in chaos.broken[:20]:
        print(f"BROKEN: {words}")
    if len(chaos.broken) > 20:
        print(f"BROKEN: and {len(chaos.broken) - 20} more")
    print(OVER, end="", flush=True)
    return 1 if chaos.broken else 0


def main() -> int:
    """Run in a process of its own and see it end; 1 when something did not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument(
        "--seed", type=int, default=random.SystemRandom().randrange(10**6)
    )
    parser.add_argument("--plant", choices=PLANTS, help="a fault in the runtime")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        return shake(options)
    print(f"seed {options.seed}, {options.seconds:g} s", flush=True)
    command = [sys.executable, __file__, "--inside", "--seed", str(options.seed)]
    command += ["--seconds", str(options.seconds)]
    command += ["--plant", options.plant] if options.plant else []
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None  # noqa: S101 -- it is a pipe
    for line in itertools.takewhile(OVER.__ne__, process.stdout):
        print(line, end="", flush=True)
    began = time.monotonic()
    try:
        status = process.wait(EXIT_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        print(f"BROKEN: the process did not exit in {EXIT_LIMIT_S:g} s")
        return 1
    print(f"{int(1000 * (time.monotonic() - began)):>12,}  ms to exit")
    print("all held" if status == 0 else f"exit status {status}")
    return 0 if status == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
