"""Messages that name their replies."""

import dataclasses
from typing import Generic, TypeVar

import pytest

from orquestrador.messages import (
    AnsweredBy,
    Decoder,
    Message,
    Request,
    encode,
    reply_type,
)

R = TypeVar("R")


class Count(Message):
    number: int


class Plain(Message):
    pass


class GetCount(Request[Count]):
    folder: str


class GetCountAgain(GetCount):
    """Derived from a request: answered as it is."""


class GetNothing(Request[None]):
    pass


class GetLater(Request["Later | None"]):
    pass


class GetMany(Request[tuple["Later", ...]]):
    pass


class GetAny(Request[R], Generic[R]):
    """Still open: whoever derives from it says what."""


class GetOfAny(GetAny[Count]):
    pass


@dataclasses.dataclass(frozen=True, slots=True)
class GetByDataclass(AnsweredBy[Count]):
    folder: str


class Later(Message):
    pass


def test_a_request_is_a_message_like_any_other() -> None:
    request = GetCount(folder="a")

    assert Decoder(GetCount, Plain).decode(encode(request)) == request
    assert encode(request) == encode(request.replace(folder="a"))
    with pytest.raises(AttributeError):
        request.folder = "b"  # type: ignore[misc] # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize(
    ("message_type", "reply"),
    [
        (GetCount, Count),
        (GetCountAgain, Count),
        (GetByDataclass, Count),
        (GetNothing, None),
        (GetLater, Later | None),
        (GetMany, tuple[Later, ...]),
        (GetAny, None),
        (GetOfAny, Count),
        (Plain, None),
        (int, None),
    ],
)
def test_the_type_of_the_reply_can_be_asked_for(
    message_type: type, reply: object
) -> None:
    assert reply_type(message_type) == reply


def test_a_marked_class_has_nothing_more_than_before() -> None:
    assert not hasattr(GetByDataclass("a"), "__dict__")
    assert not hasattr(GetByDataclass("a"), "__answer__")
