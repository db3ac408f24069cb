"""What an actor's code is busy with, and who decides what becomes of it.

Finishing a message and fencing the incarnation race with each other. The hand holds
the one message, or the name of the hook, that the actor's code works on; who takes
it out decides, and taking out is atomic. A loop that finds its hand empty has been
abandoned: it ends without another word. A fencer that finds it empty knows that the
thread is in the runtime's own code, where it sees the fence at its next step.
"""

from orquestrador.supervisor.envelope import Envelope

STARTING = "starting"
"""Constructor and `on_start`."""

STOPPING = "stopping"
"""`on_stop` or `on_failure`."""


class Hand:
    """Holds at most one thing at a time."""

    __slots__ = ("_items", "take")

    def __init__(self) -> None:
        self._items: list[Envelope | str] = []
        # The loop calls these for every message: straight to the list.
        self.take = self._items.append

    def leave(self) -> bool:
        """Let go of it; False if somebody else has taken it away."""
        try:
            self._items.pop()
        except IndexError:
            return False
        return True

    def take_away(self) -> Envelope | str | None:
        """Take it from the loop: what becomes of it is now the caller's to decide."""
        try:
            return self._items.pop()
        except IndexError:
            return None

    def look(self) -> Envelope | str | None:
        """Return what is in it, for whoever is curious."""
        try:
            return self._items[0]
        except IndexError:
            return None

    def message(self) -> Envelope | None:
        """Return the message in it; None while there is none, or a hook runs."""
        in_hand = self.look()
        return in_hand if isinstance(in_hand, Envelope) else None
