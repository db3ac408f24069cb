"""What is asked about the watch over a library."""

import time

from orquestrador.errors import OperationTimeoutError
from orquestrador.library_system.access import Access
from orquestrador.messages.watching import AwaitStored, GetWatcherState, WatcherState
from orquestrador.run_handle import SLICE_S


class Watching(Access):
    """Tells how the library is watched, and waits until the catalog has caught up."""

    def watcher_state(self, *, timeout: float = 5.0) -> WatcherState:
        """Return how the library is watched.

        Raises:
            LibraryError: if nothing watches it.
            OperationTimeoutError: if the watcher does not answer.

        """
        state = self.ask_watcher(GetWatcherState(), timeout)
        if state is None:
            raise OperationTimeoutError(
                f"the watcher has not answered within {timeout:g} s", "watching"
            )
        return state

    def wait_idle(self, *, timeout: float = 60.0) -> WatcherState:
        """Wait until everything that was saved before this call is in the catalog.

        Raises:
            LibraryError: if nothing watches the library.
            OperationTimeoutError: if that took longer than `timeout` seconds.

        """
        until = time.monotonic() + timeout
        while (left_s := until - time.monotonic()) > 0:
            self.check()
            state = self.ask_watcher(AwaitStored(), left_s)
            if state is not None:
                return state
            # It was restarted meanwhile, and has lost whom it owed an answer.
            time.sleep(min(SLICE_S, max(0.0, until - time.monotonic())))
        raise OperationTimeoutError(
            f"not everything that was saved is in the catalog after {timeout:g} s; "
            "`orquestrador status` says what is under way",
            "watching",
        )
