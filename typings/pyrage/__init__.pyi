"""What we use of pyrage, which has no types of its own."""

from collections.abc import Sequence
from typing import IO, Protocol

from pyrage import passphrase, x25519

__all__ = [
    "DecryptError",
    "RecipientError",
    "decrypt",
    "encrypt_io",
    "passphrase",
    "x25519",
]

class DecryptError(Exception): ...
class RecipientError(Exception): ...

class _Reader(Protocol):
    def read(self, size: int, /) -> bytes: ...

def encrypt_io(
    reader: _Reader, writer: IO[bytes], recipients: Sequence[object]
) -> None: ...
def decrypt(data: bytes, identities: Sequence[object]) -> bytes: ...
