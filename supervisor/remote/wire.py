"""What the two sides say to each other, one frame each.

    client   Hello      Ask, Tell, Follow, Unfollow
    server   Welcome    Replied, Failed, Happened, Missed      Goodbye

The message for an actor, its reply and an event travel as bytes inside: only who
knows the actor's protocol decodes them, and only to the types it names.
"""

from typing import Annotated, Literal

from msgspec import Meta

from orquestrador.messages import Message
from orquestrador.messages.codec import Decoder

VERSION = 1
"""Of this conversation; two sides of different versions do not talk."""

OVERHEAD_BYTES = 1024
"""Of a frame, around the message that it carries; at most."""

Number = Annotated[int, Meta(ge=0, le=2**62)]
Seconds = Annotated[float, Meta(ge=0)]
Words = Annotated[str, Meta(max_length=10_000)]
Name = Annotated[str, Meta(max_length=200)]


class Hello(Message):
    """The client's first frame."""

    version: int


class Ask(Message):
    """A message for an actor; answered by `Replied` or `Failed`."""

    number: Number
    """Chosen by the client; its answer carries it."""

    actor: Name
    message: bytes
    timeout_s: Seconds | None
    """After this long nobody waits for the reply any more."""


class Tell(Message):
    """A message for an actor; only a failure is answered, by `Failed`."""

    number: Number
    actor: Name
    message: bytes


class Follow(Message):
    """Send every event of these types from now on, as `Happened`."""

    number: Number
    events: Annotated[tuple[Name, ...], Meta(max_length=100)]


class Unfollow(Message):
    """Send no more for this `Follow`."""

    number: Number


class Welcome(Message):
    """The server's first frame."""

    version: int
    pid: int
    frame_bytes: Number
    """The longest frame that it reads."""


class Replied(Message):
    """An actor's reply."""

    number: Number
    message: bytes | None
    """None when the actor's reply was None."""


FailureKind = Literal["dead", "timeout", "refused", "full", "restarting", "raised"]


class Failed(Message):
    """The error that came instead of a reply."""

    number: Number
    kind: FailureKind
    """`dead`: the actor has ended; `timeout`: the time is over; `refused`: not
    served; `full`: the actor's mailbox has no room; `restarting`: it
    takes no asks while it is being restarted; `raised`: the actor raised it."""

    error: Name
    """Name of the error's type."""

    words: Words


class Happened(Message):
    """An event that is followed."""

    number: Number
    event: bytes


class Missed(Message):
    """So many events were left out here: they came faster than they were read."""

    number: Number
    count: Annotated[int, Meta(ge=1)]


class Goodbye(Message):
    """The last frame of a server that closes a connection, and why."""

    words: Words


Requests = Hello | Ask | Tell | Follow | Unfollow
Answers = Welcome | Replied | Failed | Happened | Missed | Goodbye


def request_decoder() -> Decoder[Requests]:
    """Return what decodes a client's frames."""
    return Decoder(Hello, Ask, Tell, Follow, Unfollow)


def answer_decoder(max_bytes: int) -> Decoder[Answers]:
    """Return what decodes a server's frames of at most `max_bytes` bytes."""
    return Decoder(
        Welcome, Replied, Failed, Happened, Missed, Goodbye, max_bytes=max_bytes
    )


def shortened(words: str, limit: int = 10_000) -> str:
    """Return words that fit into a frame."""
    return words if len(words) <= limit else words[: limit - 1] + "…"
