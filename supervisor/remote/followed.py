"""What one peer follows: subscriptions that fill the queue of its events."""

from collections.abc import Callable

from orquestrador.errors import PeerRefusedError, RequestRefusedError
from orquestrador.messages import Message
from orquestrador.supervisor.events import EventStream, Subscription
from orquestrador.supervisor.remote.outbox import EventQueue


class Followed:
    """The subscriptions of one peer, by the number of its request."""

    def __init__(
        self,
        stream: EventStream,
        queue: EventQueue,
        wake: Callable[[], None],
        *,
        limit: int,
    ) -> None:
        """Follow nothing yet.

        Args:
            stream: what is followed.
            queue: where its events go, in the stream's own thread.
            wake: is called after each.
            limit: how many types the peer may follow.

        """
        self._stream = stream
        self._queue = queue
        self._wake = wake
        self._limit = limit
        self._by_number: dict[int, list[Subscription]] = {}

    def begin(self, number: int, types: tuple[type[Message], ...]) -> None:
        """Follow these exact types.

        Raises:
            PeerRefusedError: if the number is taken.
            RequestRefusedError: if they are too many, with those that are followed.

        """
        count = sum(len(each) for each in self._by_number.values()) + len(types)
        if number in self._by_number:
            raise PeerRefusedError(f"it used number {number} twice")
        if count > self._limit:
            raise RequestRefusedError(
                f"{count} types of event; one connection can follow {self._limit}"
            )

        def hear(event: Message) -> None:
            # A type that was derived from it is none that the peer can decode.
            if type(event) in types:
                self._queue.add(number, event)
                self._wake()

        self._by_number[number] = [self._stream.subscribe(each, hear) for each in types]

    def stop(self, number: int) -> None:
        """Follow these no more; harmless when done twice."""
        for subscription in self._by_number.pop(number, ()):
            subscription.cancel()

    def end(self) -> None:
        """Follow nothing any more."""
        for number in tuple(self._by_number):
            self.stop(number)
