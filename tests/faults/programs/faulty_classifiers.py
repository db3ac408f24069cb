"""Classifiers for worker processes: as ours, but some contents do harm.

What harm a content does stands in its first line, `//FAULT <name>`. Worker processes
find this module by PYTHONPATH; FAULT_FOLDER is where one-time faults
leave a mark.
"""

import ctypes
import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from orquestrador.classification import classify
from orquestrador.messages import Level, Record


def faulty(data: bytes, name: str, *, level: Level = "full") -> Record:
    """Classify, after the harm that the content asks for."""
    if data.startswith(b"//FAULT "):
        fault = data.split(b"\n", 1)[0].removeprefix(b"//FAULT ").decode()
        FAULTS[fault.split()[0]]()
    return classify(data, name, level=level)


def slow(data: bytes, name: str, *, level: Level = "full") -> Record:
    """Classify, a hundred contents a second."""
    time.sleep(0.01)
    return faulty(data, name, level=level)


def broken_at_first(data: bytes, name: str, *, level: Level = "full") -> Record:
    """Classify, but end the first three processes that ask.

    Of two workers one then fails to start twice, and the other at most once.
    """
    if any(_first_time(f"broken_at_first_{number}") for number in range(3)):
        raise RuntimeError("this interpreter is incomplete")
    return classify(data, name, level=level)


def _sleep() -> None:
    time.sleep(3600)


def _hold_interpreter() -> None:
    # The engine of `re` never lets another thread run.
    re.match(r"(a+)+$", "a" * 64 + "b")


def _segfault() -> None:
    ctypes.string_at(0)


def _segfault_once() -> None:
    if _first_time("segfault_once"):
        ctypes.string_at(0)


def _eat_at_once() -> None:
    bytearray(1 << 36)


def _eat_in_pieces() -> None:
    hoard: list[bytes] = []
    while True:
        hoard.append(os.urandom(1 << 20))


def _eat_in_crumbs() -> None:
    hoard: list[list[int]] = []
    while True:
        hoard.append(list(range(1000)))


def _raise() -> NoReturn:
    raise ValueError("a rule of mine is wrong")


def _exit() -> NoReturn:
    sys.exit(7)


def _print() -> None:
    print("hello from a classifier", flush=True)  # noqa: T201 -- that is the fault
    os.write(1, b"\xff" * 100_000)
    sys.stdout.write("and again\n" * 1000)


def _pause() -> None:
    time.sleep(0.7)


def _first_time(mark: str) -> bool:
    try:
        (Path(os.environ["FAULT_FOLDER"]) / mark).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


FAULTS: dict[str, Callable[[], None]] = {
    "sleep": _sleep,
    "hold-interpreter": _hold_interpreter,
    "segfault": _segfault,
    "segfault-once": _segfault_once,
    "eat-at-once": _eat_at_once,
    "eat-in-pieces": _eat_in_pieces,
    "eat-in-crumbs": _eat_in_crumbs,
    "raise": _raise,
    "exit": _exit,
    "print": _print,
    "pause": _pause,
}
