"""The guide's `threads_ativas`: what is at work, by the guide's names."""

import threading
import time
from collections.abc import (
    Callable,
    Generator,
    ItemsView,
    Iterator,
    MutableMapping,
    ValuesView,
)
from contextlib import contextmanager

MOST_ENDED = 100
"""How many that have ended are kept until somebody deletes them."""

_PAUSE_S = 0.02


class Handle:
    """One name in `threads_ativas`; it outlives restarts of what it stands for."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._at_work: tuple[Callable[[], bool], ...] = ()

    def __repr__(self) -> str:
        return f"<Handle {self.name!r} {'ativa' if self.is_alive() else 'finalizada'}>"

    def is_alive(self) -> bool:
        """Return whether it is at work."""
        self._at_work = tuple(each for each in self._at_work if each())
        return bool(self._at_work)

    def join(self, timeout: float | None = None) -> None:
        """Wait until it has ended, or `timeout` seconds are over."""
        until = None if timeout is None else time.monotonic() + timeout
        while self.is_alive() and (until is None or time.monotonic() < until):
            time.sleep(_PAUSE_S)

    def begin(self, is_at_work: Callable[[], bool]) -> None:
        """Let it stand for one more thing, until that says it has ended."""
        self._at_work += (is_at_work,)


class ActiveThreads(MutableMapping[str, Handle]):
    """Handles by name; any thread may use it, and delete while it iterates.

    One that has ended stays, with `is_alive()` false, until it is deleted; the last
    100 are kept. Deleting one that is alive raises `ValueError`.
    """

    def __init__(self) -> None:
        self._handles: dict[str, Handle] = {}
        self._lock = threading.RLock()

    def __repr__(self) -> str:
        return repr(dict(self.items()))

    def __getitem__(self, name: str) -> Handle:
        return self._handles[name]

    def __setitem__(self, name: str, handle: Handle) -> None:
        with self._lock:
            self._handles.pop(name, None)
            self._handles[name] = handle
            ended = [each for each, kept in self.items() if not kept.is_alive()]
            for each in ended[: max(0, len(ended) - MOST_ENDED)]:
                del self._handles[each]

    def __delitem__(self, name: str) -> None:
        with self._lock:
            if self._handles[name].is_alive():
                raise ValueError(f"{name!r} está ativa; só se apaga uma finalizada")
            del self._handles[name]

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._handles))

    def __len__(self) -> int:
        return len(self._handles)

    def items(self) -> ItemsView[str, Handle]:
        """Return names and handles as they are now."""
        return self._handles.copy().items()

    def values(self) -> ValuesView[Handle]:
        """Return the handles as they are now."""
        return self._handles.copy().values()

    def alive(self) -> list[str]:
        """Return the names of those that are alive, in the order of their start."""
        return [name for name, handle in self.items() if handle.is_alive()]

    def begin(self, name: str, is_at_work: Callable[[], bool]) -> None:
        """Enter what has just begun, until it says that it has ended."""
        with self._lock:
            handle = self._handles.get(name) or Handle(name)
            handle.begin(is_at_work)
            self[name] = handle

    @contextmanager
    def at_work(self, *names: str) -> Generator[None]:
        """Enter these names for as long as the block runs."""
        ended = threading.Event()
        for name in names:
            self.begin(name, lambda: not ended.is_set())
        try:
            yield
        finally:
            ended.set()
