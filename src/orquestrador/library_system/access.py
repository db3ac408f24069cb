"""How a system's actors are reached: in this process, or in another one."""

import os
import queue
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from orquestrador.errors import LibraryError, OperationTimeoutError, RunFailedError
from orquestrador.library import raw_name, shown_name
from orquestrador.messages import Message, Question
from orquestrador.messages.control import RunDefaults
from orquestrador.messages.monitor import MetricsSampled
from orquestrador.messages.run import RunLost
from orquestrador.messages.watching import WatcherState
from orquestrador.run_handle import SLICE_S, Listener

M = TypeVar("M", bound=Message)


class Access(ABC):
    """The way to the actors of one library, and what all requests need of it."""

    library: Path
    """Its folder, absolute."""

    state: Path
    """The state folder, absolute."""

    @property
    @abstractmethod
    def defaults(self) -> RunDefaults:
        """What a run does where its order says nothing."""

    @abstractmethod
    def subscribe(self, event: type[M], callback: Callable[[M], object]) -> Listener:
        """Call `callback` with every event of this type, on a thread of its own."""

    @abstractmethod
    def check(self) -> None:
        """Raise what ended the system, if it has ended.

        Raises:
            LibraryError: if it has ended, or was not started.

        """

    @abstractmethod
    def tell(self, actor: str, message: Message) -> None:
        """Send an actor a message."""

    @abstractmethod
    def metrics(self, *, timeout: float = 5.0) -> MetricsSampled:
        """Return a fresh sample of the machine, the process and every actor."""

    @abstractmethod
    def ask_watcher(
        self, request: Question[Any, WatcherState], timeout: float
    ) -> WatcherState | None:
        """Ask the watcher; None when it has not answered within `timeout` seconds.

        Raises:
            LibraryError: if nothing watches the library.

        """

    def _wait_for(
        self,
        kind: type[M],
        doer: tuple[str, str],
        request: Callable[[str], Message],
        timeout: float | None,
    ) -> M:
        """Have an actor do a part of the work, by the names `doer`, and wait."""
        actor, part = doer
        token = uuid.uuid4().hex
        answers: queue.SimpleQueue[M | RunLost] = queue.SimpleQueue()
        heard = [self.subscribe(kind, answers.put)]
        heard.append(self.subscribe(RunLost, answers.put))
        until = None if timeout is None else time.monotonic() + timeout
        try:
            self.check()
            self.tell(actor, request(token))
            while until is None or time.monotonic() < until:
                try:
                    answer = answers.get(timeout=SLICE_S)
                except queue.Empty:
                    self.check()
                    continue
                if getattr(answer, "token", None) != token:
                    continue
                if isinstance(answer, RunLost):
                    # The actor fails on it again and again: nobody else will answer.
                    raise RunFailedError(answer.reason)
                return answer
        finally:
            for subscription in heard:
                subscription.cancel()
        raise OperationTimeoutError(f"{part}: not ended within {timeout:g} s", part)

    def _relative(self, path: str | os.PathLike[str]) -> str:
        absolute = Path(os.path.normpath(self.library / Path(path).expanduser()))
        if not absolute.is_relative_to(self.library):
            raise LibraryError(f"{path} is outside the library {self.library}")
        return str(absolute.relative_to(self.library))

    def _inside(self, path: str | os.PathLike[str]) -> str:
        relative = self._relative(path)
        if not os.path.lexists(self.library / relative):
            raise LibraryError(f"{path} is not there (looked in {self.library})")
        return "" if relative == "." else shown_name(raw_name(relative))
