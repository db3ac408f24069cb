"""A protocol: which messages an actor accepts and what each is answered with.

It is said once, in the class statement, and kept in three places: the type checkers
keep it at every tell and ask, the class statement itself if a handler is missing,
and the ref in the sender's thread, before anything is queued.
"""

import types
from collections.abc import Callable, Iterator
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Generic,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    overload,
)

from orquestrador.errors import ProtocolDefinitionError, UnacceptedMessageError
from orquestrador.messages import Question, reply_type
from orquestrador.supervisor.actor import Actor
from orquestrador.supervisor.envelope import Envelope
from orquestrador.supervisor.owed import LaterReply
from orquestrador.supervisor.protocol_ref import ProtocolRef

if TYPE_CHECKING:
    from orquestrador.supervisor.ref import ActorRef

A = TypeVar("A")
M = TypeVar("M")
Q = TypeVar("Q")
R = TypeVar("R")

Handler = Callable[[Any, Any], object]


class MessageProtocol:
    """The messages that one class of actors accepts from others."""

    def __init__(self, actor: str, messages: tuple[type, ...]) -> None:
        """Accept `messages`, and what is derived from them; `actor` is for errors."""
        self._actor = actor
        self.messages = messages
        """In the order of their declaration."""

        self.accepted = set(messages)
        """These, and the types derived from them that were sent so far."""

    def accepts(self, message_type: type) -> bool:
        """Return whether a message of this type may be sent to the actor."""
        if message_type in self.accepted:
            return True
        if not issubclass(message_type, self.messages):
            return False
        # Found by one look from now on.
        self.accepted.add(message_type)
        return True

    def check_spoken_by(self, ref: "ActorRef[Any]") -> None:
        """Make sure that the actor accepts all of this, or declares nothing.

        Raises:
            UnacceptedMessageError: names the first message that it does not accept.

        """
        if not isinstance(ref, ProtocolRef):
            return
        theirs = ref.protocol
        for each in self.messages:
            if not theirs.accepts(each):
                raise theirs.refused(each, cast("object", ref))

    def replies(self) -> tuple[tuple[type, object], ...]:
        """Return each message with the type of its reply; None: it has none."""
        return tuple((each, reply_type(each)) for each in self.messages)

    def refused(self, message_type: type, receiver: object) -> UnacceptedMessageError:
        """Return the error for a message that is not accepted."""
        accepted = tuple(sorted(each.__name__ for each in self.messages))
        return UnacceptedMessageError(
            message_type.__name__, accepted, f"{receiver} ({self._actor})"
        )


class Handles(Generic[Q, R]):
    """Marks the method that handles one type of message; made by `handles`."""

    def __init__(self, message_type: type) -> None:
        self._message_type = message_type

    def __call__(
        self, method: Callable[[A, Q], R | LaterReply]
    ) -> Callable[[A, Q], R | LaterReply]:
        """Mark a method; it stays what it was."""
        vars(method)[_MARK] = self._message_type
        return method


# The first fits every type that the second does and that names its reply.
@overload
def handles(message_type: Callable[..., Question[Q, R]]) -> Handles[Q, R]: ...  # type: ignore[overload-overlap]


@overload
def handles(message_type: type[Q]) -> Handles[Q, None]: ...


def handles(message_type: Any) -> Handles[Any, Any]:
    """Mark the method of a `ProtocolActor` that handles this type of message.

    The checkers hold the method to the message's type and to that of its reply; one
    that replies later returns `self.reply_later()`. A type derived from the message
    comes to the same method, unless there is one of its own.
    """
    if not isinstance(message_type, type):
        raise ProtocolDefinitionError(
            f"@handles({message_type!r}): a handler is for a type of message"
        )
    return Handles(message_type)


class ProtocolActor(Actor, Generic[M]):
    """An actor that says which messages it accepts, and has a method for each.

    ```python
    class CounterActor(ProtocolActor[Add | GetCount]):
        def __init__(self) -> None:
            super().__init__()
            self._count = 0

        @handles(Add)
        def _add(self, message: Add) -> None:
            self._count += message.number

        @handles(GetCount)
        def _get_count(self, message: GetCount) -> Count:
            return Count(number=self._count)
    ```

    With `class GetCount(Request[Count])`, `ref.ask(GetCount())` is a `Count` for the
    type checkers, and a message that is not declared is an error to them.

    Guaranteed: a declared message without a handler, or a type with two, is an error
    of the class statement. Anything else that is sent is an
    `UnacceptedMessageError` in the sender, and nothing is queued; so are proxies,
    which reach into an actor past its messages. This holds for refs that the actor's
    class was known for when they were made: a bare actor's, and a child's whose spec
    names the class and not a function that makes the actor.

    A handler may also be for a message that is *not* declared: then it is private.
    Replies to the actor's own requests, `RequestFailed`, `Terminated`, the messages
    of its timers and what it tells itself (`tell_self`) arrive like this. One without
    any handler is a dead letter, and harms nothing.

    Not guaranteed: that an object of an accepted type was well made. Messages
    (`orquestrador.messages.Message`) check their own fields; other classes may not.
    """

    ref_class: "ClassVar[type[ActorRef[Any]]]" = ProtocolRef
    protocol: ClassVar[MessageProtocol] = MessageProtocol("ProtocolActor", ())
    """What the class statement declares."""

    _handlers: "ClassVar[_Handlers]"

    def __init_subclass__(cls, **options: object) -> None:
        """Collect the handlers, and hold them to what is declared."""
        super().__init_subclass__(**options)
        cls._handlers = _Handlers(_collected(cls))
        declared = _declared(cls)
        if declared is not None:
            cls.protocol = MessageProtocol(cls.__name__, declared)
        for message_type in cls.protocol.messages:
            if cls._handlers[message_type] is _unhandled:
                raise ProtocolDefinitionError(
                    f"{cls.__name__} declares {message_type.__name__} and has no "
                    f"handler for it: write a method with "
                    f"@handles({message_type.__name__})"
                )

    # The class of the ref says more than Pykka's parameter, the actor's own class.
    @classmethod
    def start(  # pyright: ignore[reportIncompatibleMethodOverride]
        cls,
        *args: Any,  # noqa: ANN401 -- the constructor's
        **kwargs: Any,  # noqa: ANN401 -- the constructor's
    ) -> ProtocolRef[M]:
        """Start an actor that nobody restarts, as in Pykka.

        Raises:
            Exception: what the constructor raises.

        """
        return cast("ProtocolRef[M]", super().start(*args, **kwargs))

    @property
    def actor_ref(self) -> ProtocolRef[M]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The ref to this actor, the same for every incarnation."""
        return cast("ProtocolRef[M]", self._actor_ref)

    def on_receive(self, message: Any) -> object:  # noqa: ANN401 -- a message is any object
        """Hand a message to the method that is marked for its type."""
        return self._handlers[type(message)](self, message)


class _Handlers(dict[type, Handler]):
    """By type of message; one that is derived from it is found, and kept."""

    def __missing__(self, message_type: type) -> Handler:
        for each in message_type.__mro__[1:]:
            if each in self:
                handler = self[message_type] = self[each]
                return handler
        return _unhandled


def _unhandled(actor: "ProtocolActor[Any]", message: object) -> None:
    """Let go of a message that came past the ref, and that nothing handles."""
    cell = actor._cell  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] -- a method, but in one table with them
    name = type(message).__name__
    error = actor.protocol.refused(type(message), cell.ref)
    sender = getattr(actor._incarnation.hand.look(), "sender", None)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] -- likewise
    cell.dead_letter(
        Envelope(message, None, sender), f"the receiver has no handler for {name}"
    )
    actor.reply_later().fail(error)


_MARK = "__handles__"


def _collected(cls: type) -> dict[type, Handler]:
    """Return the marked methods of a class and its bases, by type of message."""
    names: dict[type, str] = {}
    for each in reversed(cls.__mro__):
        own: dict[type, str] = {}
        for name, method in vars(each).items():
            message_type = getattr(method, _MARK, None)
            if message_type is None:
                continue
            if message_type in own:
                raise ProtocolDefinitionError(
                    f"{each.__name__} has two handlers for {message_type.__name__}: "
                    f"{own[message_type]} and {name}"
                )
            own[message_type] = name
        names |= own
    # By name: a method that overrides a handler needs no mark of its own.
    return {kind: getattr(cls, name) for kind, name in names.items()}


def _declared(cls: type) -> tuple[type, ...] | None:
    """Return what `ProtocolActor[...]` names; None for a class that adds nothing."""
    for base in cls.__dict__.get("__orig_bases__", ()):
        origin = get_origin(base)
        if isinstance(origin, type) and issubclass(origin, ProtocolActor):
            (declared,) = get_args(base)
            return None if isinstance(declared, TypeVar) else _members(cls, declared)
    return None


def _members(cls: type, declared: object) -> tuple[type, ...]:
    return tuple(dict.fromkeys(_flat(cls, declared)))


def _flat(cls: type, declared: object) -> Iterator[type]:
    # `type X = ...`, of Python 3.12.
    declared = getattr(declared, "__value__", declared)
    if get_origin(declared) in {Union, types.UnionType}:
        for each in get_args(declared):
            yield from _flat(cls, each)
    # `Any` is a class since Python 3.11.
    elif isinstance(declared, type) and declared is not Any:
        yield declared
    else:
        raise ProtocolDefinitionError(
            f"{cls.__name__} declares {declared!r}; a protocol is a class of messages, "
            "or several, joined by |"
        )
