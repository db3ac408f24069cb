"""The spare thread: started before it is needed, so that a restart waits for none.

To start a thread takes as long as all the rest of a restart. So the thread of an
incarnation that failed, which has time, leaves another behind. Each runs one
incarnation and then ends, as any other: nothing in it outlives its actor.
"""

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue

NAME = "orquestrador-spare"
IDLE_S = 30.0
"""Seconds after which a spare thread that nobody needed ends."""

Run = Callable[[], None]


class SpareThread:
    """A thread that has begun, and waits for what it is to run."""

    def __init__(self, idle: "list[SpareThread]") -> None:
        """Wait; whoever takes it out of `idle` may give it something to run."""
        self._idle = idle
        self._run: Run | None = None
        self._given: SimpleQueue[Run | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._wait, name=NAME, daemon=True)
        idle.append(self)
        self._thread.start()

    @property
    def ident(self) -> int | None:
        """The thread's identifier."""
        return self._thread.ident

    def take_over(self, run: Run, name: str) -> None:
        """Run this once `start` is called."""
        self._run = run
        self._thread.name = name

    def start(self) -> None:
        """Begin to run; without `take_over` before it, end."""
        self._given.put(self._run)

    def join(self, timeout: float | None = None) -> None:
        """Wait for the end."""
        self._thread.join(timeout)

    def is_alive(self) -> bool:
        """Return whether it has not ended."""
        return self._thread.is_alive()

    def _wait(self) -> None:
        try:
            run = self._given.get(timeout=IDLE_S)
        except Empty:
            try:
                self._idle.remove(self)
            except ValueError:
                # Somebody has just taken it, and is about to say what for.
                run = self._given.get()
            else:
                return
        if run is not None:
            # Nothing here keeps the incarnation alive longer than it lasts.
            self._run = None
            run()


class SpareThreads:
    """At most one thread in reserve."""

    def __init__(self) -> None:
        self._idle: list[SpareThread] = []
        self._lock = threading.Lock()
        self._closed = False

    def thread_for(self, run: Run, name: str) -> SpareThread | None:
        """Return a thread that runs this once it is started; None: there is none."""
        try:
            thread = self._idle.pop()
        except IndexError:
            return None
        thread.take_over(run, name)
        return thread

    def refill(self) -> None:
        """See to it that there is one."""
        with self._lock:
            if not self._idle and not self._closed:
                SpareThread(self._idle)

    def open(self) -> None:
        """Allow threads in reserve."""
        with self._lock:
            self._closed = False

    def close(self) -> None:
        """Let the one in reserve end, and allow no other."""
        with self._lock:
            self._closed = True
            while self._idle:
                self._idle.pop().start()
