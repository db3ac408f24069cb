"""What a message type may be made of, and what its constructor takes."""

import datetime as dt
import enum
from typing import Annotated, Any, Literal

import msgspec
import pytest

from orquestrador.errors import MessageDefinitionError, MessageValueError
from orquestrador.messages import Message
from orquestrador.messages.base import MessageMeta


class Colour(enum.Enum):
    RED = "red"


class Part(Message, tag=False):
    name: str


def _define(**fields: Any) -> None:
    MessageMeta("Bad", (Message,), {"__annotations__": fields})


class Everything(Message):
    flag: bool = False
    number: int = 0
    share: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.0
    text: str | None = None
    data: bytes = b""
    colour: Colour = Colour.RED
    word: Literal["a", "b"] = "a"
    at: dt.datetime | None = None
    parts: tuple[Part, ...] = ()
    pair: tuple[int, str] = (0, "")
    names: frozenset[str] = frozenset()


def test_a_message_cannot_be_changed() -> None:
    message = Everything()

    with pytest.raises(AttributeError):
        message.number = 1  # type: ignore[misc]


def test_a_message_takes_named_fields_only() -> None:
    with pytest.raises(TypeError):
        Part("a")  # type: ignore[misc]


def test_a_message_is_equal_to_one_with_the_same_parts() -> None:
    one, other = (
        Everything(parts=(Part(name="a"),)),
        Everything(parts=(Part(name="a"),)),
    )

    assert one == other
    assert hash(one) == hash(other)


@pytest.mark.parametrize(
    "mutable", [list[int], dict[str, int], set[int], Any, object, bytearray]
)
def test_a_type_with_a_mutable_part_is_refused_when_it_is_defined(mutable: Any) -> None:
    with pytest.raises(MessageDefinitionError, match=r"Bad\.part"):
        _define(part=mutable)


def test_mutable_parts_are_found_inside_tuples_and_unions() -> None:
    for mutable in (tuple[list[int], ...], int | dict[str, str]):
        with pytest.raises(MessageDefinitionError):
            _define(part=mutable)


def test_a_plain_struct_is_no_part_of_a_message() -> None:
    class Plain(msgspec.Struct, frozen=True):
        names: list[str]

    with pytest.raises(MessageDefinitionError):
        _define(part=Plain)


@pytest.mark.parametrize("option", ["frozen", "kw_only", "forbid_unknown_fields"])
def test_a_type_cannot_opt_out_of_being_a_message(option: str) -> None:
    with pytest.raises(MessageDefinitionError, match=option):
        MessageMeta("Bad", (Message,), {}, **{option: False})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("flag", 1),
        ("number", "1"),
        ("number", True),
        ("number", 1.0),
        ("share", 1.5),
        ("share", True),
        ("text", b"a"),
        ("data", "a"),
        ("colour", "red"),
        ("word", "c"),
        ("at", "2026-01-01"),
        ("parts", [Part(name="a")]),
        ("parts", ("a",)),
        ("pair", (0,)),
        ("pair", ("", 0)),
        ("names", {"a"}),
    ],
)
def test_a_constructor_refuses_what_its_field_does_not_allow(
    field: str, value: object
) -> None:
    with pytest.raises(MessageValueError, match=f"Everything.{field}"):
        Everything(**{field: value})  # type: ignore[arg-type]


def test_a_copy_with_changes_is_checked_too() -> None:
    message = Everything().replace(number=2)

    assert message.number == 2
    with pytest.raises(MessageValueError):
        message.replace(number="2")


def test_an_int_may_stand_for_a_float() -> None:
    assert Everything(share=1).share == 1
