"""Messages as bytes between one actor and another: `ChildSpec(codec=True)`.

What arrives is what was sent, and shares nothing with it; whatever cannot keep that
promise is refused at the send. Data is: a `Message`, None, a truth value, a number, a
text, bytes, a tuple, a list or a dictionary of data, and a proxy's call with such
arguments. A list arrives as a tuple: a message is not for changing.
"""

import functools
from collections.abc import Callable
from typing import Any, Never, cast

import msgpack
import msgspec
from pykka.messages import ProxyCall, ProxyGetAttr, ProxySetAttr

from orquestrador.errors import MessageError, NotEncodableError
from orquestrador.messages.base import Message
from orquestrador.messages.codec import Decoder, encode
from orquestrador.supervisor.reply import ExcInfo, Reply, fail

_PLAIN = frozenset({type(None), bool, int, float, str, bytes})
_PROXY = frozenset({ProxyCall, ProxyGetAttr, ProxySetAttr})

_MESSAGE_CODE = 1
_PROXY_CODE = 2
_CODE_ERRORS = (
    MessageError,
    msgspec.MsgspecError,
    TypeError,
    ValueError,
    OverflowError,
    RecursionError,
)


class Encoded:
    """One message as bytes, and the types that it is made of."""

    __slots__ = ("_data", "_types")

    def __init__(self, value: object) -> None:
        """Encode a message.

        Raises:
            NotEncodableError: if it, or a part of it, is no data; names the part.

        """
        self._types: list[Any] = []
        try:
            self._data: bytes = msgpack.packb(self._wire(value, "it"))
        except NotEncodableError:
            raise
        except _CODE_ERRORS as error:
            raise NotEncodableError(
                f"not encodable: {type(value).__name__}: {error}"
            ) from error

    def decode(self) -> object:
        """Return the message, made anew."""
        return self._unpack(self._data)

    def _unpack(self, data: bytes) -> Any:  # noqa: ANN401 -- a message is any object
        return msgpack.unpackb(
            data, use_list=False, strict_map_key=False, ext_hook=self._rebuild
        )

    def _wire(self, value: Any, path: str) -> object:  # noqa: ANN401 -- any object
        # By exact type: a subclass would come back as its base.
        kind = cast("Any", type(value))
        if kind in _PLAIN:
            return value
        if kind in {tuple, list}:
            return [self._wire(part, f"{path}[{i}]") for i, part in enumerate(value)]
        if kind is dict:
            return {
                self._wire_key(key, path): self._wire(part, f"{path}[{key!r}]")
                for key, part in value.items()
            }
        if isinstance(value, Message):
            return self._typed(_MESSAGE_CODE, kind, encode(value))
        if kind in _PROXY:
            parts = self._wire(tuple(value), path)
            return self._typed(_PROXY_CODE, kind, msgpack.packb(parts))
        return _refuse(value, path)

    def _wire_key(self, key: object, path: str) -> object:
        return key if type(key) in _PLAIN else _refuse(key, f"a key of {path}")

    def _typed(self, code: int, kind: type, data: bytes) -> msgpack.ExtType:
        self._types.append(kind)
        number = len(self._types) - 1
        return msgpack.ExtType(code, number.to_bytes(4, "big") + data)

    def _rebuild(self, code: int, data: bytes) -> object:
        kind, data = self._types[int.from_bytes(data[:4], "big")], data[4:]
        if code == _MESSAGE_CODE:
            return _decoder(kind).decode(data)
        return kind(*self._unpack(data))


def decoded(message: object) -> object:
    """Return a message as its sender knows it, encoded or not."""
    return message.decode() if isinstance(message, Encoded) else message


class EncodedReply:
    """The way of a reply that has to be data: the asker gets a copy of its own."""

    __slots__ = ("_reply",)

    def __init__(self, reply: Reply) -> None:
        """Hand replies on to this one."""
        self._reply = reply

    def set(self, value: Any = None) -> None:  # noqa: ANN401 -- a reply is any object
        """Deliver a copy; an error instead, if the reply is no data."""
        try:
            copy = Encoded(value).decode()
        except NotEncodableError as error:
            fail(self._reply, error)
        else:
            self._reply.set(copy)

    def set_exception(self, exc_info: ExcInfo | None = None) -> None:
        """Deliver an error, as it is."""
        self._reply.set_exception(exc_info)


@functools.cache
def _decoder(kind: Callable[..., Message]) -> Decoder[Message]:
    return Decoder(cast("type[Message]", kind))


def _refuse(value: object, path: str) -> Never:
    raise NotEncodableError(
        f"not encodable: {path} is {value!r} ({type(value).__name__}); send a Message, "
        "None, a bool, number, str, bytes, or a tuple, list or dict of these"
    )
