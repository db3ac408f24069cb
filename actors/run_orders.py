"""The orders of the runs that a watcher asks for."""

import uuid

from orquestrador.messages.run import RunOrder


class RunOrders:
    """Makes the orders of a watcher's runs, each with a token of its own.

    Over all its incarnations the first one has the token of the order it is made
    with, so that somebody can listen for it beforehand.
    """

    def __init__(self, first: RunOrder) -> None:
        """Give out `first`, then others like it."""
        self.begun = False
        """Whether the watcher was told to begin."""

        self._next = first

    def next(self) -> RunOrder:
        """Return an order that was not given out before."""
        order, self._next = self._next, self._next.replace(token=uuid.uuid4().hex)
        return order
