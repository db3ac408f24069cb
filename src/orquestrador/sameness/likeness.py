"""How much two sources have in common, by their sketches; and whom to compare at all.

A sketch's bands are numbers (locality-sensitive hashing: the smallest hash of each of
32 classes, four classes a band): two sources that have most shingles in common have a
band in common, and others seldom do. So a source is compared with those that share one
of its bands, whatever the size of the library.
"""

import struct
from bisect import bisect_right
from hashlib import blake2b
from typing import NamedTuple

from orquestrador.messages.sameness import Sketch

LEAST_SHARE = 0.7
"""What is less alike is not remembered. In a library of 2,990 sources the bands bring
together all pairs that share 0.85, and 97 in 100 of those that share 0.7."""

_CLASSES = 32
_ROWS = 4


class Shingles(NamedTuple):
    """The shingles of a sketch."""

    hashes: tuple[int, ...]
    """Ascending."""

    complete: bool
    """Whether these are all, or the smallest."""

    @classmethod
    def of(cls, sketch: Sketch) -> "Shingles":
        """Return a sketch's shingles."""
        return cls.unpacked(sketch.shingles, complete=sketch.complete)

    @classmethod
    def unpacked(cls, shingles: bytes, *, complete: bool) -> "Shingles":
        """Return what `Sketch.shingles` holds."""
        hashes = struct.unpack(f"<{len(shingles) // 4}I", shingles)
        return cls(hashes, complete)


def share(first: Shingles, second: Shingles) -> float:
    """Return the share that both have, of the shingles that either has; 0.0 to 1.0.

    It is exact where both are complete. Otherwise it is that of the shingles whose
    hashes are no larger than what both sketches reach to: a fair sample.
    """
    limit = min(_limit(first), _limit(second))
    ours, theirs = _up_to(first, limit), _up_to(second, limit)
    common = len(set(ours).intersection(theirs))
    either = len(ours) + len(theirs) - common
    return common / either if either else 0.0


def bands(shingles: Shingles) -> tuple[int, ...]:
    """Return the eight bands of a source with shingles: signed, 64 bits each."""
    minima = {each % _CLASSES: each for each in reversed(shingles.hashes)}
    # A class without a hash has the next one's.
    filled = minima[min(minima)]
    classes: list[int] = []
    for number in reversed(range(_CLASSES)):
        filled = minima.get(number, filled)
        classes.append(filled)
    return tuple(
        _number(band, classes[band : band + _ROWS])
        for band in range(0, _CLASSES, _ROWS)
    )


def _limit(shingles: Shingles) -> int:
    return 1 << 32 if shingles.complete else shingles.hashes[-1]


def _up_to(shingles: Shingles, limit: int) -> tuple[int, ...]:
    hashes = shingles.hashes
    if hashes[-1] <= limit:
        return hashes
    return hashes[: bisect_right(hashes, limit)]


def _number(band: int, rows: list[int]) -> int:
    digest = blake2b(struct.pack("<B4I", band, *rows), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)
