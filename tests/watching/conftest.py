"""A library's folder, and an observer of each kind that stands on it."""

import importlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest

from orquestrador.library import Selection
from orquestrador.watching import (
    Excludes,
    Inbox,
    Opened,
    WatchPlan,
    open_watch,
)

SELECTION = Selection(
    sources=frozenset({".mq4", ".mqh"}),
    sniffed=frozenset({".txt", ""}),
    counted=frozenset({".ex4"}),
    excluded_folders=frozenset({".git", ".orquestrador"}),
)
PATTERNS = ("*~", "*.tmp", "/Old/")


class Watched:
    """A watch, and all that was heard by it."""

    def __init__(self, plan: WatchPlan, most: int = 8192) -> None:
        self._rang = threading.Event()
        self.inbox = Inbox(self._rang.set, most)
        self.opened: Opened = open_watch(plan, self.inbox)
        self.heard: set[bytes] = set()
        self.everything = False
        self.lost_root = False
        self.overflows = 0
        self.problem: Exception | None = None
        self._cookies: set[str] = set()

    def hear(self) -> set[bytes]:
        """Return the paths heard of, once all that was done so far has been heard."""
        for _ in range(self.opened.proofs):
            name = self.opened.cookies.write()
            self.until(lambda name=name: name in self._cookies)
            self.opened.cookies.remove(name)
        return self.heard

    def until(self, holds: Callable[[], object]) -> None:
        """Wait until something was heard."""
        limit = time.monotonic() + 30
        while not holds():
            assert time.monotonic() < limit, f"only {sorted(self.heard)} was heard"
            self._rang.wait(0.05)
            self._rang.clear()
            self._take()

    def _take(self) -> None:
        self.inbox.rest()
        arrivals = self.inbox.take()
        self.heard |= arrivals.changes.paths.keys()
        self.everything |= arrivals.changes.everything is not None
        self.lost_root |= arrivals.lost_root
        self.overflows += arrivals.overflows
        self.problem = self.problem or arrivals.problem
        self._cookies |= arrivals.cookies.keys()

    def covers(self, raw: bytes) -> bool:
        """Whether a path, or a folder above it, was heard of."""
        parts = raw.split(b"/")
        return any(b"/".join(parts[:n]) in self.heard for n in range(1, len(parts) + 1))


Watching = Callable[..., Watched]


@pytest.fixture
def inotify() -> Any:
    """The module, which only Linux can load."""
    return importlib.import_module("orquestrador.watching.inotify")


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A folder with a folder in it."""
    folder = tmp_path / "library"
    (folder / "EAs" / "deep").mkdir(parents=True)
    return folder


@pytest.fixture
def plan(library: Path) -> Callable[..., WatchPlan]:
    """Make a plan for the library."""

    def make(
        observer: Literal["auto", "native", "polling"] = "native",
        state: Path | None = None,
    ) -> WatchPlan:
        place = state or library / ".orquestrador"
        place.mkdir(exist_ok=True)
        return WatchPlan(
            library=library,
            state=place,
            excludes=Excludes(library, place, SELECTION, PATTERNS),
            observer=observer,
            poll_s=0.1,
        )

    return make


@pytest.fixture
def watching(plan: Callable[..., WatchPlan]) -> Iterator[Watching]:
    """Begin to watch the library; it ends with the test."""
    watched: list[Watched] = []

    def begin(*args: object, most: int = 8192, **kwargs: object) -> Watched:
        watched.append(Watched(plan(*args, **kwargs), most))
        return watched[-1]

    yield begin
    for each in watched:
        each.opened.watch.close()
