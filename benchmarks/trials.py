"""What `runtime.py` measures besides plain rates: one function a trial."""

import gc
import itertools
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import psutil
import pykka
from sides import PING, WITHOUT_LIMIT, PlainActor, SupervisedActor

from orquestrador.supervisor import (
    Actor,
    ActorSystem,
    ChildSpec,
    ChildStarted,
    Supervisor,
)

STUCK_AFTER_S = 0.25
"""Limit of the actor that is made to hang."""

ActorClass = type[pykka.ThreadingActor]
End = Callable[[], object]
ACTORS: dict[str, ActorClass] = {"orquestrador": SupervisedActor, "pykka": PlainActor}


def actor_growth(actor_class: ActorClass, live: int, turns: int) -> float:
    """Return how many times longer start+stop takes beside `live` actors."""
    return _growth(
        start=lambda: actor_class.start().stop,
        turn=lambda: actor_class.start().stop(),
        live=live,
        turns=turns,
    )


def thread_growth(live: int, turns: int) -> float:
    """Return how many times longer a thread takes beside `live` threads."""
    return _growth(_start_thread, _thread_turn, live, turns)


def _growth(
    start: Callable[[], End], turn: Callable[[], object], live: int, turns: int
) -> float:
    alone_s = _turns_s(turn, turns)
    ends = [start() for _ in range(live)]
    beside_s = _turns_s(turn, turns)
    for end in reversed(ends):
        end()
    return beside_s / alone_s


def _turns_s(turn: Callable[[], object], count: int) -> float:
    gc.collect()
    began = time.perf_counter()
    for _ in range(count):
        turn()
    return time.perf_counter() - began


def _start_thread() -> End:
    leave = threading.Event()
    thread = threading.Thread(target=leave.wait)
    thread.start()

    def end() -> None:
        leave.set()
        thread.join()

    return end


def _thread_turn() -> None:
    thread = threading.Thread(target=_do_nothing)
    thread.start()
    thread.join()


def _do_nothing() -> None:
    pass


def stranded_asks(actor_class: ActorClass, rounds: int) -> int:
    """Stop an actor under two senders; return how many asks nobody answered."""
    interval_s = sys.getswitchinterval()
    # Threads that change places often meet the narrow moments often.
    sys.setswitchinterval(1e-5)
    try:
        return sum(_stop_round(actor_class) for _ in range(rounds))
    finally:
        sys.setswitchinterval(interval_s)


def _stop_round(actor_class: ActorClass) -> int:
    ref = actor_class.start()
    go = threading.Barrier(3)
    asked: tuple[list[pykka.Future[object]], ...] = ([], [])
    senders = [threading.Thread(target=_hammer, args=(ref, go, each)) for each in asked]
    for sender in senders:
        sender.start()
    go.wait()
    ref.ask(PING)
    ref.stop()
    for sender in senders:
        sender.join()
    return sum(not _is_answered(future) for future in itertools.chain(*asked))


def _hammer(
    ref: pykka.ActorRef[pykka.ThreadingActor],
    go: threading.Barrier,
    asked: list[pykka.Future[object]],
) -> None:
    go.wait()
    while ref.is_alive():
        asked.append(ref.ask(PING, block=False))
    asked.append(ref.ask(PING, block=False))


def _is_answered(future: pykka.Future[object]) -> bool:
    try:
        future.get(timeout=0.05)
    except pykka.ActorDeadError:
        return True
    except pykka.Timeout:
        return False
    return True


class StuckActor(Actor):
    """Never comes back from a message, unless it is asked nicely."""

    def on_receive(self, message: object) -> object:
        """Hang on an event, give back anything else."""
        if isinstance(message, threading.Event):
            message.wait()
        return message


def replaced_after_s() -> float:
    """Return seconds from a message that hangs to the next incarnation."""
    system = ActorSystem()
    leave, replaced = threading.Event(), threading.Event()
    spec = ChildSpec(id="child", actor=StuckActor, stuck_after_s=STUCK_AFTER_S)
    Supervisor.start(WITHOUT_LIMIT, [spec], system=system)
    ref = system.ref("child")
    ref.ask(PING)
    system.events.subscribe(ChildStarted, lambda _: replaced.set())
    began = time.perf_counter()
    ref.tell(leave)
    replaced.wait(STUCK_AFTER_S + 5.0)
    seconds = time.perf_counter() - began
    leave.set()
    system.stop(timeout=5.0)
    return seconds


def memory_kib(side: str, count: int) -> float:
    """Return KiB that one idle actor adds to a process of its own."""
    ended = subprocess.run(
        [sys.executable, __file__, side, str(count)],
        check=True,
        capture_output=True,
        text=True,
    )
    return float(ended.stdout)


def _print_memory(actor_class: ActorClass, count: int) -> None:
    actor_class.start().stop()
    process = psutil.Process()
    gc.collect()
    before = process.memory_info().rss
    refs = [actor_class.start() for _ in range(count)]
    for ref in refs:
        ref.ask(PING)
    gc.collect()
    print((process.memory_info().rss - before) / 1024 / count)
    for ref in refs:
        ref.stop()


if __name__ == "__main__":
    _print_memory(ACTORS[sys.argv[1]], int(sys.argv[2]))
