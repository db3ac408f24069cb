"""Small programs that go wrong with plain Pykka: `defects.py pykka|ours DEFECT`.

Each prints `holds`, or `broken` and what came instead. The code is the same for both
but for the actor class. The process is left at once: with Pykka it might not end.
"""

# The actor class is chosen at run time.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUntypedBaseClass=false, reportUnknownArgumentType=false
# pyright: reportGeneralTypeIssues=false

import gc
import logging
import os
import sys
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

import pykka

from orquestrador.supervisor import Actor, DeadLetter

ActorClass: Any = {"pykka": pykka.ThreadingActor, "ours": Actor}[sys.argv[1]]
ROUNDS = 400
SOON_S = {"pykka": 1.0, "ours": 30.0}[sys.argv[1]]
"""What comes is waited for; what never comes, not for long."""


class Doing(ActorClass):
    """Calls the function that it is sent."""

    def on_receive(self, message: Callable[[], object]) -> object:
        return message()


def stranded_ask() -> str | None:
    """An ask that meets the stop of its actor is answered, one way or the other."""
    # Threads that change places often meet the narrow moment often.
    sys.setswitchinterval(1e-5)
    for turn in range(ROUNDS):
        ref = Doing.start()
        asked: list[pykka.Future[object]] = []
        sender = threading.Thread(target=_ask_until_dead, args=(ref, asked))
        sender.start()
        ref.stop()
        sender.join()
        for future in asked:
            try:
                future.get(timeout=SOON_S)
            except pykka.ActorDeadError:
                pass
            except pykka.Timeout:
                return f"nobody answered an ask of round {turn}"
    return None


def _ask_until_dead(
    ref: pykka.ActorRef[Any], asked: list[pykka.Future[object]]
) -> None:
    while ref.is_alive():
        asked.append(ref.ask(lambda: None, block=False))


def base_exception() -> str | None:
    """An ask is answered whatever its handler raises."""

    def leave() -> None:
        raise SystemExit

    try:
        Doing.start().ask(leave, timeout=SOON_S)
    except pykka.Timeout:
        return "nobody answered the ask"
    except (pykka.ActorDeadError, SystemExit):
        return None
    return "the error is no answer"


def completed_future() -> str | None:
    """An actor lives on when somebody else completes the future it would answer."""
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        entered.set()
        leave.wait()

    ref = Doing.start()
    future = ref.ask(hold, block=False)
    entered.wait()
    future.set("by somebody else")
    leave.set()
    try:
        ref.ask(lambda: None, timeout=SOON_S)
    except pykka.Timeout:
        return f"no answer any more; is_alive() is {ref.is_alive()}"
    return None


class Seen(logging.Handler):
    """Whatever a program could have noticed."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.words.append(record.getMessage())

    def read(self, letter: DeadLetter) -> None:
        self.words.append(str(letter.message))


def silent_tell() -> str | None:
    """A message that nobody will handle is seen by somebody."""
    seen = Seen()
    logging.basicConfig(level=logging.NOTSET, handlers=[seen])
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        entered.set()
        leave.wait()

    ref = Doing.start()
    if isinstance(ref.actor_class, type) and issubclass(ref.actor_class, Actor):
        ref.cell.system.events.subscribe(DeadLetter, seen.read)
    ref.tell(hold)
    entered.wait()
    stopped = ref.stop(block=False)
    ref.tell("a message behind the stop")
    leave.set()
    stopped.get(timeout=5.0)
    deadline = time.monotonic() + SOON_S
    while time.monotonic() < deadline:
        if any("a message behind the stop" in words for words in seen.words):
            return None
        time.sleep(0.01)
    return "no error, no record, no letter"


def kept_instance() -> str | None:
    """A proxy does not keep the instance of an actor that has ended."""
    ref = Doing.start()
    proxy = ref.proxy()
    instance = weakref.ref(ref._actor_weakref())
    ref.stop()
    deadline = time.monotonic() + SOON_S
    while instance() is not None and time.monotonic() < deadline:
        gc.collect()
    return None if instance() is None else f"{proxy} keeps it"


if __name__ == "__main__":
    failure: str | None = globals()[sys.argv[2]]()
    print("holds" if failure is None else f"broken: {failure}", flush=True)  # noqa: T201 -- its answer
    os._exit(0)
