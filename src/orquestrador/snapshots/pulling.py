"""A stream that is made while it is read: no thread, no file in between."""

from collections.abc import Callable, Generator
from typing import IO, Any, cast


class Pulled:
    """Reads what steps write, and lets them go on only when more is wanted.

    Args:
        steps: begins to write to a file that cannot seek, a part a step.

    """

    def __init__(self, steps: Callable[[IO[bytes]], Generator[Any]]) -> None:
        self._sink = _Sink()
        self._steps = steps(cast("IO[bytes]", self._sink))

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes, all that are left if negative; none at the end."""
        while size < 0 or len(self._sink.waiting) < size:
            try:
                next(self._steps)
            except StopIteration:
                break
        end = len(self._sink.waiting) if size < 0 else size
        data = bytes(self._sink.waiting[:end])
        del self._sink.waiting[:end]
        return data


class _Sink:
    """A file that can only be written to, from its beginning to its end."""

    def __init__(self) -> None:
        self.waiting = bytearray()

    def write(self, data: bytes) -> int:
        self.waiting += data
        return len(data)

    def flush(self) -> None:
        """Do nothing: what is written waits to be read."""
