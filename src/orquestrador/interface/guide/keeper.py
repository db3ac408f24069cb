"""One thread that does what must come to its end, whoever gives up waiting for it."""

import queue
import threading
from collections.abc import Callable

from orquestrador.errors import OperationTimeoutError
from orquestrador.interface.guide.parameters import Limit
from orquestrador.run_handle import SLICE_S


class Task:
    """What the keeper does, one after the other."""

    def __init__(self, work: Callable[[], None]) -> None:
        """Do nothing yet."""
        self._work = work
        self._done = threading.Event()
        self._error: BaseException | None = None

    def perform(self) -> None:
        """Do it; an error is raised where it is waited for."""
        try:
            self._work()
        except BaseException as error:  # noqa: BLE001 -- raised where it is waited for
            self._error = error
        self._done.set()

    def wait(self, limit: Limit, part: str) -> None:
        """Wait in slices: a signal's exception comes out between two of them.

        Raises:
            OperationTimeoutError: if it has not ended within the limit.
            BaseException: whatever the task has raised.

        """
        while not self._done.wait(min(SLICE_S, limit.left())):
            if limit.left() <= 0:
                raise OperationTimeoutError(
                    f"{part}: not ended within {limit.seconds:g} s", part
                )
        if self._error is not None:
            raise self._error


class Keeper:
    """Performs tasks in their order, in a thread that is there while it is needed.

    Args:
        is_needed: whether the thread waits for more when there is no task left.

    """

    def __init__(self, is_needed: Callable[[], bool]) -> None:
        self._is_needed = is_needed
        self._tasks: queue.SimpleQueue[Task] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def post(self, work: Callable[[], None]) -> Task:
        """Have something done."""
        task = Task(work)
        with self._lock:
            self._tasks.put(task)
            # One that a signal's exception kept from starting is not alive.
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._keep, name="orquestrador-keeper", daemon=True
                )
                self._thread.start()
        return task

    def mention(self, work: Callable[[], None]) -> None:
        """Have something done if the thread is there: takes no lock."""
        self._tasks.put(Task(work))

    def _keep(self) -> None:
        while True:
            task = self._tasks.get()
            task.perform()
            del task
            with self._lock:
                if not self._is_needed() and self._tasks.empty():
                    self._thread = None
                    return
