"""How much one peer may cost, in bytes, messages and seconds."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """The limits of a server; each is there against a peer that knows none."""

    frame_bytes: int = 1024 * 1024
    """Of one frame that a peer sends."""

    reply_bytes: int = 4 * 1024 * 1024
    """Of one reply to a peer."""

    connections: int = 32
    """At once; one more is told so and closed, unless it takes the place of one that
    has not said who it is."""

    pending: int = 64
    """Asks of one connection that wait for their reply."""

    waiting: int = 10_000
    """Messages in an actor's mailbox: while so many wait, peers' are refused."""

    followed: int = 32
    """Types of event that one connection follows."""

    events: int = 1024
    """Events that wait for one connection; those left out are counted and told."""

    unsent_bytes: int = 1024 * 1024
    """While a peer leaves more than this unread, nothing is read from it."""

    unread_bytes: int = 8 * 1024 * 1024
    """A reply that would make a peer leave more than this unread is refused."""

    greeting_s: float = 5.0
    """Until a new connection has said and proved who it is."""

    hurry_s: float = 0.25
    """The same, while there are as many connections as there may be."""

    frame_s: float = 10.0
    """From the first byte of a frame to its last."""

    stall_s: float = 30.0
    """How long a peer may take nothing of what is there for it."""
