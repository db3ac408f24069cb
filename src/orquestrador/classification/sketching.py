"""What is kept of a source's code, so that copies are found without reading it again.

A shingle is the run of tokens up to the next `;`, `)` or `=` (in Pine Script, also to
the end of a line), white space aside. Comments and the insides of quotes are no part
of it. What two sources then have in common is what they have in common of runs of five
tokens, within three hundredths, and costs a tenth as much: all of it is done by passes
in C.
"""

import hashlib
import struct
import zlib
from collections.abc import Collection

from orquestrador.classification.lexing import MAX_SPANS, Source
from orquestrador.messages.sameness import Sketch

MOST_SHINGLES = 512
"""Hashes kept of a source. Most sources have no more: what two of them have in common
is then exact, otherwise known to two hundredths."""

_ENDS = b"\r\n"
_MARKS = bytes.maketrans(b";)=", b" \t\n")
"""Where a shingle ends there is white space instead, of one kind for each mark."""
_PINE_MARKS = bytes.maketrans(b")=\r\n", b"    ")
_FORMAT = b"1"
"""Raised when sketches change: then none is compared with an older one."""
_HASHES = 1 << 32
_SLICE = 1 << 20
"""Bytes of code in hand at a time: a hostile file is all shingles."""
_CODE_BYTES = 16


def sketch(source: Source) -> Sketch | None:
    """Return the sketch of a source; None when it holds no code."""
    if source.syntax == "mql":
        tokens = marked = source.dense.translate(_MARKS, _ENDS)
    else:
        tokens = source.dense.translate(None, _ENDS)
        marked = source.dense.translate(_PINE_MARKS)
    kept, complete = _shingles(marked)
    if not kept:
        return None
    return Sketch(
        code=_code(source, tokens),
        size=len(tokens),
        shingles=struct.pack(f"<{len(kept)}I", *kept),
        complete=complete,
    )


def _shingles(marked: bytes) -> tuple[list[int], bool]:
    """Return the smallest hashes, ascending, and whether there are no others."""
    kept: list[int] = []
    complete = True
    for start in range(0, len(marked), _SLICE):
        part = marked[start : start + _SLICE]
        found = set(map(zlib.crc32, part.split()))
        found.update(kept)
        complete = complete and len(found) <= MOST_SHINGLES
        kept = _smallest(found)
    return kept, complete


def _smallest(hashes: Collection[int]) -> list[int]:
    if len(hashes) <= MOST_SHINGLES:
        return sorted(hashes)
    # Sorting a few is faster: a quarter more than are expected below this is enough
    # but for one set in millions.
    below = _HASHES * MOST_SHINGLES * 5 // (len(hashes) * 4)
    few = [each for each in hashes if each < below]
    return sorted(few if len(few) >= MOST_SHINGLES else hashes)[:MOST_SHINGLES]


def _code(source: Source, tokens: bytes) -> bytes:
    """Return a hash of the token stream: strings as they are, and names apart."""
    digest = hashlib.sha256(_FORMAT)
    digest.update(tokens)
    # Without white space `int x` is `intx`; the names tell them apart.
    digest.update("\0".join(("", *source.names)).encode("utf-8", "surrogatepass"))
    text = source.text
    strings = [text[start:end] for start, end in source.strings]
    if len(strings) == MAX_SPANS:
        strings = [text]
    digest.update("\0".join(("\0", *strings)).encode("utf-8", "surrogatepass"))
    return digest.digest()[:_CODE_BYTES]
