# The part of msgpack that this project uses; the package ships no types.
from collections.abc import Callable, Iterator
from typing import NamedTuple

class UnpackException(Exception): ...
class BufferFull(UnpackException): ...

class ExtType(NamedTuple):
    code: int
    data: bytes

def packb(o: object, *, use_bin_type: bool = True) -> bytes: ...
def unpackb(
    packed: bytes,
    *,
    use_list: bool = True,
    strict_map_key: bool = True,
    ext_hook: Callable[[int, bytes], object] = ...,
) -> object: ...

class Unpacker:
    def __init__(
        self,
        *,
        raw: bool = False,
        max_buffer_size: int = ...,
        max_str_len: int = -1,
        max_bin_len: int = -1,
        max_array_len: int = -1,
        max_map_len: int = -1,
        max_ext_len: int = -1,
    ) -> None: ...
    def feed(self, next_bytes: bytes) -> None: ...
    def __iter__(self) -> Iterator[object]: ...
    def tell(self) -> int: ...
