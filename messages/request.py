"""A message that says what it is answered with: an ask is typed as its reply."""

import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import (
    TYPE_CHECKING,
    Generic,
    Protocol,
    Self,
    TypeVar,
    get_args,
    get_origin,
    get_type_hints,
)

from orquestrador.messages.base import Message

R_co = TypeVar("R_co", covariant=True)
M_co = TypeVar("M_co", covariant=True)


class AnsweredBy(Generic[R_co]):
    """Marks a type of message with the type of its reply: `AnsweredBy[Reply]`.

    For the type checkers alone; it adds nothing to an instance.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        def __answer__(self) -> tuple[Self, R_co]:
            """Tie the message's own type to that of its reply; never called."""
            ...


class Request(Message, AnsweredBy[R_co]):
    """A message that is answered: `class GetMetrics(Request[MetricsSampled])`.

    `ref.ask(GetMetrics())` is then a `MetricsSampled` for mypy and pyright.
    `Request[None]` is answered with None: who asks knows that it was handled.
    """


class Question(Protocol[M_co, R_co]):
    """One of the messages `M_co`, and one that is answered with an `R_co`.

    What `AnsweredBy` makes of a type: type checkers have no intersection of types,
    and this stands in for one.
    """

    def __answer__(self) -> tuple[M_co, R_co]:
        """Tie the message's own type to that of its reply; never called."""
        ...


def reply_type(message_type: type) -> object:
    """Return the type that `AnsweredBy` or `Request` names for a type of message.

    Returns:
        A type, a union of types, or None for `Request[None]` and for a message that
        is not answered.

    Raises:
        NameError: if the type is named by a string that means nothing in the module
            of the message.

    """
    for base in _generic_bases(message_type):
        reply: object = get_args(base)[0]
        if not isinstance(reply, TypeVar):
            resolved = _resolved(reply, message_type)
            return None if resolved is type(None) else resolved
    return None


def _generic_bases(message_type: type) -> Iterator[object]:
    for each in message_type.__mro__:
        for base in each.__dict__.get("__orig_bases__", ()):
            origin = get_origin(base)
            if isinstance(origin, type) and issubclass(origin, AnsweredBy):
                yield base


def _resolved(reply: object, message_type: type) -> object:
    """Look up the names that the type was given as strings."""
    known = vars(sys.modules[message_type.__module__])
    annotated = SimpleNamespace(__annotations__={"reply": reply})
    try:
        return get_type_hints(annotated, globalns=known)["reply"]
    except NameError as error:
        raise NameError(
            f"{message_type.__name__} is answered by {error.name!r}, which its module "
            f"{message_type.__module__} does not know"
        ) from error
