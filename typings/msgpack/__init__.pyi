# The part of msgpack that this project uses; the package ships no types.
from collections.abc import Iterator

class UnpackException(Exception): ...
class BufferFull(UnpackException): ...

def packb(o: object, *, use_bin_type: bool = True) -> bytes: ...

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
