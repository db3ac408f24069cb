"""The stash: messages that an actor has put aside until it can handle them.

It belongs to one incarnation. When that ends, for a restart too, what is in it goes
back to the head of the mailbox in its order: the next incarnation begins with it,
and at an end for good it becomes dead letters with the rest.
"""

import threading
from collections import deque
from typing import TYPE_CHECKING

from orquestrador.errors import FencedError, StashFullError
from orquestrador.supervisor.envelope import Envelope

if TYPE_CHECKING:
    from orquestrador.supervisor.cell import Cell


class Stash:
    """What one incarnation has put aside, the oldest first."""

    def __init__(self, cell: "Cell") -> None:
        """Give back to the mailbox of `cell`; its spec has the limit."""
        self._cell = cell
        self._kept: deque[Envelope] = deque()
        # The last that was put aside, as it was in hand.
        self._in_hand: Envelope | None = None
        self._ended = False
        # The actor's thread puts aside; whoever fences it gives back.
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """Return how many messages are put aside."""
        return len(self._kept)

    def put(self, envelope: Envelope, message: object) -> None:
        """Put the message in hand aside; its asker goes on waiting.

        Args:
            envelope: what is in hand.
            message: what to handle when it comes again.

        Raises:
            StashFullError: if `stash_limit` messages are put aside already.
            RuntimeError: if it is put aside already.
            FencedError: if the incarnation was cut off.

        """
        limit = self._cell.spec.stash_limit
        with self._lock:
            if self._ended:
                raise FencedError(f"an ended incarnation of {self._cell.ref} keeps on")
            if self._in_hand is envelope:
                raise RuntimeError(f"{self._cell.ref} has put this message aside")
            if len(self._kept) >= limit:
                raise StashFullError(
                    f"{self._cell.ref} has put {limit} messages aside, its "
                    "`stash_limit`; handle some or let fewer come"
                )
            self._kept.append(
                Envelope(
                    message,
                    envelope.reply_to,
                    envelope.sender,
                    envelope.deadline,
                    envelope.deliveries,
                )
            )
            # Nobody is answered when the handler returns.
            envelope.reply_to = None
            self._in_hand = envelope

    def take_out(self, envelope: Envelope) -> None:
        """Forget that a message was put aside: its handler has failed after all."""
        with self._lock:
            if self._in_hand is not envelope:
                return
            # The last that was put aside: it is in hand still.
            envelope.reply_to = self._kept.pop().reply_to
            self._in_hand = None

    def give_back(self, count: int | None, in_hand: Envelope | None) -> None:
        """Return the `count` oldest, or all, to the mailbox's head in their order.

        The message in hand is not among them, if it was put aside just now.
        """
        with self._lock:
            waiting = len(self._kept)
            if self._in_hand is not None and self._in_hand is in_hand:
                waiting -= 1
            self._give_back(waiting if count is None else min(count, waiting))

    def end(self) -> None:
        """Return everything; nothing can be put aside any more."""
        with self._lock:
            self._ended = True
            self._give_back(len(self._kept))

    def _give_back(self, count: int) -> None:
        some = [self._kept.popleft() for _ in range(count)]
        for envelope in reversed(some):
            self._cell.mailbox.put_back(envelope)
        if not self._kept:
            self._in_hand = None
