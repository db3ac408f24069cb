"""What each file looked like when its bytes were read for the newest snapshot.

The cache only says "this file has not changed since"; what its bytes are is said by
the newest snapshot's manifest. So a cache that is lost or damaged costs time and
nothing else. It belongs to one commit and says nothing beside another one.
"""

import hashlib
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

RACY_NS = 2_000_000_000
"""A file that changed less than this before it was read may change again unseen:
clocks of file systems tick as slowly as every two seconds."""

_VERSION = 2


class Seen(NamedTuple):
    """How a listing shows a file."""

    size: int
    mtime_ns: int
    ctime_ns: int
    """Change of the inode; 0 where the system has none (Windows)."""

    inode: int
    """0 where the listing has none (Windows)."""

    def is_settled(self, now_ns: int) -> bool:
        """Whether a later change would show in the listing."""
        return max(self.mtime_ns, self.ctime_ns) < now_ns - RACY_NS


class _Cache(msgspec.Struct, array_like=True):
    version: int
    commit: str
    seen: dict[bytes, Seen]


def load_cache(path: Path, commit: str | None) -> dict[bytes, Seen]:
    """Return raw names and how the files looked, or nothing for another commit."""
    try:
        data = path.read_bytes()
    except OSError:
        return {}
    if hashlib.sha256(data[32:]).digest() != data[:32]:
        return {}
    try:
        cache = msgspec.msgpack.decode(zlib.decompress(data[32:]), type=_Cache)
    except (msgspec.DecodeError, zlib.error):
        return {}
    if cache.version != _VERSION or cache.commit != commit:
        return {}
    return cache.seen


def save_cache(path: Path, commit: str, seen: Mapping[bytes, Seen]) -> None:
    """Keep how the files looked beside the commit they are in."""
    encoded = msgspec.msgpack.encode(_Cache(_VERSION, commit, dict(seen)))
    payload = zlib.compress(encoded, 1)
    draft = path.with_suffix(".draft")
    draft.write_bytes(hashlib.sha256(payload).digest() + payload)
    draft.replace(path)
