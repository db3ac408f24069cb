"""The base of every message: immutable data, checked when the type is defined.

A message type is a frozen `msgspec.Struct` whose parts are immutable all the way
down, so that a message can be handed to another thread without a copy, and to
another process or a file without losing anything. The metaclass refuses a type
that breaks this when the class statement runs, not when the first message is sent.
"""

import threading
from typing import Any, ClassVar, Self, cast, dataclass_transform

import msgspec

from orquestrador.errors import MessageDefinitionError, MessageValueError
from orquestrador.messages import immutability


class _Trust(threading.local):
    """Whether this thread is decoding, where msgspec has checked every field."""

    decoding = False


trust = _Trust()


@dataclass_transform(
    frozen_default=True,
    kw_only_default=True,
    field_specifiers=(msgspec.field,),
)
class MessageMeta(msgspec.StructMeta):
    """Makes each message type frozen, keyword-only and tagged, and checks its parts.

    The check runs after the class is made: only then does msgspec know whether the
    class is frozen and what its annotations mean.
    """

    def __new__(
        mcls,
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],
        **options: Any,  # noqa: ANN401 -- msgspec's own class options
    ) -> "MessageMeta":
        """Make the class with our options and refuse what is not immutable data."""
        for option in ("frozen", "kw_only", "forbid_unknown_fields"):
            if not options.setdefault(option, True):
                raise MessageDefinitionError(
                    f"message type {name} sets {option}=False; a message is "
                    "immutable data with named fields: leave the option out"
                )
        # A part of other messages may leave the tag out with `tag=False`.
        if options.setdefault("tag", name) is not False:
            options.setdefault("tag_field", "type")
        cls = super().__new__(mcls, name, bases, namespace, **options)
        checks = tuple(
            immutability.FieldCheck(name, field.name, field.type)
            for field in msgspec.structs.fields(cast("type[msgspec.Struct]", cls))
        )
        # Not a field: the checks belong to the type, so they are set on the class.
        type.__setattr__(cls, "__message_checks__", checks)
        return cls


class Message(msgspec.Struct, metaclass=MessageMeta):
    """An immutable message; subclass it and annotate the fields.

    Fields may be numbers, text, bytes, booleans, None, enums, literals, dates,
    other messages, and tuples or frozensets of these. A constructor checks what it
    is given: a `tuple` field refuses a list, an `int` field refuses a string.

    Raises:
        MessageDefinitionError: when a subclass has a mutable part.
        MessageValueError: when a constructor gets a value its field does not allow.

    """

    __message_checks__: ClassVar[tuple[immutability.FieldCheck, ...]] = ()

    def __post_init__(self) -> None:
        """Check every field's value; names the field and what it allows."""
        if trust.decoding:
            return
        for field in self.__message_checks__:
            value: object = getattr(self, field.name)
            # Most fields are plain text or numbers: one comparison settles them.
            if type(value) not in field.settled_by and not field.allows(value):
                raise MessageValueError(f"{type(self).__name__}.{field.problem(value)}")

    def replace(self, **changes: Any) -> Self:  # noqa: ANN401 -- any field's value
        """Return a copy with these fields changed, checked like a new message."""
        return msgspec.structs.replace(self, **changes)
