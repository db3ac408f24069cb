"""Messages as bytes: round trips, limits, and bytes that are no message."""

import contextlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orquestrador.errors import FrameTooLargeError, MessageDecodeError, MessageError
from orquestrador.messages import Decoder, FrameReader, Message, encode, frame


class Ping(Message):
    number: int
    data: bytes = b""


class Pong(Message):
    number: int


class Never(Message):
    number: int


READER: Decoder[Ping | Pong] = Decoder(Ping, Pong)


def test_a_message_comes_back_as_it_was() -> None:
    for message in (Ping(number=1, data=b"\x00\xff"), Pong(number=-1)):
        assert READER.decode(encode(message)) == message


def test_a_message_says_its_type() -> None:
    assert msgspec.msgpack.decode(encode(Pong(number=1)))["type"] == "Pong"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "truncated"),
        (b"\x81", "truncated"),
        (b"\xc1", "invalid"),
        (encode(Never(number=1)), "Never"),
        (msgspec.msgpack.encode({"type": "Ping"}), "number"),
        (msgspec.msgpack.encode({"type": "Ping", "number": "1"}), r"\$\.number"),
        (msgspec.msgpack.encode({"type": "Ping", "number": 1, "more": 1}), "more"),
        (msgspec.msgpack.encode([1]), "object"),
        (b"\x91" * 100_000, "object"),
    ],
)
def test_bytes_that_are_no_message_are_an_error_with_the_place(
    data: bytes, words: str
) -> None:
    with pytest.raises(MessageDecodeError, match=words):
        READER.decode(data)


def test_more_bytes_than_the_limit_are_refused_unread() -> None:
    reader: Decoder[Ping] = Decoder(Ping, max_bytes=10)

    with pytest.raises(FrameTooLargeError, match="limit is 10"):
        reader.decode(encode(Ping(number=1, data=b"x" * 100)))


def test_frames_come_whole_however_the_bytes_are_cut() -> None:
    frames = [b"", b"a", b"b" * 70_000]
    stream = b"".join(map(frame, frames))
    reader = FrameReader()
    found: list[bytes] = []
    for start in range(0, len(stream), 977):
        found.extend(reader.feed(stream[start : start + 977]))

    assert found == frames


@pytest.mark.parametrize(
    "stream", [frame(b"x" * 101), b"\xc6\xff\xff\xff\xff" + b"x" * 200]
)
def test_a_frame_over_the_limit_is_refused_whatever_it_says_of_its_size(
    stream: bytes,
) -> None:
    with pytest.raises(FrameTooLargeError):
        list(FrameReader(max_bytes=100).feed(stream))


@pytest.mark.parametrize(
    "stream",
    [b"\x01", b"\xc1", b"\xa1x", b"\x91\x01", b"\x81\x01\x01", b"\xc7\x01\x01x"],
)
def test_a_stream_of_something_else_is_refused(stream: bytes) -> None:
    with pytest.raises(MessageError):
        list(FrameReader(max_bytes=100).feed(stream))


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_but_a_message_error(data: bytes) -> None:
    with contextlib.suppress(MessageError):
        READER.decode(data)
    with contextlib.suppress(MessageError):
        list(FrameReader().feed(data))


def test_a_reader_knows_whether_a_frame_has_begun() -> None:
    reader = FrameReader()
    data = frame(b"x" * 300)
    for size in range(1, len(data)):
        assert list(reader.feed(data[:size])) == []
        assert reader.partial
        # Its end, and the beginning of the next.
        assert list(reader.feed(data[size:] + data[:1])) == [b"x" * 300]
        assert reader.partial
        assert list(reader.feed(data[1:] + data)) == [b"x" * 300] * 2
        assert not reader.partial
