"""What a system lets peers say: which actors, messages, replies and events.

Both sides hold the same `Service`. What it does not name does not exist for a peer:
no other actor can be reached, no other type is decoded.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from types import UnionType
from typing import TYPE_CHECKING, Any, Self, Union, get_args, get_origin

from orquestrador.errors import (
    MessageDecodeError,
    MessageError,
    RequestRefusedError,
)
from orquestrador.messages import Message, reply_type
from orquestrador.messages.codec import Decoder, encode

if TYPE_CHECKING:
    from orquestrador.supervisor.protocol import ProtocolActor


def _as_it_is(reply: Any) -> Any:  # noqa: ANN401 -- any message or reply
    return reply


@dataclass(frozen=True, kw_only=True, slots=True)
class Served:
    """One actor that peers may talk to."""

    actor: str
    """Its name in the system."""

    messages: tuple[type[Message], ...]
    """What it may be sent."""

    replies: tuple[type[Message], ...] = ()
    """What it replies, beside what these messages name (`Request[Reply]`) and None,
    which is always a reply."""

    to_actor: Callable[[Any], object] = _as_it_is
    """Makes of a peer's message what the actor takes, where that is no data."""

    to_peer: Callable[[Any], Message | None] = _as_it_is
    """Makes of the actor's reply what a peer gets, likewise."""

    def __post_init__(self) -> None:
        """Add the replies that the messages name."""
        named = (each for message in self.messages for each in _replies(message))
        replies = tuple(dict.fromkeys((*self.replies, *named)))
        object.__setattr__(self, "replies", replies)

    @classmethod
    def of(cls, name: str, actor: "type[ProtocolActor[Any]]") -> Self:
        """Serve the declared protocol of an actor: those messages that are data."""
        declared = actor.protocol.messages
        return cls(
            actor=name,
            messages=tuple(each for each in declared if issubclass(each, Message)),
        )


def _replies(message_type: type) -> Iterator[type[Message]]:
    reply = reply_type(message_type)
    united = get_origin(reply) in {Union, UnionType}
    for each in get_args(reply) if united else (reply,):
        if isinstance(each, type) and issubclass(each, Message):
            yield each


@dataclass(frozen=True, slots=True)
class _Row:
    """One actor's decoders, made once."""

    served: Served
    messages: Decoder[Message]
    replies: Decoder[Message] | None


@dataclass(frozen=True, slots=True)
class Service:
    """All that a system serves.

    Raises:
        ValueError: if an actor is named twice, or two events have one name.

    """

    actors: tuple[Served, ...]
    events: tuple[type[Message], ...] = ()
    """Types of event that can be followed."""

    _rows: dict[str, _Row] = field(init=False, repr=False, compare=False)
    _events: dict[str, type[Message]] = field(init=False, repr=False, compare=False)
    _event_decoder: Decoder[Message] | None = field(
        init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        """Make the decoders."""
        rows = {each.actor: _row(each) for each in self.actors}
        events = {each.__name__: each for each in self.events}
        if len(rows) != len(self.actors) or len(events) != len(self.events):
            raise ValueError("an actor or an event is served twice under one name")
        object.__setattr__(self, "_rows", rows)
        object.__setattr__(self, "_events", events)
        decoder = Decoder(*self.events) if self.events else None
        object.__setattr__(self, "_event_decoder", decoder)

    def check_actor(self, actor: str) -> None:
        """Raise `RequestRefusedError` if an actor is not served."""
        self._row(actor)

    def encode_message(self, actor: str, message: object) -> bytes:
        """Return a message to an actor as bytes.

        Raises:
            RequestRefusedError: if it does not take this message; lists those it
                takes.

        """
        served = self._row(actor).served
        if not isinstance(message, served.messages):
            raise RequestRefusedError(
                f"{actor!r} takes no {type(message).__name__} from here; it takes "
                f"{_names(served.messages)}"
            )
        return encode(message)

    def decode_message(self, actor: str, data: bytes) -> object:
        """Return the message to an actor that a peer sent, as the actor takes it.

        Raises:
            RequestRefusedError: if it is none that the actor takes.

        """
        row = self._row(actor)
        try:
            return row.served.to_actor(row.messages.decode(data))
        except MessageError as error:
            raise RequestRefusedError(
                f"no message that {actor!r} takes: {error}; it takes "
                f"{_names(row.served.messages)}"
            ) from error

    def encode_reply(self, actor: str, reply: object) -> bytes | None:
        """Return an actor's reply as bytes.

        Raises:
            TypeError: if it is not declared as a reply of this actor.

        """
        served = self._row(actor).served
        data = served.to_peer(reply)
        if data is None:
            return None
        if not isinstance(data, served.replies):
            raise TypeError(
                f"{actor!r} replied {type(data).__name__}, which is not declared: "
                f"{_names(served.replies)}"
            )
        return encode(data)

    def decode_reply(self, actor: str, data: bytes | None) -> Message | None:
        """Return an actor's reply.

        Raises:
            MessageDecodeError: if it is none that is declared.

        """
        if data is None:
            return None
        replies = self._row(actor).replies
        if replies is None:
            raise MessageDecodeError(
                f"{actor!r} replies nothing, but {len(data)} B came"
            )
        return replies.decode(data)

    def event_types(self, names: Iterable[str]) -> tuple[type[Message], ...]:
        """Return the types of events with these names.

        Raises:
            RequestRefusedError: for one that cannot be followed.

        """
        names = tuple(names)
        unknown = [name for name in names if name not in self._events]
        if unknown:
            raise RequestRefusedError(
                f"event {unknown[0]!r} cannot be followed; it can: "
                f"{_names(self.events)}"
            )
        return tuple(self._events[name] for name in names)

    def decode_event(self, data: bytes) -> Message:
        """Return an event.

        Raises:
            MessageDecodeError: if it is none that can be followed.

        """
        if self._event_decoder is None:
            raise MessageDecodeError("an event came, and none can be followed")
        return self._event_decoder.decode(data)

    def _row(self, actor: str) -> _Row:
        row = self._rows.get(actor)
        if row is None:
            raise RequestRefusedError(
                f"actor {actor!r} is not served; there are: "
                f"{', '.join(sorted(self._rows)) or 'none'}"
            )
        return row


def _row(served: Served) -> _Row:
    return _Row(
        served=served,
        messages=Decoder(*served.messages),
        replies=Decoder(*served.replies) if served.replies else None,
    )


def _names(types: Iterable[type]) -> str:
    return ", ".join(each.__name__ for each in types) or "nothing"
