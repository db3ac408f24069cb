"""When it is told how the watch is: at once where it matters, else now and then."""

from orquestrador.messages.watching import WatcherState

_PAUSE_S = 1.0


class News:
    """What was told last; time is handed in, in seconds."""

    def __init__(self) -> None:
        self._told: WatcherState | None = None
        self._told_at = 0.0

    def is_due(self, state: WatcherState, now: float) -> bool:
        """Whether a state is to be told; it counts as told then."""
        if state == self._told:
            return False
        soon = now - self._told_at < _PAUSE_S
        if soon and _standing(state) == _standing(self._told):
            return False
        self._told, self._told_at = state, now
        return True


def _standing(state: WatcherState | None) -> object:
    """Return what is told at once when it changes."""
    if state is None:
        return None
    return state.kind, state.degraded, state.reconciling, state.up_to_date
