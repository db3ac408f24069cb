"""A message on its way, with what the runtime has to know about it."""

from typing import Any

import msgspec

GIVEN_UP = float("-inf")
"""The deadline of an ask whose asker has stopped waiting, before its time."""


class Envelope(msgspec.Struct):
    """One message, who sent it and who waits for the reply.

    A struct and not a plain class: one is made for every message, and a struct's
    constructor runs in C.
    """

    message: Any
    reply_to: Any = None
    """Where the reply goes: a `Reply`, or None for a tell."""

    sender: Any = None
    """The `ActorRef` of the actor that sent it; None from outside any actor."""

    deadline: float | None = None
    """When nobody waits for the reply any more, by the system's clock."""

    deliveries: int = 0
    """How often an incarnation failed while it had this message in hand."""
