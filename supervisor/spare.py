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

    def __init__(self, forget: "Callable[[SpareThread], bool]") -> None:
        """Wait to be given something to run.

        Args:
            forget: is called when nobody needed it in time; False if somebody has
                just taken it.

        """
        self._forget = forget
        self._run: Run | None = None
        self._given: SimpleQueue[Run | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._wait, name=NAME, daemon=True)
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
            if self._forget(self):
                return
            # Somebody has just taken it, and is about to say what for.
            run = self._given.get()
        if run is not None:
            # Nothing here keeps the incarnation alive longer than it lasts.
            self._run = None
            run()


class SpareThreads:
    """At most one thread in reserve."""

    def __init__(self) -> None:
        self._idle: list[SpareThread] = []
        # Not for taking one out, which is for a restart and atomic by itself.
        self._lock = threading.Lock()
        self._closed = False

    def thread_for(self, run: Run, name: str) -> SpareThread | None:
        """Return a thread that runs this once it is started; None: there is none."""
        thread = self._take()
        if thread is not None:
            thread.take_over(run, name)
        return thread

    def refill(self) -> None:
        """See to it that there is one."""
        with self._lock:
            if not self._idle and not self._closed:
                # It runs before anybody can have it: whoever has it can ask whether.
                self._idle.append(SpareThread(self._forget))

    def open(self) -> None:
        """Allow threads in reserve."""
        with self._lock:
            self._closed = False

    def close(self) -> None:
        """Let the one in reserve end, and allow no other."""
        with self._lock:
            self._closed = True
            while (thread := self._take()) is not None:
                thread.start()

    def _take(self) -> SpareThread | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _forget(self, thread: SpareThread) -> bool:
        # Under the lock: one that has just begun may not be among them yet.
        with self._lock:
            try:
                self._idle.remove(thread)
            except ValueError:
                return False
        return True
