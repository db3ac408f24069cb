"""Messages as bytes: MessagePack, bounded by `msgpack`, typed by `msgspec`.

One message is one MessagePack map with its type's name under `type`. A stream of
messages is a stream of frames, each a MessagePack bin whose content is a message:
a reader knows a frame's size before it holds the frame, and refuses one that is
over its limit.
"""

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

import msgpack
import msgspec

from orquestrador.errors import FrameTooLargeError, MessageDecodeError
from orquestrador.messages.base import Message, trust

MAX_FRAME_BYTES = 128 * 1024 * 1024
"""Default limit of one frame; a batch of contents is far below it."""

M = TypeVar("M", bound=msgspec.Struct)

_encoder = msgspec.msgpack.Encoder()


def encode(message: Message) -> bytes:
    """Return a message as MessagePack.

    Raises:
        FrameTooLargeError: if it is over `MAX_FRAME_BYTES`.

    """
    data = _encoder.encode(message)
    if len(data) > MAX_FRAME_BYTES:
        raise FrameTooLargeError(
            f"{type(message).__name__} takes {len(data)} bytes; the limit is "
            f"{MAX_FRAME_BYTES}: send it in parts"
        )
    return data


class Decoder(Generic[M]):
    """Decodes messages of the types it was made with, and nothing else."""

    def __init__(self, *types: type[M], max_bytes: int = MAX_FRAME_BYTES) -> None:
        """Accept `types`; refuse more than `max_bytes` bytes at once."""
        union: Any = types[0]
        for each in types[1:]:
            union |= each
        self._max_bytes = max_bytes
        self._decoder: msgspec.msgpack.Decoder[M] = msgspec.msgpack.Decoder(union)

    def decode(self, data: bytes) -> M:
        """Return the message in `data`.

        Raises:
            FrameTooLargeError: if `data` is longer than the limit.
            MessageDecodeError: if it is no message of these types; the text names
                the field's path.

        """
        if len(data) > self._max_bytes:
            raise FrameTooLargeError(
                f"{len(data)} bytes; this reader's limit is {self._max_bytes}"
            )
        trust.decoding = True
        try:
            return self._decoder.decode(data)
        except (msgspec.DecodeError, RecursionError) as error:
            raise MessageDecodeError(f"{error} ({len(data)} bytes)") from error
        finally:
            trust.decoding = False


def frame(data: bytes) -> bytes:
    """Return bytes as one frame of a stream."""
    packed: bytes = msgpack.packb(data, use_bin_type=True)
    return packed


class FrameReader:
    """Takes a stream's bytes as they come and gives back whole frames."""

    def __init__(self, *, max_bytes: int = MAX_FRAME_BYTES) -> None:
        """Refuse a frame of more than `max_bytes` bytes."""
        self._max_bytes = max_bytes
        # Nothing but a bin is a frame: every other kind has the limit zero.
        self._unpacker = msgpack.Unpacker(
            raw=False,
            max_buffer_size=max_bytes + 16,
            max_bin_len=max_bytes,
            max_str_len=0,
            max_array_len=0,
            max_map_len=0,
            max_ext_len=0,
        )
        self._fed = self._whole = 0

    @property
    def partial(self) -> bool:
        """Whether a frame has begun and is not complete, after `feed` has ended."""
        return self._whole < self._fed

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the frames that `data` completes, in order.

        Raises:
            FrameTooLargeError: if a frame is over the limit.
            MessageDecodeError: if the stream holds something that is no frame.

        """
        try:
            self._unpacker.feed(data)
            self._fed += len(data)
            for item in self._unpacker:
                if not isinstance(item, bytes):
                    raise MessageDecodeError(
                        f"expected a frame, got {type(item).__name__}"
                    )
                self._whole = self._unpacker.tell()
                yield item
        except msgpack.BufferFull as error:
            raise FrameTooLargeError(
                f"a frame is over this reader's limit of {self._max_bytes} bytes"
            ) from error
        except (ValueError, msgpack.UnpackException) as error:
            if isinstance(error, MessageDecodeError):
                raise
            if "exceeds max_bin_len" in str(error):
                raise FrameTooLargeError(
                    f"a frame is over this reader's limit: {error}"
                ) from error
            raise MessageDecodeError(f"no frame: {error}") from error
