"""A worker process seen from its actor: frames go in, frames and an end come out.

Two daemon threads carry the bytes, so that no handler ever waits on a pipe: a
process that hangs does not take its bytes, and one that ends must be noticed.
"""

import contextlib
import itertools
import os
import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import IO, Any

import psutil

from orquestrador.errors import MessageError
from orquestrador.messages import FrameReader, Message, encode, frame

_CHUNK_BYTES = 1 << 16
_WORDS_BYTES = 4096
_FREES_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": "131072",
    "MALLOC_TRIM_THRESHOLD_": "262144",
}
"""Lets glibc give back what a large content took. By itself it raises both limits as
it sees large pieces, and each process would stay as big as its largest content."""


class WorkerProcess:
    """One running worker process.

    Args:
        arguments: of `python -m MODULE`.
        on_frame: called with each frame, on the reader thread.
        on_end: called once with the exit code (negative: the signal, on POSIX) and
            the last words on standard error, on the reader thread.
        module: what the process runs.

    Raises:
        OSError: if the system cannot start a process.

    """

    def __init__(
        self,
        arguments: Sequence[str],
        on_frame: Callable[[bytes], None],
        on_end: Callable[[int, str], None],
        module: str = "orquestrador.worker",
    ) -> None:
        self._process = subprocess.Popen(  # noqa: S603 -- our own interpreter and module
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_FREES_MEMORY | os.environ,
            **_apart(),
        )
        self.pid = self._process.pid
        self._on_frame = on_frame
        self._on_end = on_end
        self._outgoing = _Outgoing()
        self._words: deque[bytes] = deque(maxlen=64)
        for target in (self._write, self._read):
            threading.Thread(
                target=target, name=f"worker-{self.pid}{target.__name__}", daemon=True
            ).start()

    def send(self, message: Message, *, urgent: bool = False) -> None:
        """Queue a message for the process, an urgent one in front; never blocks."""
        self._outgoing.put(frame(encode(message)), urgent=urgent)

    def kill(self) -> None:
        """End the process now; `on_end` is still called."""
        self._outgoing.put(None)
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    def abandon(self) -> None:
        """End the process now; nobody wants to hear of it any more."""
        self._on_frame = self._on_end = _hear_nothing
        self.kill()

    def resident_mb(self) -> float:
        """Return the process's resident memory, 0.0 once it has ended."""
        try:
            return psutil.Process(self.pid).memory_info().rss / (1024 * 1024)
        except psutil.Error:
            return 0.0

    def _write(self) -> None:
        pipe = _opened(self._process.stdin)
        # A broken pipe is the process's end: the reader thread tells it.
        with contextlib.suppress(OSError, ValueError):
            while (data := self._outgoing.get()) is not None:
                pipe.write(data)
                pipe.flush()
        with contextlib.suppress(OSError, ValueError):
            pipe.close()

    def _read(self) -> None:
        words = threading.Thread(
            target=self._read_words, name=f"worker-{self.pid}_words", daemon=True
        )
        words.start()
        try:
            self._read_frames(_opened(self._process.stdout))
        except MessageError as error:
            # Not our protocol any more: the process cannot be trusted with more work.
            self._words.append(str(error).encode())
            self._process.kill()
        exit_code = self._process.wait()
        self._outgoing.put(None)
        words.join()
        self._on_end(exit_code, self._last_words())

    def _read_frames(self, pipe: IO[bytes]) -> None:
        reader = FrameReader()
        with pipe:
            while data := os.read(pipe.fileno(), _CHUNK_BYTES):
                for each in reader.feed(data):
                    self._on_frame(each)

    def _read_words(self) -> None:
        with _opened(self._process.stderr) as pipe:
            for line in iter(lambda: pipe.readline(_WORDS_BYTES), b""):
                self._words.append(line)

    def _last_words(self) -> str:
        text = b"".join(self._words)[-_WORDS_BYTES:]
        return text.decode("utf-8", "replace").strip()


class _Outgoing:
    """Frames for the process: the urgent first, otherwise in their order."""

    def __init__(self) -> None:
        self._frames: queue.PriorityQueue[tuple[bool, int, bytes | None]] = (
            queue.PriorityQueue()
        )
        self._numbers = itertools.count()

    def put(self, data: bytes | None, *, urgent: bool = False) -> None:
        """Add a frame; None is the end."""
        self._frames.put((not urgent, next(self._numbers), data))

    def get(self) -> bytes | None:
        """Wait for the next frame."""
        return self._frames.get()[-1]


def _hear_nothing(*_said: object) -> None:
    """Let go of what a process says after its actor's end."""


def _opened(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise ValueError("the process was started without this pipe")
    return pipe


def _apart() -> dict[str, Any]:
    # Ctrl-C in a terminal reaches all of its group; it must not end a worker that is
    # too young to ignore it. No window is opened for one either.
    if sys.platform == "win32":
        flags = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
        return {"creationflags": flags}
    return {"process_group": 0}
